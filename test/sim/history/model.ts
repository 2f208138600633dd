/**
 * A state machine as the linearizability checker sees it: a black box that is asked and replies.
 * `A` is what can be asked of it, `R` what it replies.
 *
 * States are never edited: a step gives the next one.
 */
export interface Model<State, A, R> {
  readonly init: State;

  /**
   * What the machine is after it was asked `ask` and replied `reply`.
   *
   * @param reply null if it is unknown: any will do.
   * @returns null if it cannot have replied so in this state. A read that returns the very state it
   *   was given costs the least.
   */
  step(state: State, ask: A, reply: R | null): State | null;

  /** Null for what need not be linearizable, and is left out: a stale read. */
  kind(ask: A): 'write' | 'read' | null;

  /**
   * Which part of the state `ask` has to do with, if parts have nothing to do with each other: a
   * key. Null if it has to do with several, and then the history is one part.
   */
  partition(ask: A): string | null;

  /**
   * Whether what `ask` does follows from the state, even if its reply is unknown. If not, `step` may
   * assume that it took effect, and it is never bounded by the log (see `boundByLog`).
   */
  isCertain(ask: A): boolean;

  /** A string or number that two states share only if they are the same. */
  name(state: State): string | number;
}
