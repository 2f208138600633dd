import type { NodeId } from '../lib/core/types.ts';
import type { Link } from '../lib/net/network.ts';
import { type Refusal, refuse } from '../lib/wire/client.ts';
import { type Answer, encodeForward } from '../lib/wire/peer.ts';
import type { Pending, PendingTable } from './pending.ts';
import type { Replies } from './replies.ts';
import type { ServiceWorld } from './world.ts';

/** How long what was forwarded to a leader that leads no more waits for its word, in ms. */
const GRACE_MS = 150;

type Reject = (pending: Pending, refusal: Refusal) => void;

/** What only the leader may do goes on to it, and its answers come back. */
export class Forwards {
  readonly #world: ServiceWorld;
  readonly #pending: PendingTable;
  readonly #replies: Replies;
  readonly #reject: Reject;
  /** Nodes to which there is a link. */
  readonly #linked = new Set<NodeId>();

  constructor(world: ServiceWorld, pending: PendingTable, replies: Replies, reject: Reject) {
    this.#world = world;
    this.#pending = pending;
    this.#replies = replies;
    this.#reject = reject;
  }

  send(all: readonly Pending[], leader: NodeId): void {
    if (all.length === 0) return;
    for (const pending of all) pending.forwardedTo = leader;
    const { network, identity } = this.#world;
    const requests = all.map(({ token, request }) => ({ token, frame: request.frame }));
    const messages = encodeForward(requests, leader, identity);
    const refused = messages.findIndex((frames) => !network.toPeer(leader, frames));
    if (refused === -1) return;
    // What was not taken never left this node; of several messages some may have.
    const untaken = this.#linked.has(leader)
      ? refuse('BUSY', `more is on its way to server ${leader}, which leads, than may be`)
      : refuse('NO_LEADER', `server ${leader}, which leads, cannot be reached`);
    for (const pending of all) {
      this.#reject(pending, refused === 0 ? untaken : contactLost(leader));
    }
  }

  /** The leader's answers. */
  onAnswer(from: NodeId, { answers }: Answer): void {
    for (const { token, frame } of answers) {
      const pending = this.#pending.get(token);
      // It may be answered already, because its time was up.
      if (pending?.forwardedTo !== from) continue;
      this.#pending.remove(pending);
      this.#replies.pass(pending.asker, frame);
    }
  }

  /**
   * The leader that these were forwarded to leads no more. If it lives it knows what became of them,
   * and says so at once; of a transfer only when it has heard the next leader.
   */
  doubt(node: NodeId): void {
    const until = this.#world.clock.now() + GRACE_MS;
    for (const pending of this.#sentTo(node)) {
      if (pending.kind !== 'transfer') pending.deadline = Math.min(pending.deadline, until);
    }
  }

  onLink({ peer, up }: Link): void {
    if (up) this.#linked.add(peer);
    else {
      this.#linked.delete(peer);
      this.#giveUp(peer);
    }
  }

  /** The leader that these were forwarded to cannot be reached. */
  #giveUp(node: NodeId): void {
    for (const pending of this.#sentTo(node)) this.#reject(pending, contactLost(node));
  }

  #sentTo(node: NodeId): readonly Pending[] {
    return this.#pending.filter(({ forwardedTo }) => forwardedTo === node);
  }
}

/** What is known of a request whose time is up. */
export function overdue({ forwardedTo, request }: Pending, leader: NodeId | null): Refusal {
  if (forwardedTo !== null && forwardedTo !== leader) return contactLost(forwardedTo);
  return refuse('TIMEOUT', `not done within ${request.timeoutMs} ms; it may yet be`);
}

function contactLost(node: NodeId): Refusal {
  return refuse('LEADERSHIP_LOST', `contact with server ${node} was lost: it may be done`);
}
