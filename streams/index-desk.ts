import type { Input } from '../lib/core/input.ts';
import type { Index, NodeId } from '../lib/core/types.ts';
import { type AskIndex, encodeAskIndex, encodeIndex, type NamedIndex } from '../lib/wire/peer.ts';
import type { Pending, PendingTable } from './pending.ts';
import type { Replies } from './replies.ts';
import type { ServiceWorld } from './world.ts';

/** Reads that wait for the same answer. */
type Asked = { readonly leader: NodeId; readonly reads: readonly Pending[] };

/** Somebody whom we owe an index, and under which name. */
type Owed = { readonly node: NodeId; readonly token: number };

type Gathered = { reads: Pending[]; leaseReads: Pending[] };

/** What becomes of reads that asked a leader. */
export type Fate = {
  /** The leader has named an index: whoever has applied it may serve them. */
  readonly ready: (reads: readonly Pending[], index: Index) => void;
  /** They had no effect and may be asked again. `leader` is whom they would have asked, or null. */
  readonly refused: (reads: readonly Pending[], leader: NodeId | null) => void;
};

/**
 * Linearizable reads at a node that does not lead (thesis §6.4): it asks the leader how far it must
 * have applied, and serves them itself, so that what is read travels once.
 *
 *     read ─► gathered for a trip of the loop ─► AskIndex ─► (leader: a round, or its lease)
 *                                                                      │
 *     reply ◄─ served from here ◄─ applied that far ◄─ Index ◄─────────┘
 *
 * One message asks for all reads of a trip round the loop. Its token is the asker's, counts up in
 * each run of a node, and is never used twice, so no late answer is taken for another's.
 */
export class IndexDesk {
  readonly #world: ServiceWorld;
  readonly #pending: PendingTable;
  readonly #replies: Replies;
  readonly #submit: (input: Input) => void;
  readonly #fate: Fate;
  readonly #asked = new Map<number, Asked>();
  readonly #owed = new Map<number, Owed>();
  #leader: NodeId | null = null;
  #gathered: Gathered | null = null;

  constructor(
    world: ServiceWorld,
    pending: PendingTable,
    replies: Replies,
    submit: (input: Input) => void,
    fate: Fate,
  ) {
    this.#world = world;
    this.#pending = pending;
    this.#replies = replies;
    this.#submit = submit;
    this.#fate = fate;
  }

  /** Reads of our clients. What is gathered leaves together, to whoever leads by then. */
  ask(reads: readonly Pending[], leaseReads: readonly Pending[]): void {
    if (reads.length === 0 && leaseReads.length === 0) return;
    if (this.#leader === null) return this.#fate.refused([...reads, ...leaseReads], null);
    if (this.#gathered === null) {
      this.#gathered = { reads: [], leaseReads: [] };
      this.#world.clock.defer(() => this.#send());
    }
    this.#gathered.reads.push(...reads);
    this.#gathered.leaseReads.push(...leaseReads);
  }

  #send(): void {
    const { reads, leaseReads } = this.#gathered ?? { reads: [], leaseReads: [] };
    this.#gathered = null;
    this.#sendOne(reads, false);
    this.#sendOne(leaseReads, true);
    this.#replies.flush();
  }

  #sendOne(all: readonly Pending[], byLease: boolean): void {
    const reads = this.#open(all);
    if (reads.length === 0) return;
    const leader = this.#leader;
    const { network, identity } = this.#world;
    if (leader === null || leader === identity.node) return this.#fate.refused(reads, leader);
    const token = this.#pending.takeToken();
    if (network.toPeer(leader, encodeAskIndex({ token, byLease }, leader, identity))) {
      this.#asked.set(token, { leader, reads });
    } else {
      this.#fate.refused(reads, null);
    }
  }

  /** The leader has answered: it names an index, or it does not lead. */
  onIndex(from: NodeId, { token, index }: NamedIndex): void {
    const asked = this.#asked.get(token);
    if (asked?.leader !== from) return;
    this.#asked.delete(token);
    const reads = this.#open(asked.reads);
    if (index !== null) this.#fate.ready(reads, index);
    else this.#fate.refused(reads, this.#leader === from ? null : this.#leader);
  }

  /** Another node has reads, and takes us for the leader: our core knows whether we are. */
  onAsk(from: NodeId, { token, byLease }: AskIndex): void {
    const own = this.#pending.takeToken();
    this.#owed.set(own, { node: from, token });
    this.#submit(
      byLease ? { kind: 'Asked', tokens: [own], byLease } : { kind: 'Asked', tokens: [own] },
    );
  }

  /** @param index null if this node does not lead. @returns false if nobody is owed this. */
  answer(own: number, index: Index | null): boolean {
    const owed = this.#owed.get(own);
    if (!owed) return false;
    this.#owed.delete(own);
    const named = { token: owed.token, index };
    this.#replies.send(owed.node, encodeIndex(named, owed.node, this.#world.identity));
    return true;
  }

  /** Whoever was asked before `leader` led will not answer, or says what is no longer so. */
  onLeader(leader: NodeId | null): void {
    if (leader === this.#leader) return;
    this.#leader = leader;
    this.#giveUp((asked) => asked.leader !== leader);
  }

  /** Mail to or from `peer` may be lost. */
  onLinkLost(peer: NodeId): void {
    this.#giveUp(({ leader }) => leader === peer);
  }

  #giveUp(test: (asked: Asked) => boolean): void {
    for (const [token, asked] of [...this.#asked]) {
      if (!test(asked)) continue;
      this.#asked.delete(token);
      const leader = this.#leader === asked.leader ? null : this.#leader;
      this.#fate.refused(this.#open(asked.reads), leader);
    }
  }

  /** Forgets questions that nobody waits for any more: their answers may never come. */
  onTime(): void {
    for (const [token, { reads }] of this.#asked) {
      if (this.#open(reads).length === 0) this.#asked.delete(token);
    }
  }

  /** Those whose time is not up yet. */
  #open(reads: readonly Pending[]): readonly Pending[] {
    return reads.filter(({ token }) => this.#pending.get(token) !== undefined);
  }
}
