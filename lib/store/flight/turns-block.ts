import { BLOCK_HEADER_BYTES, sealBlock } from './segment.ts';

/** Turns are written when there are so many bytes of them, and usually before. */
export const BLOCK_BYTES = 1 << 16;

/**
 * A block of turns in the making. Its memory is used again for every block, and bytes are copied
 * into it at once: whatever waited for the disk instead would outlive the collections of young
 * garbage, together with the chunk of memory that it is a view of, and cost more than to write it.
 */
export class TurnsBlock {
  #bytes = Buffer.allocUnsafeSlow(2 * BLOCK_BYTES);
  #size = BLOCK_HEADER_BYTES;

  /** Bytes of turns in it. */
  get size(): number {
    return this.#size - BLOCK_HEADER_BYTES;
  }

  add(bytes: Uint8Array): void {
    this.#need(bytes.length);
    this.#bytes.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  /** Adds a number of 32 bits as msgpack. */
  addUint32(value: number): void {
    this.#need(5);
    this.#bytes[this.#size] = 0xce;
    this.#bytes.writeUInt32BE(value, this.#size + 1);
    this.#size += 5;
  }

  #need(bytes: number): void {
    if (this.#size + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow((this.#size + bytes) * 2);
    this.#bytes.copy(larger, 0, 0, this.#size);
    this.#bytes = larger;
  }

  /** The whole block, which is then empty again. True until something is added. */
  take(): Buffer {
    const block = this.#bytes.subarray(0, this.#size);
    sealBlock(block, 'T');
    this.clear();
    return block;
  }

  clear(): void {
    this.#size = BLOCK_HEADER_BYTES;
    // one large turn must not keep its memory
    if (this.#bytes.length > 4 * BLOCK_BYTES) this.#bytes = Buffer.allocUnsafeSlow(2 * BLOCK_BYTES);
  }
}
