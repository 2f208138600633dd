type Waiter<T> = {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (reason: unknown) => void;
};

/**
 * What is put in on one side and taken out on the other, in order, as an async iterator does it. How
 * much is in it is for others to limit.
 */
export class Queue<T> {
  readonly #taken: (item: T) => void;
  #items: T[] = [];
  #at = 0;
  readonly #waiters: Waiter<T>[] = [];
  #end: { readonly reason: unknown } | 'done' | null = null;

  /** @param taken is called with each item when it leaves the queue. */
  constructor(taken: (item: T) => void) {
    this.#taken = taken;
  }

  get isEmpty(): boolean {
    return this.#at === this.#items.length;
  }

  put(item: T): void {
    if (this.#end !== null) return;
    const waiter = this.#waiters.shift();
    if (waiter) this.#give(waiter, item);
    else this.#items.push(item);
  }

  #give({ resolve }: Waiter<T>, value: T): void {
    this.#taken(value);
    resolve({ done: false, value });
  }

  /** Ends at once: what nobody has taken is dropped. */
  end(): void {
    if (this.#end === null || !this.isEmpty) this.#end = 'done';
    this.#items = [];
    this.#at = 0;
    for (const { resolve } of this.#waiters.splice(0)) resolve({ done: true, value: undefined });
  }

  /** Ends with an error, once all that is in it was taken. */
  fail(reason: unknown): void {
    if (this.#end !== null) return;
    const waiter = this.#waiters.shift();
    this.#end = waiter ? 'done' : { reason };
    waiter?.reject(reason);
    for (const { resolve } of this.#waiters.splice(0)) resolve({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      if (!this.isEmpty) return this.#give({ resolve, reject }, this.#shift());
      if (this.#end === null) {
        this.#waiters.push({ resolve, reject });
      } else if (this.#end === 'done') {
        resolve({ done: true, value: undefined });
      } else {
        const { reason } = this.#end;
        this.#end = 'done';
        reject(reason);
      }
    });
  }

  #shift(): T {
    const item = this.#items[this.#at] as T;
    this.#at += 1;
    if (this.#at >= COMPACT_AT && this.#at * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#at);
      this.#at = 0;
    }
    return item;
  }
}

/** Taken items are cut off when they are so many, and more than those that wait. */
const COMPACT_AT = 1024;
