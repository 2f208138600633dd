import type { InstallSnapshot, InstallSnapshotReply } from '../lib/core/message.ts';
import type { Shipment } from '../lib/core/outcome.ts';
import type { SnapshotStore } from '../lib/store/snapshot-store.ts';
import { encodeMail } from '../lib/wire/peer.ts';
import type { LoopWorld } from './world.ts';

/** A word that nobody answers for so long is said again, in ms. */
const PATIENCE_MS = 500;

export type Order = Shipment & { readonly kind: 'send' };

/** What a shipment needs of the node. */
export type Sender = Pick<LoopWorld, 'network' | 'clock' | 'identity'> & {
  readonly store: SnapshotStore;
  readonly chunkBytes: number;
  /** Called with each part that is there. */
  readonly progress: (order: Order, done: number) => void;
  /** Called once, unless it was stopped before: all is there, or the file is gone. */
  readonly end: (order: Order, ok: boolean) => void;
  readonly fail: (reason: unknown) => void;
};

/**
 * One snapshot on its way to one follower.
 *
 *     ask ─► how much is there ─► chunks, as far as granted ─► what was written, what is granted ─┐
 *      ▲                            ▲                                                             │
 *      └ silence: start again       └─────────────────────────────────────────────────────────────┘
 *
 * The follower grants how far it may be sent, so that neither side ever holds more than that, and no
 * chunk waits before other mail for long. What does not follow it asks for again. Nothing is lost
 * with a link: the next question finds out where to go on.
 */
export class SendSnapshot {
  readonly order: Order;
  readonly #sender: Sender;
  readonly #release: () => void;
  /** Where the follower is, as far as it has said, and what it has been sent. */
  #done = 0;
  #sent = 0;
  #granted = 0;
  /** A gap is told of by every chunk after it; only the first word is news. */
  #resumedAt: number | null = null;
  #isReading = false;
  #hasEnded = false;
  #cancel = (): void => {};

  constructor(order: Order, sender: Sender) {
    this.order = order;
    this.#sender = sender;
    this.#release = sender.store.hold(order.snapshot);
    this.#ask();
  }

  /** Nobody wants it any more. */
  stop(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#cancel();
    this.#release();
  }

  onReply({ index, checksum, offset, granted, result }: InstallSnapshotReply): void {
    const { snapshot } = this.order;
    if (this.#hasEnded || index !== snapshot.index || checksum !== snapshot.checksum) return;
    if (result === 'complete') return this.#end(true);
    const isNews = offset > this.#done;
    if (result === 'resume' && offset !== this.#resumedAt) {
      this.#resumedAt = offset;
      this.#done = offset;
      this.#sent = offset;
    }
    if (isNews) {
      this.#done = offset;
      this.#sent = Math.max(this.#sent, offset);
    }
    this.#granted = granted;
    this.#sender.progress(this.order, this.#done);
    this.#wait();
    this.#pump();
  }

  /** How much is there already? What was sent and not answered is forgotten. */
  #ask(): void {
    this.#resumedAt = null;
    this.#granted = 0;
    this.#say(this.#done, NOTHING);
    this.#wait();
  }

  #wait(): void {
    this.#cancel();
    this.#cancel = this.#sender.clock.after(PATIENCE_MS, () => this.#ask());
  }

  #pump(): void {
    const { snapshot } = this.order;
    const offset = this.#sent;
    const upTo = Math.min(this.#granted, snapshot.bytes);
    if (this.#isReading || this.#hasEnded || offset >= upTo) return;
    this.#isReading = true;
    const { store, chunkBytes, fail } = this.#sender;
    store
      .read(snapshot, offset, Math.min(chunkBytes, upTo - offset))
      .then((chunk) => this.#read(offset, chunk))
      .catch(fail);
  }

  #read(offset: number, chunk: Uint8Array | null): void {
    this.#isReading = false;
    if (this.#hasEnded) return;
    if (chunk === null) return this.#end(false);
    // the follower may have asked for another place meanwhile
    if (offset === this.#sent) {
      // what is not taken is asked about, some time later
      if (!this.#say(offset, chunk)) return;
      this.#sent = offset + chunk.length;
    }
    this.#pump();
  }

  #say(offset: number, chunk: Uint8Array): boolean {
    const { network, identity } = this.#sender;
    const { to, term, snapshot } = this.order;
    const message: InstallSnapshot = { kind: 'InstallSnapshot', term, snapshot, offset, chunk };
    return network.toPeer(to, encodeMail({ from: identity.node, to, message }, identity));
  }

  #end(ok: boolean): void {
    this.stop();
    this.#sender.end(this.order, ok);
  }
}

const NOTHING = new Uint8Array(0);
