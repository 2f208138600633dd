/**
 * A rule that a test has to prove, under a number that stays. The letter is its group:
 *
 *     E election      Q quiet leadership: pre-votes, loyalty, check-quorum      R replication, commit
 *     T leadership transfer                    O operations
 *     P persistence   L linearizable reads                                      C clients
 *     M membership    S snapshots, compaction
 *     K key-value workloads                D disks         N network hostility  V recovery, liveness
 *
 * A test proves a rule if its title begins with the number: `R19: …`, or `E26 E29: …` if it proves
 * several; of a story the title is its first comment. In a table of tests the number may be a
 * string of its own.
 */
export type Row = {
  readonly id: string;
  readonly rule: string;
  /** The files under test/ that prove it; none if it is not proved yet. */
  readonly in?: readonly string[];
  /** What of it is not proved, and why. */
  readonly lacks?: string;
};
