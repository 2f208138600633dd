import type { Millis } from '../../../lib/core/types.ts';
import type { Agenda } from '../agenda.ts';

/** What the ends of a wire are asked and told. */
export type WireEnds = {
  /** True while both ends run and nothing is cut between them: then a connection can be made. */
  readonly canConnect: () => boolean;
  /** True while data gets through; if not, it waits until it does, or the connection breaks. */
  readonly isOpen: () => boolean;
  /** The sender learns that the connection was made, or lost. */
  readonly told: (up: boolean) => void;
};

type Parcel = { readonly deliver: () => void };

/**
 * One connection in one direction, made again whenever it is lost. As ZeroMQ over TCP: messages of
 * one connection arrive in order, and are lost only with the connection, which the sender learns.
 */
export class Wire {
  readonly #agenda: Agenda;
  readonly #ends: WireEnds;
  readonly #reconnectMs: Millis;
  /** Counts connections; what was sent over an earlier one is lost. */
  #epoch = 0;
  #isUp = false;
  #isConnecting = false;
  /** In order of sending; arrived as soon as the way is open. */
  #held: Parcel[] = [];
  #lastArrival: Millis = 0;
  /** Messages that the receiver has not read yet. */
  inFlight = 0;

  constructor(agenda: Agenda, reconnectMs: Millis, ends: WireEnds) {
    this.#agenda = agenda;
    this.#reconnectMs = reconnectMs;
    this.#ends = ends;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Tries to connect, now and again until it works. */
  connect(): void {
    if (this.#isUp || this.#isConnecting) return;
    this.#isConnecting = true;
    this.#agenda.after(this.#reconnectMs, () => {
      this.#isConnecting = false;
      if (this.#isUp || !this.#ends.canConnect()) return;
      this.#isUp = true;
      this.#ends.told(true);
    });
  }

  /** The connection is gone, with all that was under way. */
  break(): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#epoch += 1;
    this.#held = [];
    this.inFlight = 0;
    this.#lastArrival = 0;
    this.#ends.told(false);
  }

  /** Sends over this connection: arrives after `ms`, and never before what was sent earlier. */
  send(ms: Millis, deliver: () => void): void {
    this.inFlight += 1;
    const { now } = this.#agenda;
    const arrival = Math.max(this.#lastArrival, now + ms);
    this.#lastArrival = arrival;
    const epoch = this.#epoch;
    this.#agenda.after(arrival - now, () => {
      if (this.#epoch !== epoch) return;
      if (this.#held.length > 0 || !this.#ends.isOpen()) this.#held.push({ deliver });
      else deliver();
    });
  }

  /** The receiver has read a message that was sent in `epoch`. */
  read(epoch: number): void {
    if (epoch === this.#epoch) this.inFlight -= 1;
  }

  /** The way is open again: what waited arrives. */
  flush(): void {
    const held = this.#held;
    this.#held = [];
    for (const { deliver } of held) deliver();
  }
}
