import type { Context, XPublisher } from 'zeromq';
import { HEARTBEAT } from '../wire/event.ts';
import { closed, listenAt, type Place } from './listen.ts';
import { eventPort } from './sockets.ts';
import { Subscriptions } from './subscriptions.ts';

/** Where events are published, for whoever has subscribed. */
export class EventPort {
  readonly #socket: XPublisher;
  readonly #subscriptions = new Subscriptions();

  /**
   * @param failed the socket cannot be read: a bug.
   * @throws {TransportError} if it cannot be bound.
   */
  constructor(context: Context, place: Place, failed: (reason: unknown) => void) {
    this.#socket = listenAt(place, (ipv6) => eventPort(context, ipv6));
    this.#read().catch(failed);
  }

  /** See Network. Beats are always wanted: peers are there to hear them, whatever others cancel. */
  wants(topic: string): boolean {
    return topic === HEARTBEAT || this.#subscriptions.wants(topic);
  }

  /** See WatchedNetwork. */
  wantsWithin(prefix: string): boolean {
    return this.#subscriptions.wantsWithin(prefix);
  }

  /** See Network. */
  subscribed(start: string): readonly string[] {
    return this.#subscriptions.startingWith(start);
  }

  publish(topic: string, body: Uint8Array): void {
    if (this.#socket.closed) return;
    // an XPUB takes every message; it can only refuse while the process is ending
    this.#socket.send([topic, body]).catch(() => {});
  }

  close(): Promise<void> {
    return closed(this.#socket);
  }

  /** Subscriptions come as messages of one frame; others are of somebody who plays with an XSUB. */
  async #read(): Promise<void> {
    for await (const frames of this.#socket) {
      const [message] = frames;
      if (message && frames.length === 1) this.#subscriptions.take(message);
    }
  }
}
