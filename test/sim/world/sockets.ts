import type { NodeId } from '../../../lib/core/types.ts';
import type { Client, ClientMessage, Link, Network, Peer } from '../../../lib/net/network.ts';
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

  /** The parties that are dialled, by the number of the link to each. */
  #dialled = new Map<number, NodeId>();
  readonly #up = new Set<NodeId>();

  constructor(id: NodeId, network: SimNetwork) {
    this.#id = id;
    this.#network = network;
  }

  setPeers(peers: readonly Peer[]): readonly string[] {
    const before = this.#dialled;
    this.#dialled = new Map(peers.map((peer) => [peer.id, partyAt(peer.peer)]));
    for (const [link, party] of before) {
      if (this.#dialled.get(link) !== party && this.#up.has(party)) this.#tell(link, false);
    }
    for (const [link, party] of this.#dialled) {
      if (before.get(link) !== party && this.#up.has(party)) this.#tell(link, true);
    }
    return [];
  }

  /** The connection to another party was made, or lost; that is told if it is dialled. */
  linked(party: NodeId, up: boolean): void {
    if (up) this.#up.add(party);
    else this.#up.delete(party);
    for (const [link, to] of this.#dialled) if (to === party) this.#tell(link, up);
  }

  #tell(peer: number, up: boolean): void {
    this.links.push({ peer, up });
  }

  /** True if it hears what that party publishes. */
  hears(party: NodeId): boolean {
    return [...this.#dialled.values()].includes(party);
  }

  toPeer(peer: number, frames: readonly Uint8Array[]): boolean {
    const party = this.#dialled.get(peer);
    return party !== undefined && this.#network.sendMail(this.#id, party, frames);
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

/** Who is at `sim://nN/peer`. */
function partyAt(endpoint: string): NodeId {
  return Number(/^sim:\/\/n(\d+)\//.exec(endpoint)?.[1]);
}
