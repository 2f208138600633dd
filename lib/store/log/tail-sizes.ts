/** Sizes of the newest entries, as far back as they come to at most `bytesMax` together. */
export class TailSizes {
  readonly #bytesMax: number;
  readonly #sizes: number[] = [];
  /** The sizes before this one are too old. */
  #start = 0;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** How many entries they are. */
  get count(): number {
    return this.#sizes.length - this.#start;
  }

  push(bytes: number): void {
    this.#sizes.push(bytes);
    this.#bytes += bytes;
    while (this.#bytes > this.#bytesMax) {
      this.#bytes -= this.#sizes[this.#start] as number;
      this.#start += 1;
    }
    if (this.#start > 10_000 && this.#start * 2 > this.#sizes.length) {
      this.#sizes.splice(0, this.#start);
      this.#start = 0;
    }
  }

  /** Forgets the newest `entries`. */
  truncate(entries: number): void {
    for (let i = 0; i < entries && this.count > 0; i += 1)
      this.#bytes -= this.#sizes.pop() as number;
  }
}
