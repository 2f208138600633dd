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
  /** How long it takes until something is delivered that was kept from an earlier connection. */
  readonly keptMs: () => Millis;
  /** Something that was kept is delivered. */
  readonly keptArrives: () => void;
};

/** @param read to be called when the receiver has read it: until then it takes up room. */
type Deliver = (read: () => void) => void;

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
  /** What was sent and has not been delivered; the first `#arrived` wait for the way to be open. */
  #underWay: Deliver[] = [];
  #arrived = 0;
  /** What the sender has kept of a lost connection, for the next one. */
  #kept: Deliver[] = [];
  #lastArrival: Millis = 0;
  #unread = 0;

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

  /** Messages that the receiver has not read yet. */
  get unread(): number {
    return this.#unread;
  }

  /** Tries to connect, now and again until it works. */
  connect(): void {
    if (this.#isUp || this.#isConnecting) return;
    this.#isConnecting = true;
    this.#agenda.after(this.#reconnectMs, () => {
      this.#isConnecting = false;
      if (this.#isUp || !this.#ends.canConnect()) return;
      this.#isUp = true;
      this.#deliverKept();
      this.#ends.told(true);
    });
  }

  #deliverKept(): void {
    const epoch = this.#epoch;
    for (const deliver of this.#kept.splice(0)) {
      this.#agenda.after(this.#ends.keptMs(), () => {
        if (this.#epoch !== epoch) return;
        this.#ends.keptArrives();
        deliver(NOTHING);
      });
    }
  }

  /**
   * The connection is gone, with all that was under way.
   *
   * @param isKept the sender still has that, and sends it over the next connection, whoever is there.
   */
  break(isKept = false): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#epoch += 1;
    if (isKept) this.#kept = this.#underWay;
    this.#underWay = [];
    this.#arrived = 0;
    this.#unread = 0;
    this.#lastArrival = 0;
    this.#ends.told(false);
  }

  /** The sender is another process now, and has nothing of what the one before it kept. */
  forget(): void {
    this.#kept = [];
  }

  /** Sends over this connection: arrives after `ms`, and never before what was sent earlier. */
  send(ms: Millis, deliver: Deliver): void {
    this.#unread += 1;
    this.#underWay.push(deliver);
    const { now } = this.#agenda;
    this.#lastArrival = Math.max(this.#lastArrival, now + ms);
    const epoch = this.#epoch;
    this.#agenda.after(this.#lastArrival - now, () => {
      if (this.#epoch !== epoch) return;
      this.#arrived += 1;
      if (this.#ends.isOpen()) this.flush();
    });
  }

  /** The way is open: what waited arrives. */
  flush(): void {
    const epoch = this.#epoch;
    const read = (): void => {
      if (this.#epoch === epoch) this.#unread -= 1;
    };
    for (; this.#arrived > 0; this.#arrived -= 1) this.#underWay.shift()?.(read);
  }
}

const NOTHING = (): void => {};
