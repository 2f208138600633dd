import { type Client, RaftmqError } from '../../lib/client/client.ts';

type Waiter = { readonly target: number; readonly resolve: () => void };

/**
 * Writers that keep a number of writes outstanding, each of a key of its own, and remember what
 * became of every one of them.
 */
export class Load {
  /** Keys whose write was acknowledged, with the rev it got. */
  readonly acknowledged = new Map<string, number>();
  /** Keys whose write was rejected: it must never be seen. */
  readonly rejected = new Set<string>();
  readonly unknown = new Set<string>();
  readonly #client: Client;
  readonly #writers: Promise<void>[] = [];
  #waiters: Waiter[] = [];
  #rev = 0;
  #count = 0;
  #isStopping = false;
  #lastAt = performance.now();
  #gapMs = 0;

  constructor(client: Client, outstanding: number) {
    this.#client = client;
    for (let i = 0; i < outstanding; i += 1) this.#writers.push(this.#write());
  }

  async #write(): Promise<void> {
    while (!this.#isStopping) {
      this.#count += 1;
      const key = `load/${String(this.#count).padStart(8, '0')}`;
      try {
        const { rev } = await this.#client.put(key, key);
        this.acknowledged.set(key, rev);
        this.#rev = Math.max(this.#rev, rev);
        this.#onAcknowledged();
      } catch (reason) {
        if (!(reason instanceof RaftmqError)) throw reason;
        (reason.outcome === 'unknown' ? this.unknown : this.rejected).add(key);
        // Nothing more can come of a client that is closed.
        if (reason.code === 'CLOSED') return;
      }
    }
  }

  /** The newest rev that was acknowledged. */
  get rev(): number {
    return this.#rev;
  }

  /** Resolves once `count` more writes are acknowledged. */
  progress(count: number): Promise<void> {
    const target = this.acknowledged.size + count;
    return new Promise((resolve) => this.#waiters.push({ target, resolve }));
  }

  #onAcknowledged(): void {
    const now = performance.now();
    this.#gapMs = Math.max(this.#gapMs, now - this.#lastAt);
    this.#lastAt = now;
    const isMet = ({ target }: Waiter): boolean => target <= this.acknowledged.size;
    for (const { resolve } of this.#waiters.filter(isMet)) resolve();
    this.#waiters = this.#waiters.filter((waiter) => !isMet(waiter));
  }

  /** The longest time without an acknowledged write since the last call, in ms. */
  takeGapMs(): number {
    const gapMs = Math.max(this.#gapMs, performance.now() - this.#lastAt);
    this.#gapMs = 0;
    this.#lastAt = performance.now();
    return gapMs;
  }

  /** Ends when the last outstanding write has an outcome. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#writers);
  }
}

/** All keys under a prefix, with their values and revs, as one node has them. */
export async function dump(client: Client, prefix: string): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  let from: string | null = prefix;
  while (from !== null) {
    const page = await client.range(from, `${prefix}\u{10ffff}`, { limit: 5000, read: 'stale' });
    for (const { key, value, rev } of page.entries) found.set(key, `${rev} ${value}`);
    from = page.more ? `${page.entries.at(-1)?.key}\0` : null;
  }
  return found;
}
