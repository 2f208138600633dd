import type { Members } from './operation.ts';

/**
 * A state machine as a history is checked against it: the simplest program that does what the one
 * under test must do. `A` is what can be asked of it.
 *
 * Replies of the machine under test must tell `index`, of a write, and `at`, of a read: the rev of
 * the state it saw.
 */
export interface Replay<A> {
  /** Counts the changes of the state. As long as it stays the same, so does every answer. */
  readonly rev: number;

  /** Null for a write; for a read, how fresh what it sees must be. */
  freshness(ask: A): Freshness | null;

  /**
   * Carries out the entry of the log at `index`.
   *
   * @returns the reply but for `ok`, or the refusal, with `ok: false` and its `code`.
   */
  apply(ask: A, index: number): Members;

  /** Time has passed in the log. Left out by what knows no time. */
  pass?(ms: number): unknown;

  /** Whether a request may be in the log more than once, as it is in a session. */
  mayRepeat?(ask: A): boolean;

  /** @returns the reply to a read of the state as it is, but for `ok`. */
  read(ask: A): Members;
}

export type Freshness = {
  /** May see any state of the past. */
  readonly isStale: boolean;
  /** But none before this rev. */
  readonly atLeast: number;
};
