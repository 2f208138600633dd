import type { NodeId } from '../lib/core/types.ts';
import type { Client, ServiceNetwork } from '../lib/net/network.ts';
import type { Item } from '../lib/wire/batch.ts';
import { encodeReply, type Refusal, type Reply } from '../lib/wire/client.ts';
import { encodeAnswer, type Identity } from '../lib/wire/peer.ts';

/** Who asked: a client of this node, or a node that forwarded a client's request to us. */
export type Asker = AskingClient | AskingNode;

export type AskingClient = {
  readonly kind: 'client';
  readonly client: Client;
  /** Replies to one client travel together. */
  readonly key: string;
  /** A REQ socket takes one message for each it sent: replies wait until all of them are there. */
  readonly together: { awaited: number; readonly frames: Uint8Array[] } | null;
};

export type AskingNode = { readonly kind: 'node'; readonly node: NodeId; readonly token: number };

/**
 * Messages kept for a node without a link to it. Of what is beyond, those who wait at that node
 * hear that the outcome is unknown, when their time is up.
 */
const KEPT_MAX = 256;

/**
 * Replies on their way out, gathered while one event of the loop is worked on, so that one message
 * carries all that a client or a node gets from it: a message costs far more than a frame.
 */
export class Replies {
  readonly #network: ServiceNetwork;
  readonly #identity: Identity;
  readonly #toClients = new Map<string, { client: Client; frames: Uint8Array[] }>();
  readonly #toNodes = new Map<NodeId, Item[]>();
  readonly #kept = new Map<NodeId, (readonly Uint8Array[])[]>();

  constructor(network: ServiceNetwork, identity: Identity) {
    this.#network = network;
    this.#identity = identity;
  }

  /** @returns the bytes of the reply. */
  reply(asker: Asker, id: number | null, reply: Reply | Refusal): number {
    const frame = encodeReply(id, reply);
    this.pass(asker, frame);
    return frame.length;
  }

  /** Hands over a reply that is encoded already. */
  pass(asker: Asker, frame: Uint8Array): void {
    if (asker.kind === 'node') {
      const answers = this.#toNodes.get(asker.node);
      const answer = { token: asker.token, frame };
      if (answers) answers.push(answer);
      else this.#toNodes.set(asker.node, [answer]);
      return;
    }
    const { client, key, together } = asker;
    if (together) {
      together.frames.push(frame);
      if (together.frames.length === together.awaited) {
        this.#network.toClient(client, together.frames);
      }
      return;
    }
    const waiting = this.#toClients.get(key);
    if (waiting) waiting.frames.push(frame);
    else this.#toClients.set(key, { client, frames: [frame] });
  }

  /** Sends all that was gathered. */
  flush(): void {
    for (const { client, frames } of this.#toClients.values()) {
      this.#network.toClient(client, frames);
    }
    this.#toClients.clear();
    for (const [node, answers] of this.#toNodes) {
      for (const frames of encodeAnswer(answers, node, this.#identity)) this.send(node, frames);
    }
    this.#toNodes.clear();
  }

  /** The link to `node` is up: what could not be sent to it leaves now. */
  resend(node: NodeId): void {
    const kept = this.#kept.get(node) ?? [];
    this.#kept.delete(node);
    for (const frames of kept) this.send(node, frames);
  }

  /** Mail may arrive over one link before the link back is up, so an answer may have to wait. */
  send(node: NodeId, frames: readonly Uint8Array[]): void {
    if (this.#network.toPeer(node, frames)) return;
    const kept = this.#kept.get(node) ?? [];
    if (kept.length < KEPT_MAX) kept.push(frames);
    this.#kept.set(node, kept);
  }
}
