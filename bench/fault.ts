/** Why there are no figures: what was to be measured did not start, ended or stood still. No bug of the bench. */
export class BenchFault extends Error {
  override readonly name = 'BenchFault';
}
