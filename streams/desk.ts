import type { Input } from '../lib/core/input.ts';
import type { Refused, Transferred } from '../lib/core/outcome.ts';
import type { Index, NodeId } from '../lib/core/types.ts';
import type { View } from '../lib/core/view.ts';
import type { ClientMessage, Link } from '../lib/net/network.ts';
import type { Applied } from '../lib/store/state-machine.ts';
import { decodeRequest, type Refusal, type Reply, refuse } from '../lib/wire/client.ts';
import type { Forward, Mail } from '../lib/wire/peer.ts';
import { answerAbout } from './about.ts';
import { Batch } from './batch.ts';
import type { Decided } from './decided.ts';
import { Forwards, overdue } from './forwards.ts';
import { IndexDesk } from './index-desk.ts';
import { kindOf } from './kind-of.ts';
import { MemberChanges } from './member-changes.ts';
import { notLeader } from './not-leader.ts';
import { type Pending, PendingTable } from './pending.ts';
import { ReadQueue, readModeOf } from './read-queue.ts';
import { type Asker, Replies } from './replies.ts';
import { SnapshotDesk, type Takes } from './snapshot-desk.ts';
import { OWN_TOKEN, refusalOf } from './transfer-desk.ts';
import type { ServiceWorld } from './world.ts';

/** A read that has waited so long until its index is applied here goes on to the leader. */
const LATE_READ_MS = 250;

/**
 * Where clients are served: every request that reaches this node gets exactly one answer from here,
 * be it a result, a refusal (it had no effect and never will) or `unknown`.
 *
 *                     ┌ write, leader ───► Proposed ─► accepted at an index ─► applied ─┐
 *     request ─► check┤ read, leader ────► Asked ────► readable at an index ─► read ────┼─► reply
 *                     ├ read, follower ──► AskIndex ─► readable at an index ─► read ────┤
 *                     ├ read, stale ───────────────────────────────────────► read ──────┤
 *                     ├ transfer, leader ► TransferAsked ─► transferred ─────────────────┤
 *                     ├ change of members ► Reconfigured ─► complete ────────────────────┤
 *                     ├ about this node ─────────────────────────────────────────────────┤
 *                     └ not the leader ──► Forward ──► (leader's desk) ─────► Answer ────┘
 *
 * Several requests at a time, in both directions: a message to or from a client or a peer costs
 * much more than what is in it.
 */
export class Desk {
  readonly #world: ServiceWorld;
  readonly #submit: (input: Input) => void;
  readonly #pending: PendingTable;
  readonly #replies: Replies;
  readonly #reads: ReadQueue;
  readonly #snapshots: SnapshotDesk;
  readonly #forwards: Forwards;
  readonly #indexes: IndexDesk;
  readonly #changes: MemberChanges;
  /** Whether the office is being handed over because this node leaves. */
  #isHandingOver = false;
  #view: View | null = null;
  #isClosing = false;

