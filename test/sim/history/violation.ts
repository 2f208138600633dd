/** A rule that a history breaks; see `checkWitness`. */
export type Rule =
  | 'log'
  | 'once'
  | 'acknowledged'
  | 'rejected'
  | 'reply'
  | 'real time'
  | 'fresh'
  | 'monotone';

export type Violation = {
  readonly rule: Rule;
  readonly operationIds: readonly number[];
  /** Who saw what, what must be, and at which index. */
  readonly sentence: string;
};
