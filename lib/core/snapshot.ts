import type { Configuration, Index, Term } from './types.ts';

/**
 * What a snapshot says about itself: it stands for the log up to `index`, whose entry has `term`.
 * Two with the same values hold the same bytes.
 *
 * @see Raft thesis §5.1
 */
export type Snapshot = {
  readonly index: Index;
  readonly term: Term;
  /** The one in force at `index`: the last that the log up to there holds. */
  readonly configuration: Configuration;
  /** Writes that the state at `index` counts. */
  readonly rev: number;
  /** Of the content: the state machine's own bytes, from 0 on. */
  readonly bytes: number;
  /** CRC-32 over all of the above, the name of the cluster, and the checksums of the content. */
  readonly checksum: number;
};

/** True if both are one file: its bytes may come partly from one server and partly from another. */
export function isSameSnapshot(a: Snapshot, b: Snapshot): boolean {
  return (
    a.index === b.index && a.term === b.term && a.bytes === b.bytes && a.checksum === b.checksum
  );
}
