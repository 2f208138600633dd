import type { Millis } from './types.ts';

/** Times in ms, sizes in bytes of records. */
export type Settings = {
  readonly heartbeatMs: Millis;
  /** Shortest and longest wait for a leader; the shortest is also how long voters stay loyal. */
  readonly electionMsMin: Millis;
  readonly electionMsMax: Millis;
  /**
   * How long a leader may read without asking, from when a quorum answered: less than `electionMsMin`
   * by as much as one clock may run faster than another.
   */
  readonly leaseMs: Millis;
  /** A server whose disk has not finished anything for so long does not lead. */
  readonly diskStallMs: Millis;
  readonly inflightMessagesMax: number;
  readonly inflightBytesMax: number;
  readonly messageBytesMax: number;
  readonly windowBytesMax: number;
  readonly uncommittedBytesMax: number;
  /** So many entries before a snapshot stay in the log, for followers a little behind. */
  readonly keepEntries: number;
};
