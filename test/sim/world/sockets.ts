import type { NodeId } from '../../../lib/core/types.ts';
import type { Client, ClientMessage, Link, Network } from '../../../lib/net/network.ts';
import { HEARTBEAT } from '../../../lib/wire/event.ts';
import type { SimNetwork } from './network.ts';
import { Source } from './source.ts';

/** The sockets of one process: the ports of lib/net, with a simulated network behind them. */
export class Sockets implements Network {
  readonly fromPeers = new Source<readonly Buffer[]>();
  readonly fromClients = new Source<ClientMessage>();
  readonly beats = new Source<readonly Buffer[]>();
  readonly links = new Source<Link>();
  readonly #id: NodeId;
  readonly #network: SimNetwork;

  constructor(id: NodeId, network: SimNetwork) {
    this.#id = id;
    this.#network = network;
  }

  toPeer(peer: number, frames: readonly Uint8Array[]): boolean {
    return this.#network.sendMail(this.#id, peer, frames);
  }

  toClient({ route }: Client, frames: readonly Uint8Array[]): void {
    this.#network.reply(this.#id, route, frames);
  }

  wants(topic: string): boolean {
    return topic === HEARTBEAT || this.#network.isWatched;
  }

  subscribed(start: string): readonly string[] {
    return this.#network.subscribed(this.#id, start);
  }

  publish(topic: string, body: Uint8Array): void {
    if (topic === HEARTBEAT) this.#network.publishBeat(this.#id, topic, body);
    this.#network.published(this.#id, topic, body);
  }

  async close(): Promise<void> {
    for (const source of [this.fromPeers, this.fromClients, this.beats, this.links]) source.close();
  }
}
