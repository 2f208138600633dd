/** What went on, over all of a run. */
export type Counts = Record<
  | 'turns'
  | 'elections'
  | 'conflicts'
  | 'replaced'
  | 'loads'
  | 'acknowledged'
  | 'reads'
  | 'refused'
  | 'crashes'
  | 'changes'
  | 'removed',
  number
>;

export function noCounts(): Counts {
  return {
    turns: 0,
    elections: 0,
    conflicts: 0,
    replaced: 0,
    loads: 0,
    acknowledged: 0,
    reads: 0,
    refused: 0,
    crashes: 0,
    changes: 0,
    removed: 0,
  };
}