  /** @param submit hands an input to the core. */
  constructor(world: ServiceWorld, submit: (input: Input) => void, snapshots: Takes | null) {
    this.#world = world;
    this.#submit = submit;
    const { pendingRequests, pendingBytes } = world.limits;
    this.#pending = new PendingTable(world.firstToken, pendingRequests, pendingBytes);
    this.#replies = new Replies(world.network, world.identity);
    this.#reads = new ReadQueue(world, this.#read.bind(this), this.onReady.bind(this));
    const answer = this.#answer.bind(this);
    const flush = this.#replies.flush.bind(this.#replies);
    const shared = { pending: this.#pending, reads: this.#reads, answer, flush };
    this.#snapshots = new SnapshotDesk({ snapshots, ...shared });
    this.#forwards = new Forwards(world, this.#pending, this.#replies, answer);
    this.#changes = new MemberChanges(this.#pending, submit, answer);
    this.#indexes = new IndexDesk(world, this.#pending, this.#replies, submit, {
      ready: (reads, index) => {
        for (const pending of reads) this.#reads.add(pending, index);
        this.#reads.serve();
      },
      refused: (reads, leader) => {
        for (const pending of reads) this.#answer(pending, notLeader(this.#view, leader));
      },
    });
  }

  /** True once nobody waits for an answer any more, and a leader that leaves has tried to hand over. */
  get isDone(): boolean {
    return this.#pending.size === 0 && !this.#isHandingOver;
  }

  /** Requests of one client. */
  onMessage({ client, frames }: ClientMessage): void {
    const key = client.route.toString('latin1');
    const together = client.delimited ? { awaited: frames.length, frames: [] } : null;
    const asker: Asker = { kind: 'client', client, key, together };
    const batch = new Batch();
    for (const frame of frames) this.#take(frame, asker, batch);
    this.#dispatch(batch);
  }

  /** What another desk sent; mail of the core itself is not for us. */
  onMail(mail: Mail): void {
    if (mail.kind === 'Forward') this.#onForward(mail.from, mail);
    if (mail.kind === 'Answer') this.#forwards.onAnswer(mail.from, mail);
    if (mail.kind === 'AskIndex') this.#indexes.onAsk(mail.from, mail);
    if (mail.kind === 'Index') this.#indexes.onIndex(mail.from, mail);
    this.#replies.flush();
  }

  /** Requests that another node forwarded, because we lead as far as it knows. */
  #onForward(from: NodeId, { requests }: Forward): void {
    const batch = new Batch();
    for (const { token, frame } of requests) {
      this.#take(frame, { kind: 'node', node: from, token }, batch);
    }
    this.#dispatch(batch);
  }

  #take(frame: Uint8Array, asker: Asker, batch: Batch): void {
    const { limits, machine } = this.#world;
    const request = decodeRequest(frame, limits);
    if ('refusal' in request) return void this.#replies.reply(asker, request.id, request.refusal);
    const about = answerAbout(request.op, this.#world, this.#view);
    if (about) return void this.#replies.reply(asker, request.id, about);
    const kind = kindOf(request, machine);
    const refusal = this.#objection(asker) ?? kind;
    if (typeof refusal !== 'string') return void this.#replies.reply(asker, request.id, refusal);
    if (typeof kind !== 'string') return;
    const pending = this.#pending.add(asker, request, kind, this.#world.clock.now());
    if (kind === 'snapshot') this.#snapshots.take(pending);
    else if (kind === 'read' && readModeOf(request) === 'stale') this.#reads.add(pending, 0);
    else batch.add(pending);
  }

  #objection(asker: Asker): Refusal | null {
    // What other nodes forward must not be sent away as if they were stopping, too.
    const isPassedOn = asker.kind === 'node' && this.#isHandingOver;
    if (this.#isClosing && !isPassedOn) {
      return refuse('SHUTTING_DOWN', 'this node is stopping: ask another');
    }
    if (this.#pending.isFull) return refuse('BUSY', 'this node holds as many requests as it may');
    return null;
  }

  /** Passes checked requests on: to the core if we lead, else to the leader. */
  #dispatch(batch: Batch): void {
    const leader = this.#view?.leader ?? null;
    if (leader === this.#world.identity.node) {
      for (const input of batch.inputs(this.#world.machine)) this.#submit(input);
      for (const pending of batch.changes) this.#changes.ask(pending);
    } else {
      const { writes, transfers, changes, reads, leaseReads } = batch;
      this.#forward([...writes, ...transfers, ...changes], leader);
      this.#indexes.ask(reads, leaseReads);
    }
    this.#reads.serve();
    this.#replies.flush();
  }

  /** What was forwarded to us already is not forwarded again. */
  #forward(all: readonly Pending[], leader: NodeId | null): void {
    const mayGo: Pending[] = [];
    for (const pending of all) {
      if (leader !== null && pending.asker.kind === 'client') mayGo.push(pending);
      else this.#answer(pending, notLeader(this.#view, leader));
    }
    if (leader !== null) this.#forwards.send(mayGo, leader);
  }

  onDecided(decided: Decided): void {
    const { accepted, refused, transferred, readable, release, view } = decided;
    const past = this.#view;
    this.#view = view;
    if (release) this.#snapshots.onRelease(release);
    this.#changes.onDecided(decided);
    for (const { tokens, first } of accepted) this.#place(tokens, first);
    for (const refusal of refused) this.#onRefused(refusal);
    for (const done of transferred) this.#onTransferred(done);
    for (const { tokens, index } of readable) {
      for (const token of tokens) {
        const pending = this.#pending.get(token);
        if (pending) this.#reads.add(pending, index);
        else this.#indexes.answer(token, index);
      }
    }
    if (past?.role === 'leader' && !(view.role === 'leader' && view.term === past.term)) {
      this.#loseLeadership(view);
    }
    if (past?.leader && past.leader !== view.leader) this.#forwards.doubt(past.leader);
    this.#indexes.onLeader(view.leader);
    if (readable.length > 0) this.#reads.serve();
    this.#replies.flush();
  }

  #place(tokens: readonly number[], first: Index): void {
    for (let i = 0; i < tokens.length; i += 1) {
      const pending = this.#pending.get(tokens[i] as number);
      if (pending) this.#pending.place(pending, first + i);
    }
  }

  #onRefused({ tokens, reason, leader }: Refused): void {
    const refusal = reason === 'NotLeader' ? notLeader(this.#view, leader) : refusalOf(reason);
    for (const token of tokens) {
      const pending = this.#pending.get(token);
      if (pending && this.#changes.isHeld(token)) continue;
      if (pending) this.#answer(pending, refusal);
      else if (token === OWN_TOKEN) this.#isHandingOver = false;
      else this.#indexes.answer(token, null);
    }
  }

  #onTransferred({ tokens, leader, term }: Transferred): void {
    for (const token of tokens) {
      const pending = this.#pending.get(token);
      if (pending) this.#answer(pending, { ok: true, leader, term });
      if (token === OWN_TOKEN) this.#isHandingOver = false;
    }
  }

  /** What became an entry of ours but was not committed may yet be committed, or never. */
  #loseLeadership(view: View): void {
    const lost = refuse('LEADERSHIP_LOST', 'this node stopped leading before that was committed');
    for (const pending of this.#pending.filter(({ index }) => index > view.commit)) {
      this.#answer(pending, lost);
    }
    this.#changes.giveUp(lost);
  }

  /** Entries were applied: their clients are answered, and reads that waited for them served. */
  onApplied(batch: readonly Applied[]): void {
    for (const { index, reply } of batch) {
      const pending = this.#pending.at(index);
      if (pending && reply) this.#answer(pending, reply);
    }
    this.#reads.serve();
    this.#replies.flush();
  }

  /** Goes on with reads that were too many for one trip of the loop. */
  onReady(): void {
    this.#reads.serve();
    this.#replies.flush();
  }

  #read(pending: Pending): number {
    // Its time may have been up while it waited.
    if (!this.#pending.get(pending.token)) return 0;
    return this.#answer(pending, this.#world.machine.read(pending.request));
  }

  onLink(link: Link): void {
    const { peer, up } = link;
    this.#forwards.onLink(link);
    if (up) this.#replies.resend(peer);
    else this.#indexes.onLinkLost(peer);
    this.#replies.flush();
  }

  /** Answers those whose time is up. */
  onTime(): void {
    const now = this.#world.clock.now();
    this.#changes.onTime(now);
    for (const pending of this.#pending.filter(({ deadline }) => deadline <= now)) {
      this.#answer(pending, overdue(pending, this.#view?.leader ?? null));
    }
    this.#indexes.onTime();
    // reads do not wait for the disk of this node where the leader can serve them
    const leader = this.#view?.leader ?? null;
    const isHelped = leader !== null && leader !== this.#world.identity.node;
    const isOpen = ({ token }: Pending): boolean => this.#pending.get(token) !== undefined;
    if (isHelped) this.#forward(this.#reads.takeLate(LATE_READ_MS).filter(isOpen), leader);
    this.#replies.flush();
  }

  /** Takes nothing new from here on; a leader makes somebody else lead. */
  close(): void {
    this.#isClosing = true;
    if (this.#view?.role !== 'leader') return;
    this.#isHandingOver = true;
    this.#submit({ kind: 'TransferAsked', token: OWN_TOKEN, to: null });
  }

  /** Answers whoever still waits: what is in the log may yet happen, the rest will not. */
  giveUp(): void {
    this.#isHandingOver = false;
    const unknown = refuse('LEADERSHIP_LOST', 'this node stopped before the outcome was known');
    const rejected = refuse('SHUTTING_DOWN', 'this node is stopping: ask another');
    for (const pending of this.#pending.filter(() => true)) {
      this.#answer(pending, pending.kind === 'read' ? rejected : unknown);
    }
    this.#replies.flush();
  }

  /** @returns the bytes of the reply. */
  #answer(pending: Pending, reply: Reply | Refusal): number {
    this.#pending.remove(pending);
    return this.#replies.reply(pending.asker, pending.request.id, reply);
  }
}
