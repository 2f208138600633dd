import type { Context, Dealer, Subscriber } from 'zeromq';
import { HEARTBEAT } from '../wire/event.ts';
import { Dial } from './dial.ts';
import { checkPlace, isIpv6, type Place } from './listen.ts';
import type { Link } from './network.ts';
import { newest, Pushed } from './pushed.ts';
import { beatFeed, type NetworkLimits, peerLink } from './sockets.ts';

/** Beats that wait to be read, of all peers together. */
const BEATS_WAITING_MAX = 64;

/** Where a peer takes mail, and where it publishes its beats; null if they are not for us. */
export type PeerPlaces = {
  readonly id: number;
  readonly mail: Place;
  readonly events: Place | null;
};

/** All that connects us to our peers: mail to each of them, beats from each of them. */
export class PeerLinks {
  readonly beats = new Pushed<readonly Buffer[]>(newest(BEATS_WAITING_MAX));
  readonly links = new Pushed<Link>(latestOfEach);
  readonly #context: Context;
  readonly #limits: NetworkLimits;
  readonly #mail = new Map<number, Dial<Dealer>>();
  readonly #feeds: Dial<Subscriber>[] = [];

  constructor(context: Context, limits: NetworkLimits) {
    this.#context = context;
    this.#limits = limits;
  }

  /** @throws {TransportError} if an endpoint is none. */
  add({ id, mail, events }: PeerPlaces): void {
    checkPlace(mail);
    if (events) checkPlace(events);
    this.#mail.set(id, this.#dialMail(id, mail));
    if (events) this.#feeds.push(this.#dialFeed(events));
  }

  /** See Network. */
  send(peer: number, frames: readonly Uint8Array[]): boolean {
    const socket = this.#mail.get(peer)?.connected;
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
    const dials = [...this.#mail.values(), ...this.#feeds];
    await Promise.all(dials.map((dial) => dial.close()));
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
