type Part = { close(): Promise<void> };

/** What a network consists of, closed together: each may take its time to say its last words. */
export class Parts {
  readonly #parts: Part[] = [];
  #closing: Promise<void> | null = null;

  add<T extends Part>(part: T): T {
    this.#parts.push(part);
    return part;
  }

  /** At any time, and more than once. */
  readonly close = (): Promise<void> => {
    this.#closing ??= Promise.all(this.#parts.map((part) => part.close())).then(() => {});
    return this.#closing;
  };

  /** What `open` makes of parts. If it fails nothing is left open. */
  static async open<T>(open: (parts: Parts) => T): Promise<T> {
    const parts = new Parts();
    try {
      return open(parts);
    } catch (reason) {
      await parts.close();
      throw reason;
    }
  }
}
