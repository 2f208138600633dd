import type { Release } from '../lib/core/outcome.ts';
import type { Snapshot } from '../lib/core/snapshot.ts';
import { type Refusal, type Reply, refuse } from '../lib/wire/client.ts';
import type { Pending, PendingTable } from './pending.ts';
import type { ReadQueue } from './read-queue.ts';
import type { Snapshots } from './snapshots.ts';

/** Takes snapshots of this node. */
export type Takes = Pick<Snapshots, 'take'>;

/** What the desk of a node lends to this one. */
export type DeskParts = {
  readonly snapshots: Takes | null;
  readonly pending: PendingTable;
  readonly reads: ReadQueue;
  readonly answer: (pending: Pending, reply: Reply | Refusal) => unknown;
  readonly flush: () => void;
};

/** The part of the desk that has to do with snapshots. */
export class SnapshotDesk {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** A client wants one to be taken of this very node, whether it leads or not. */
  take(pending: Pending): void {
    const { snapshots, answer, flush } = this.#parts;
    if (snapshots === null) {
      const why =
        'the state machine of this node cannot be copied, so there are no snapshots of it';
      answer(pending, refuse('BAD_REQUEST', why));
      return;
    }
    const done = (snapshot: Snapshot | null): void => {
      // its time may be up
      if (!this.#parts.pending.get(pending.token)) return;
      answer(pending, snapshot ? replyOf(snapshot) : NOTHING_TAKEN);
      flush();
    };
    // an error ends the node, and is told by that
    snapshots.take().then(done, () => undefined);
  }

  /**
   * The state jumps. Whoever waits for an entry that is skipped never hears of its result, so it is
   * told that nobody knows; nothing is read until the new state is whole.
   */
  onRelease({ install }: Release): void {
    if (install === null) return;
    const { pending, reads, answer } = this.#parts;
    reads.pause(install.index);
    for (const one of pending.filter(({ index }) => index > 0 && index <= install.index)) {
      answer(one, SKIPPED);
    }
  }
}

function replyOf({ index, bytes }: Snapshot): Reply {
  return { ok: true, index, bytes };
}

const NOTHING_TAKEN = refuse(
  'NOT_READY',
  'no snapshot was taken: nothing is applied yet, or the disk is full (the log of the node says so)',
);
const SKIPPED = refuse(
  'LEADERSHIP_LOST',
  'this node lost the leadership and caught up by a snapshot: the write may be done',
);
