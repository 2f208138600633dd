import { Subscriber } from 'zeromq';
import { decodeEvent } from '../../lib/wire/event.ts';

type Event = Readonly<Record<string, unknown>>;
type Waiter = {
  readonly test: (topic: string, event: Event) => boolean;
  readonly found: (event: Event) => void;
};

/** Everything that the nodes of a cluster publish, and somebody to wait for it. */
export class Events {
  readonly #socket = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  readonly #waiters = new Set<Waiter>();

  constructor(endpoints: readonly string[]) {
    this.#socket.subscribe('');
    for (const endpoint of endpoints) this.#socket.connect(endpoint);
    this.#loop().catch((reason: unknown) => {
      throw reason;
    });
  }

  async #loop(): Promise<void> {
    for await (const [topic, body] of this.#socket) {
      if (!topic || !body) throw new Error('an event has two frames');
      const decoded = decodeEvent(topic, body);
      if (typeof decoded === 'string') throw new Error(decoded);
      for (const waiter of this.#waiters) {
        if (!waiter.test(decoded.topic, decoded.event)) continue;
        this.#waiters.delete(waiter);
        waiter.found(decoded.event);
      }
    }
  }

  /** The next event for which `test` holds; rejects after `boundMs`, which only a hang exceeds. */
  next(test: Waiter['test'], boundMs: number): Promise<Event> {
    return new Promise((resolve, reject) => {
      const waiter = { test, found: resolve };
      this.#waiters.add(waiter);
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new Error(`no such event within ${boundMs} ms`));
      }, boundMs);
      timer.unref();
    });
  }

  close(): void {
    this.#socket.close();
  }
}
