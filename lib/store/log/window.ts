import type { DiskFile } from '../ports.ts';

/** Read at a time: few system calls, and little memory. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/** A part of a file in memory that moves forward as it is read. */
export class Window {
  readonly #file: DiskFile;
  readonly #fileBytes: number;
  #start = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(file: DiskFile, fileBytes: number) {
    this.#file = file;
    this.#fileBytes = fileBytes;
  }

  /** The bytes at `offset`; a view that stays as it is. */
  async at(offset: number, length: number): Promise<Buffer> {
    const inside = offset - this.#start;
    if (inside >= 0 && inside + length <= this.#bytes.length) {
      return this.#bytes.subarray(inside, inside + length);
    }
    const size = Math.min(Math.max(length, CHUNK_BYTES), this.#fileBytes - offset);
    this.#bytes = await this.#file.read(offset, size);
    this.#start = offset;
    return this.#bytes.subarray(0, length);
  }
}
