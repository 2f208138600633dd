/** Decides what waits: adds `value` to `waiting`, and removes what need not be told any more. */
export type Keep<T> = (waiting: T[], value: T) => void;

/**
 * Values that were pushed, pulled by one consumer. What is not pulled yet waits, as far as `keep`
 * lets it: whoever pushes never waits.
 */
export class Pushed<T> implements AsyncIterable<T> {
  readonly #keep: Keep<T>;
  readonly #waiting: T[] = [];
  #end: { readonly reason: unknown } | null = null;
  #wake: () => void = () => {};

  constructor(keep: Keep<T>) {
    this.#keep = keep;
  }

  push(value: T): void {
    if (this.#end) return;
    this.#keep(this.#waiting, value);
    this.#wake();
  }

  /** Ends the iteration once what waits is pulled; with `reason`, by throwing it. */
  end(reason?: unknown): void {
    this.#end ??= { reason };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      while (this.#waiting.length > 0) yield this.#waiting.shift() as T;
      if (this.#end) break;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#end.reason !== undefined) throw this.#end.reason;
  }
}

/** Keeps the newest `count`. */
export function newest<T>(count: number): Keep<T> {
  return (waiting, value) => {
    waiting.push(value);
    if (waiting.length > count) waiting.shift();
  };
}
