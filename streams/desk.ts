import type { Input, Proposal } from '../lib/core/input.ts';
import type { Refused } from '../lib/core/outcome.ts';
import type { Index, NodeId } from '../lib/core/types.ts';
import type { View } from '../lib/core/view.ts';
import type { ClientMessage, Link } from '../lib/net/network.ts';
import type { Applied } from '../lib/store/state-machine.ts';
import {
  decodeRequest,
  type Refusal,
  type Reply,
  type Request,
  refuse,
} from '../lib/wire/client.ts';
import { type Answer, encodeForward, type Forward, type Mail } from '../lib/wire/peer.ts';
import { answerAbout } from './about.ts';
import type { Decided } from './decided.ts';
import { type Pending, PendingTable } from './pending.ts';
import { isStale, ReadQueue } from './read-queue.ts';
import { type Asker, Replies } from './replies.ts';
import type { ServiceWorld } from './world.ts';

/**
 * Where clients are served: every request that reaches this node gets exactly one answer from here,
 * be it a result, a refusal (it had no effect and never will) or `unknown`.
 *
 *                     ┌ write, leader ───► Proposed ─► accepted at an index ─► applied ─┐
 *     request ─► check┤ read, leader ────► Asked ────► readable at an index ─► read ────┼─► reply
 *                     ├ read, stale ───────────────────────────────────────► read ──────┤
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
  #view: View | null = null;
  #isClosing = false;

  /** @param submit hands an input to the core. */
  constructor(world: ServiceWorld, submit: (input: Input) => void) {
    this.#world = world;
    this.#submit = submit;
    const { pendingRequests, pendingBytes } = world.limits;
    this.#pending = new PendingTable(world.firstToken, pendingRequests, pendingBytes);
    this.#replies = new Replies(world.network, world.identity);
    this.#reads = new ReadQueue(
      world,
      (pending) => this.#read(pending),
      () => this.onReady(),
    );
  }

  /** True once nobody waits for an answer any more. */
  get isEmpty(): boolean {
    return this.#pending.size === 0;
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
    if (mail.kind === 'Answer') this.#onAnswer(mail.from, mail);
  }

  /** Requests that another node forwarded, because we lead as far as it knows. */
  #onForward(from: NodeId, { requests }: Forward): void {
    const batch = new Batch();
    for (const { token, frame } of requests) {
      this.#take(frame, { kind: 'node', node: from, token }, batch);
    }
    this.#dispatch(batch);
  }

  /** The leader's answers to what we forwarded. */
  #onAnswer(from: NodeId, { answers }: Answer): void {
    for (const { token, frame } of answers) {
      const pending = this.#pending.get(token);
      // It may be answered already, because its time was up.
      if (pending?.forwardedTo !== from) continue;
      this.#pending.remove(pending);
      this.#replies.pass(pending.asker, frame);
    }
    this.#replies.flush();
  }

  #take(frame: Uint8Array, asker: Asker, batch: Batch): void {
    const { limits, machine } = this.#world;
    const request = decodeRequest(frame, limits);
    if ('refusal' in request) return void this.#replies.reply(asker, request.id, request.refusal);
    const { id, op } = request;
    const about = answerAbout(op, this.#world, this.#view);
    if (about) return void this.#replies.reply(asker, id, about);
    const route = machine.route(op);
    const refusal = this.#objection(request, route) ?? machine.check(request);
    if (refusal) return void this.#replies.reply(asker, id, refusal);
    const pending = this.#pending.add(asker, request, route === 'write', this.#world.clock.now());
    if (route === 'read' && isStale(request)) this.#reads.add(pending, 0);
    else batch.add(pending);
  }

  #objection(request: Request, route: 'write' | 'read' | null): Refusal | null {
    if (this.#isClosing) return refuse('SHUTTING_DOWN', 'this node is stopping: ask another');
    if (route === null) return refuse('UNKNOWN_OP', `no operation is called ${request.op}`);
    if (this.#pending.isFull) return refuse('BUSY', 'this node holds as many requests as it may');
    return null;
  }

  /** Passes checked requests on: to the core if we lead, else to the leader. */
  #dispatch({ writes, reads }: Batch): void {
    const leader = this.#view?.leader ?? null;
    if (leader === this.#world.identity.node) {
      if (writes.length > 0) this.#submit({ kind: 'Proposed', proposals: writes.map(proposal) });
      if (reads.length > 0)
        this.#submit({ kind: 'Asked', tokens: reads.map(({ token }) => token) });
    } else {
      this.#forward([...writes, ...reads], leader);
    }
    this.#reads.serve();
    this.#replies.flush();
  }

  #forward(all: readonly Pending[], leader: NodeId | null): void {
    const mayGo: Pending[] = [];
    for (const pending of all) {
      if (leader === null || pending.asker.kind === 'node') {
        this.#answer(pending, this.#notLeader(leader));
      } else {
        pending.forwardedTo = leader;
        mayGo.push(pending);
      }
    }
    if (leader === null || mayGo.length === 0) return;
    const { network, identity } = this.#world;
    const requests = mayGo.map(({ token, request }) => ({ token, frame: request.frame }));
    const messages = encodeForward(requests, leader, identity);
    const refused = messages.findIndex((frames) => !network.toPeer(leader, frames));
    if (refused === -1) return;
    // What was not taken never left this node; of several messages some may have.
    const unreachable = refuse('NO_LEADER', `server ${leader}, which leads, cannot be reached`);
    for (const pending of mayGo) {
      this.#answer(pending, refused === 0 ? unreachable : contactLost(leader));
    }
  }

  onDecided({ accepted, refused, readable, view }: Decided): void {
    const past = this.#view;
    this.#view = view;
    for (const { tokens, first } of accepted) this.#place(tokens, first);
    for (const refusal of refused) this.#onRefused(refusal);
    for (const { tokens, index } of readable) {
      for (const token of tokens) {
        const pending = this.#pending.get(token);
        if (pending) this.#reads.add(pending, index);
      }
    }
    if (past?.role === 'leader' && !(view.role === 'leader' && view.term === past.term)) {
      this.#loseLeadership(view);
    }
    if (past?.leader && past.leader !== view.leader) this.#giveUpForwarded(past.leader);
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
    const refusal =
      reason === 'Busy'
        ? refuse('BUSY', 'the leader holds as many uncommitted bytes as it may')
        : this.#notLeader(leader);
    for (const token of tokens) {
      const pending = this.#pending.get(token);
      if (pending) this.#answer(pending, refusal);
    }
  }

  /** What became an entry of ours but was not committed may yet be committed, or never. */
  #loseLeadership(view: View): void {
    const lost = refuse('LEADERSHIP_LOST', 'this node stopped leading before the write committed');
    for (const pending of this.#pending.filter(({ index }) => index > view.commit)) {
      this.#answer(pending, lost);
    }
  }

  /** The leader that these were forwarded to leads no more, or cannot be reached. */
  #giveUpForwarded(node: NodeId): void {
    for (const pending of this.#pending.filter(({ forwardedTo }) => forwardedTo === node)) {
      const reply = pending.isWrite
        ? contactLost(node)
        : this.#notLeader(this.#view?.leader ?? null);
      this.#answer(pending, reply);
    }
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

  onLink({ peer, up }: Link): void {
    if (up) this.#replies.resend(peer);
    else this.#giveUpForwarded(peer);
    this.#replies.flush();
  }

  /** Answers those whose time is up. */
  onTime(): void {
    const now = this.#world.clock.now();
    for (const pending of this.#pending.filter(({ deadline }) => deadline <= now)) {
      const { timeoutMs } = pending.request;
      this.#answer(pending, refuse('TIMEOUT', `not done within ${timeoutMs} ms; it may yet be`));
    }
    this.#replies.flush();
  }

  /** Takes nothing new from here on. */
  close(): void {
    this.#isClosing = true;
  }

  /** Answers whoever still waits: what is in the log may yet happen, the rest will not. */
  giveUp(): void {
    const unknown = refuse('LEADERSHIP_LOST', 'this node stopped before the outcome was known');
    const rejected = refuse('SHUTTING_DOWN', 'this node is stopping: ask another');
    for (const pending of this.#pending.filter(() => true)) {
      this.#answer(pending, pending.isWrite ? unknown : rejected);
    }
    this.#replies.flush();
  }

  /** @returns the bytes of the reply. */
  #answer(pending: Pending, reply: Reply | Refusal): number {
    this.#pending.remove(pending);
    return this.#replies.reply(pending.asker, pending.request.id, reply);
  }

  #notLeader(leader: NodeId | null): Refusal {
    const member = this.#world.members.find(({ id }) => id === leader);
    if (!member) return refuse('NO_LEADER', 'no leader is known at the moment: try again');
    const { id, client } = member;
    return refuse('NOT_LEADER', `server ${id} leads: ask it`, { id, client });
  }
}

function contactLost(node: NodeId): Refusal {
  return refuse('LEADERSHIP_LOST', `contact with server ${node} was lost: it may be done`);
}

/** What one message brought that has to go on to a leader. */
class Batch {
  readonly writes: Pending[] = [];
  readonly reads: Pending[] = [];

  add(pending: Pending): void {
    (pending.isWrite ? this.writes : this.reads).push(pending);
  }
}

function proposal({ token, request }: Pending): Proposal {
  return { token, payload: request.frame };
}
