import type { InstallSnapshot, InstallSnapshotReply } from '../lib/core/message.ts';
import { isSameSnapshot, type Snapshot } from '../lib/core/snapshot.ts';
import type { NodeId } from '../lib/core/types.ts';
import type { View } from '../lib/core/view.ts';
import type { Receiving, SnapshotStore } from '../lib/store/snapshot-store.ts';
import { encodeMail } from '../lib/wire/peer.ts';
import type { SnapshotNews } from './snapshot-news.ts';
import type { SnapshotTraffic } from './snapshot-traffic.ts';
import type { LoopWorld } from './world.ts';

/** Chunks that may be on their way to this node at a time. */
const CREDIT_CHUNKS = 8;

/** What receiving needs of the node. */
export type Receiver = Pick<LoopWorld, 'network' | 'identity'> & {
  readonly store: SnapshotStore;
  readonly chunkBytes: number;
  readonly traffic: SnapshotTraffic;
  /** The newest view: terms and the commit move on while the disk works. */
  readonly view: () => View;
};

/** A chunk of the leader that this node follows. */
export type Chunk = { readonly from: NodeId; readonly message: InstallSnapshot };

/**
 * Writes the chunks of a leader's snapshot, in order and one after the other, and tells it how much
 * is there. What does not follow is not written, whichever it is: lost, doubled, late, or of another
 * snapshot than the one that is under way.
 */
export class ReceiveSnapshots {
  readonly #receiver: Receiver;
  #snapshot: Snapshot | null = null;
  #receiving: Receiving | null = null;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  /** @returns what that chunk has completed, or null. */
  async take({ from, message }: Chunk): Promise<SnapshotNews | null> {
    const { snapshot, offset, chunk } = message;
    if (snapshot.index <= this.#receiver.view().commit) {
      await this.#drop();
      this.#reply(from, snapshot, snapshot.bytes, 'complete');
      return null;
    }
    const receiving = await this.#open(snapshot, from);
    const follows = chunk.length > 0 && offset === receiving.offset;
    if (follows) await receiving.write(offset, chunk);
    const done = receiving.offset;
    const { incoming } = this.#receiver.traffic;
    if (incoming) incoming.done = done;
    if (done === snapshot.bytes) return this.#finish(receiving, snapshot, from);
    this.#reply(from, snapshot, done, follows ? 'continue' : 'resume');
    return null;
  }

  async #open(snapshot: Snapshot, from: NodeId): Promise<Receiving> {
    const isSame = this.#snapshot !== null && isSameSnapshot(this.#snapshot, snapshot);
    if (this.#receiving && isSame) return this.#receiving;
    await this.#drop();
    const receiving = await this.#receiver.store.receive(snapshot);
    const { index, bytes } = snapshot;
    this.#receiver.traffic.incoming = { from, index, bytes, done: receiving.offset };
    this.#snapshot = snapshot;
    this.#receiving = receiving;
    return receiving;
  }

  async #finish(receiving: Receiving, snapshot: Snapshot, from: NodeId): Promise<SnapshotNews> {
    this.#forget();
    const isWhole = (await receiving.finish()) === 'complete';
    if (isWhole) this.#reply(from, snapshot, snapshot.bytes, 'complete');
    else this.#reply(from, snapshot, 0, 'resume');
    return { kind: isWhole ? 'received' : 'damaged', snapshot, from };
  }

  /** What is there of it stays, in case it comes again. */
  async #drop(): Promise<void> {
    const receiving = this.#receiving;
    this.#forget();
    await receiving?.abandon();
  }

  #forget(): void {
    this.#snapshot = null;
    this.#receiving = null;
    this.#receiver.traffic.incoming = null;
  }

  #reply(
    to: NodeId,
    { index, checksum }: Snapshot,
    offset: number,
    result: InstallSnapshotReply['result'],
  ): void {
    const { network, identity, chunkBytes, view } = this.#receiver;
    const granted = offset + CREDIT_CHUNKS * chunkBytes;
    const { term } = view();
    const kind = 'InstallSnapshotReply';
    const message = { kind, term, index, checksum, offset, granted, result } as const;
    // if it is not taken, the leader asks
    network.toPeer(to, encodeMail({ from: identity.node, to, message }, identity));
  }
}
