import type { Context, Dealer, Subscriber } from 'zeromq';
import { HEARTBEAT } from '../wire/event.ts';
import { Dial } from './dial.ts';
import { isIpv6, type Place, placeProblem } from './listen.ts';
import type { Link, Peer } from './network.ts';
import { newest, Pushed } from './pushed.ts';
import { beatFeed, type NetworkLimits, peerLink } from './sockets.ts';

/** Beats that wait to be read, of all peers together. */
const BEATS_WAITING_MAX = 64;

/** What connects us to one peer. */
type Links = {
  readonly peer: Peer;
  readonly mail: Dial<Dealer>;
  readonly beats: Dial<Subscriber> | null;
};

/** All that connects us to our peers: mail to each of them, beats from each of them. */
export class PeerLinks {
  readonly beats = new Pushed<readonly Buffer[]>(newest(BEATS_WAITING_MAX));
  readonly links = new Pushed<Link>(latestOfEach);
  readonly #context: Context;
  readonly #limits: NetworkLimits;
  readonly #linked = new Map<number, Links>();
  /** Sockets of former peers that ZeroMQ's own thread has not let go of yet. */
  readonly #closing = new Set<Promise<unknown>>();

  constructor(context: Context, limits: NetworkLimits) {
    this.#context = context;
    this.#limits = limits;
  }

  /** See Network. @param what comes and goes over the links; beats may be others' business. */
  set(peers: readonly Peer[], what: 'all' | 'mail' = 'all'): readonly string[] {
    const problems: string[] = [];
    const wanted = new Map<number, Peer>();
    for (const peer of peers) {
      const problem = placeProblem(place(peer, 'peer')) ?? placeProblem(place(peer, 'events'));
      if (problem === null) wanted.set(peer.id, peer);
      else problems.push(problem);
    }
    for (const [id, links] of this.#linked) {
      if (!isSame(wanted.get(id), links.peer)) this.#part(id, links);
    }
    for (const [id, peer] of wanted) {
      if (this.#linked.has(id)) continue;
      const mail = this.#dialMail(id, place(peer, 'peer'));
      const beats = what === 'all' ? this.#dialFeed(place(peer, 'events')) : null;
      this.#linked.set(id, { peer, mail, beats });
    }
    return problems;
  }

  #part(id: number, { mail, beats }: Links): void {
    this.#linked.delete(id);
    if (mail.connected) this.links.push({ peer: id, up: false });
    const closing = Promise.all([mail.close(), beats?.close()])
      .catch(this.fail)
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  /** See Network. */
  send(peer: number, frames: readonly Uint8Array[]): boolean {
    const socket = this.#linked.get(peer)?.mail.connected;
    if (!socket?.writable) return false;
    // Refused only if the connection broke since the line above; that is told as a link going down.
    socket.send(frames as Uint8Array[]).catch(() => {});
    return true;
  }

  /** A socket failed in a way that has no explanation. */
  readonly fail = (reason: unknown): void => {
    this.links.end(reason);
  };

  async close(): Promise<void> {
    const dials = [...this.#linked.values()].flatMap(({ mail, beats }) => [mail, beats]);
    await Promise.all([...dials.map((dial) => dial?.close()), ...this.#closing]);
    this.links.end();
    this.beats.end();
  }

  #dialMail(peer: number, place: Place): Dial<Dealer> {
    return new Dial({
      endpoint: place.endpoint,
      make: () => peerLink(this.#context, isIpv6(place), this.#limits),
      told: (up) => this.links.push({ peer, up }),
      failed: this.fail,
    });
  }

  #dialFeed(place: Place): Dial<Subscriber> {
    return new Dial({
      endpoint: place.endpoint,
      make: () => {
        const socket = beatFeed(this.#context, isIpv6(place));
        socket.subscribe(HEARTBEAT);
        return socket;
      },
      opened: (socket) => this.#hear(socket).catch(this.fail),
      told: () => {},
      failed: this.fail,
    });
  }

  /** Ends when the socket is closed. */
  async #hear(socket: Subscriber): Promise<void> {
    for await (const frames of socket) this.beats.push(frames);
  }
}

function place(peer: Peer, port: 'peer' | 'events'): Place {
  return { endpoint: peer[port], setting: `${port} of node ${peer.id}` };
}

function isSame(a: Peer | undefined, b: Peer): boolean {
  return a?.peer === b.peer && a.events === b.events;
}

/**
 * Keeps of each link what its reader has not seen: the latest state always, and before it at most
 * one other, so that a link that broke and came back is seen to have broken.
 */
export function latestOfEach(waiting: Link[], link: Link): void {
  const same = waiting.findIndex(({ peer, up }) => peer === link.peer && up === link.up);
  if (same < 0) {
    waiting.push(link);
    return;
  }
  // down, up and down again says no more than down
  const later = waiting.findIndex(({ peer }, place) => place > same && peer === link.peer);
  if (later >= 0) waiting.splice(later, 1);
}
