import type { Dealer, EventType, Subscriber } from 'zeromq';
import { uninterrupted } from '../kit/uninterrupted.ts';
import { HANDSHAKE_MS } from './sockets.ts';

/**
 * When to give up on a connection that has got so far and goes no further, in ms. ZeroMQ connects
 * again by itself after most failures, and says so at once. After some it never does: what answers
 * there does not speak ZMTP, or has the wrong kind of socket, or sent garbage later on. Whoever
 * that was may be gone tomorrow, so we dial again.
 */
const PATIENCE_MS: Partial<Record<EventType, number>> = {
  connect: HANDSHAKE_MS + 1000,
  disconnect: 1000,
};

export type DialOptions<S> = {
  readonly endpoint: string;
  /** A new socket with its options, not connected. */
  readonly make: () => S;
  /** A new socket was connected; it will be closed when the next one is made. */
  readonly opened?: (socket: S) => void;
  /** The connection was made, or lost. */
  readonly told: (up: boolean) => void;
  /** The socket's events cannot be read: a bug. */
  readonly failed: (reason: unknown) => void;
};

/** One connection that is dialled for ever: a socket, and another when that one is stuck. */
export class Dial<S extends Dealer | Subscriber> {
  readonly #options: DialOptions<S>;
  readonly #watches = new Set<Promise<void>>();
  #socket: S;
  #up = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DialOptions<S>) {
    this.#options = options;
    this.#socket = this.#dial();
  }

  /** The socket if it is connected. It may have lost the connection just now. */
  get connected(): S | null {
    return this.#up ? this.#socket : null;
  }

  /** Closes the socket; resolves when ZeroMQ's own thread has let go of it. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#up = false;
    this.#socket.close();
    await Promise.all(this.#watches);
  }

  #dial(): S {
    const { endpoint, make, opened, failed } = this.#options;
    const socket = make();
    const watch = this.#watch(socket)
      .catch(failed)
      .finally(() => this.#watches.delete(watch));
    this.#watches.add(watch);
    uninterrupted(() => socket.connect(endpoint));
    opened?.(socket);
    return socket;
  }

  /** Ends when the socket is closed. */
  async #watch(socket: S): Promise<void> {
    for await (const { type } of uninterrupted(() => socket.events)) {
      if (socket !== this.#socket || socket.closed) continue;
      clearTimeout(this.#timer);
      const patienceMs = PATIENCE_MS[type];
      if (patienceMs) this.#timer = setTimeout(() => this.#redial(), patienceMs);
      if (type === 'handshake') this.#tell(true);
      if (type === 'disconnect') this.#tell(false);
    }
  }

  /**
   * With a new socket, because `disconnect` and `connect` on the old one can leave two connections:
   * mail would take turns between them, and arrive out of order.
   */
  #redial(): void {
    this.#socket.close();
    this.#tell(false);
    this.#socket = this.#dial();
  }

  #tell(up: boolean): void {
    if (up === this.#up) return;
    this.#up = up;
    this.#options.told(up);
  }
}
