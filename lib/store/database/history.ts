import type { Table } from './tables.ts';
import { readU48, u48 } from './u48.ts';

/** How much of the past is kept. Beyond either limit the oldest goes, some each transaction. */
export type HistoryLimits = {
  /** Revs that can be asked for. */
  readonly revs: number;
  /** Bytes of keys and values, all in all. */
  readonly bytes: number;
};

/** A change as it is kept; views of one block. */
export type PastChange = {
  readonly rev: number;
  readonly key: Buffer;
  /** Raw msgpack, or null if the key was deleted. */
  readonly value: Buffer | null;
};

/**
 * What was written last, in order. Every rev is one change, so a run of them needs no numbers of
 * its own: a block is one row whose key is its first rev (u48) and whose value is, for each change,
 *
 *     u16 bytes of the key   u32 bytes of the value, or DELETED   key   value
 *
 * One block a transaction instead of one row a change makes the past nearly free to keep.
 */
export class History {
  readonly #table: Table;
  readonly #limits: HistoryLimits;
  #bytes: number;
  /** First revs of the two oldest blocks, as far as there are any. */
  #oldest: number | null = null;
  #second: number | null = null;
  #block = Buffer.allocUnsafeSlow(2 * BLOCK_BYTES);
  #blockSize = 0;
  #blockFirst = 0;

  /** @param bytes what `bytes` was when the table was last written. */
  constructor(table: Table, limits: HistoryLimits, bytes: number) {
    this.#table = table;
    this.#limits = limits;
    this.#bytes = bytes;
    [this.#oldest = null, this.#second = null] = this.#oldestBlocks(1).map(firstRev);
  }

  /** Bytes of all blocks. Kept by the caller, in the transaction that changed them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes down the next change. It is kept once `flush` was called in the same transaction. */
  add(rev: number, key: Uint8Array, value: Uint8Array | null): void {
    const needed = HEADER_BYTES + key.length + (value?.length ?? 0);
    if (this.#blockSize > 0 && this.#blockSize + needed > BLOCK_BYTES) this.#writeBlock();
    if (this.#blockSize === 0) this.#blockFirst = rev;
    if (needed > this.#block.length) this.#block = Buffer.allocUnsafeSlow(2 * needed);
    const at = this.#blockSize;
    this.#block.writeUInt16BE(key.length, at);
    this.#block.writeUInt32BE(value === null ? DELETED : value.length, at + 2);
    this.#block.set(key, at + HEADER_BYTES);
    if (value) this.#block.set(value, at + HEADER_BYTES + key.length);
    this.#blockSize = at + needed;
  }

  /** Writes what was added, and drops what `limits` no longer cover when the store is at `rev`. */
  flush(rev: number): void {
    if (this.#blockSize > 0) this.#writeBlock();
    if (this.#second === null) return;
    const isOver = this.#bytes > this.#limits.bytes;
    if (isOver || this.#second + TRIM_LAG_REVS <= this.#horizon(rev)) this.#trim(rev);
  }

  /** The first rev that can still be given, when the store is at `rev`. */
  oldest(rev: number): number {
    return Math.max(this.#horizon(rev), this.#oldest ?? rev + 1);
  }

  /** The changes from the rev `first` on, which must be one of those kept, of keys with `prefix`. */
  *from(first: number, prefix: Uint8Array): Iterable<PastChange> {
    const [start] = this.#table.keys(null, u48(first + 1), 'falling');
    for (const { key: name, value: block } of this.#table.rows(start ?? null, null)) {
      let rev = firstRev(name);
      for (let at = 0; at < block.length; rev++) {
        const keyAt = at + HEADER_BYTES;
        const keyEnd = keyAt + block.readUInt16BE(at);
        const bytes = block.readUInt32BE(at + 2);
        at = keyEnd + (bytes === DELETED ? 0 : bytes);
        if (rev < first || !startsWith(block, keyAt, keyEnd, prefix)) continue;
        const value = bytes === DELETED ? null : block.subarray(keyEnd, at);
        yield { rev, key: block.subarray(keyAt, keyEnd), value };
      }
    }
  }

  #horizon(rev: number): number {
    return Math.max(rev - this.#limits.revs, 0) + 1;
  }

  #writeBlock(): void {
    this.#table.put(u48(this.#blockFirst), this.#block.subarray(0, this.#blockSize));
    this.#bytes += this.#blockSize;
    if (this.#oldest === null) this.#oldest = this.#blockFirst;
    else this.#second ??= this.#blockFirst;
    this.#blockSize = 0;
  }

  /** A bounded number of blocks, so that no transaction is long; the next one goes on. */
  #trim(rev: number): void {
    const isOver = this.#bytes > this.#limits.bytes;
    // A block reaches to where the next one starts, so the last of these is only looked at.
    const blocks = this.#oldestBlocks(isOver ? Number.POSITIVE_INFINITY : this.#horizon(rev));
    let dropped = 0;
    for (const next of blocks.slice(1, TRIM_BLOCKS_MAX + 1)) {
      if (firstRev(next) > this.#horizon(rev) && this.#bytes <= this.#limits.bytes) break;
      const block = blocks[dropped] as Buffer;
      this.#bytes -= this.#table.get(block)?.length ?? 0;
      this.#table.remove(block);
      dropped += 1;
    }
    [this.#oldest = null, this.#second = null] = blocks.slice(dropped).map(firstRev);
  }

  /** Up to the first block above `rev`, two at least and a bounded number at most. */
  #oldestBlocks(rev: number): readonly Buffer[] {
    const blocks: Buffer[] = [];
    for (const block of this.#table.keys(null, null)) {
      blocks.push(block);
      if (blocks.length === TRIM_BLOCKS_MAX + 2) break;
      if (blocks.length > 1 && firstRev(block) > rev) break;
    }
    return blocks;
  }
}

function firstRev(block: Buffer): number {
  return readU48(block, 0);
}

function startsWith(block: Buffer, keyAt: number, keyEnd: number, prefix: Uint8Array): boolean {
  if (keyEnd - keyAt < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (block[keyAt + i] !== prefix[i]) return false;
  return true;
}

/** A block is closed when the next change would make it longer; one change always fits. */
const BLOCK_BYTES = 64 * 1024;
const HEADER_BYTES = 6;
const DELETED = 0xffff_ffff;
/** How many revs too many are kept before trimming is worth looking for. */
const TRIM_LAG_REVS = 256;
/** Most blocks dropped in one transaction; far more than one transaction adds. */
const TRIM_BLOCKS_MAX = 256;
