type Waiting<T> = { readonly item: T; readonly read: () => void };

/** What arrived at a socket and is read one after another; never ends unless it is closed. */
export class Source<T> implements AsyncIterable<T>, AsyncIterator<T, undefined> {
  #waiting: Waiting<T>[] = [];
  #reader: ((result: IteratorResult<T, undefined>) => void) | null = null;
  #isClosed = false;

  /**
   * @param read called when the item is read: until then it takes up room of its sender.
   * @param max the oldest are dropped beyond so many.
   */
  push(item: T, read: () => void = NOTHING, max = Number.POSITIVE_INFINITY): void {
    const reader = this.#reader;
    if (reader) {
      this.#reader = null;
      read();
      reader({ value: item, done: false });
      return;
    }
    this.#waiting.push({ item, read });
    if (this.#waiting.length > max) this.#waiting.shift();
  }

  close(): void {
    this.#isClosed = true;
    this.#reader?.(END);
  }

  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const first = this.#waiting.shift();
    if (first) {
      first.read();
      return Promise.resolve({ value: first.item, done: false });
    }
    if (this.#isClosed) return Promise.resolve(END);
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }
}

const NOTHING = (): void => {};
const END = { value: undefined, done: true } as const;
