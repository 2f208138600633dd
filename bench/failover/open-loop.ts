import { type Client, RaftmqError } from '../../lib/client/client.ts';
import { BenchFault } from '../fault.ts';

/** What became of writes. The value of a key is its number. */
export type Writes = {
  /** Keys that were acknowledged, and the index of their entries. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** These may have taken effect, or not. */
  readonly unknown: ReadonlySet<string>;
  /** These provably did not; with the code they were refused with. */
  readonly rejected: ReadonlyMap<string, string>;
};

export const PREFIX = 'failover/';
/** Writes are begun so often, as many as are due: the resolution of all that is measured here. */
const TICK_MS = 2;
const TIMEOUT_MS = 5_000;

/**
 * Begins writes at a constant rate, whether or not earlier ones are answered, as a crowd of users
 * would: a cluster that stands still is not spared. Each write has a key of its own.
 */
export class OpenLoop implements Writes {
  readonly acknowledged = new Map<string, number>();
  readonly unknown = new Set<string>();
  readonly rejected = new Map<string, string>();
  begun = 0;
  readonly #client: Client;
  readonly #ratePerMs: number;
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #pending = new Set<Promise<void>>();
  /** When writes were acknowledged, in ms; rising. */
  readonly #ackedAt: number[] = [];
  #onAck: (begunAt: number) => void = () => {};

  constructor(client: Client, ratePerSecond: number) {
    this.#client = client;
    this.#ratePerMs = ratePerSecond / 1000;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /**
   * Resolves when a write is acknowledged that was begun after now. One call at a time.
   *
   * @throws {BenchFault} if that takes longer than `boundMs`.
   */
  goesOn(boundMs: number): Promise<void> {
    const since = performance.now();
    return new Promise((resolve, reject) => {
      const complain = (): void =>
        reject(new BenchFault(`no write was acknowledged for ${boundMs / 1000} s`));
      const timer = setTimeout(complain, boundMs);
      this.#onAck = (begunAt) => {
        if (begunAt < since) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Longest time without an acknowledgement between two moments, in ms. */
  longestGap(from: number, to: number): number {
    let last = from;
    let longest = 0;
    for (const at of this.#ackedAt) {
      if (at < from || at > to) continue;
      longest = Math.max(longest, at - last);
      last = at;
    }
    return Math.max(longest, to - last);
  }

  /** Begins no more, and waits for what is under way. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
  }

  #tick(): void {
    const due = (performance.now() - this.#startedAt) * this.#ratePerMs;
    while (this.begun < due) {
      const writing = this.#write(this.begun++);
      this.#pending.add(writing);
      void writing.then(() => this.#pending.delete(writing));
    }
  }

  async #write(number: number): Promise<void> {
    const key = `${PREFIX}${String(number).padStart(8, '0')}`;
    const begunAt = performance.now();
    try {
      const { index } = await this.#client.put(key, number, { timeoutMs: TIMEOUT_MS });
      this.#ackedAt.push(performance.now());
      this.acknowledged.set(key, index);
      this.#onAck(begunAt);
    } catch (error) {
      if (!(error instanceof RaftmqError)) throw error;
      if (error.outcome === 'unknown') this.unknown.add(key);
      else this.rejected.set(key, error.code);
    }
  }
}
