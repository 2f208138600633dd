/** A process that keeps ranges with large replies on their way to one node, until it is told to end. */
import { connect } from '../../lib/client/client.ts';

/** What it is told: where to ask, and how many requests are on their way at a time. */
export type RangeJob = { readonly endpoint: string; readonly outstanding: number };

process.once('message', ({ endpoint, outstanding }: RangeJob) => {
  const client = connect({ endpoints: [endpoint], follow: false });
  const ask = async (): Promise<never> => {
    for (;;) await client.prefix('', { limit: 1000 });
  };
  const fail = (reason: unknown): never => {
    throw reason;
  };
  for (let i = 0; i < outstanding; i += 1) ask().catch(fail);
});
process.once('disconnect', () => process.exit(0));
