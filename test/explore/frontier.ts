import type { Row } from './world.ts';

const CHUNK = 1 << 20;

/** Worlds that were seen and not gone on from, first in, first out, in flat memory. */
export class Frontier {
  readonly #chunks: Int32Array[] = [new Int32Array(CHUNK)];
  #readAt = 0;
  #writeAt = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(row: Row, length: number): void {
    if (this.#writeAt + length + 1 > CHUNK) {
      this.#chunks.push(new Int32Array(CHUNK));
      this.#writeAt = 0;
    }
    const chunk = this.#chunks.at(-1) as Int32Array;
    chunk[this.#writeAt] = length;
    for (let i = 0; i < length; i += 1) chunk[this.#writeAt + 1 + i] = row[i] as number;
    this.#writeAt += length + 1;
    this.#size += 1;
    // A length of 0 says that the rest of the chunk is free.
    if (this.#writeAt < CHUNK) chunk[this.#writeAt] = 0;
  }

  /** Copies the oldest row to `to`. @returns its length, or 0 if there is none. */
  shift(to: Row): number {
    if (this.#size === 0) return 0;
    let chunk = this.#chunks[0] as Int32Array;
    if (this.#readAt >= CHUNK || chunk[this.#readAt] === 0) {
      this.#chunks.shift();
      this.#readAt = 0;
      chunk = this.#chunks[0] as Int32Array;
    }
    const length = chunk[this.#readAt] as number;
    for (let i = 0; i < length; i += 1) to[i] = chunk[this.#readAt + 1 + i] as number;
    this.#readAt += length + 1;
    this.#size -= 1;
    return length;
  }
}
