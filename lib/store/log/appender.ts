import type { EntryId, HardState } from '../../core/types.ts';
import { batchBytes, encodeBatch } from './batch.ts';
import type { Content } from './coalesce.ts';
import type { OpenedSegment, Opening } from './create-log.ts';
import type { Segment } from './prepare.ts';
import { FIRST_BATCH, type Place, SECTOR_BYTES } from './segment.ts';

/** Kept from one batch to the next; larger batches get a buffer of their own. */
const BUFFER_BYTES_MAX = 4 * 1024 * 1024;

/** Where a chain of batches ends. */
export type ChainEnd = {
  readonly segment: Segment;
  /** Where the next batch goes. */
  readonly offset: number;
  /** Number and checksum of the last batch. */
  readonly sequence: number;
  readonly chain: number;
  /** Everything before it is durable. */
  readonly durable: Place;
};

/** A batch that the operating system has been given, and that is not known to be durable. */
export type Batch = {
  readonly content: Content;
  readonly bytes: number;
  readonly checksum: number;
  /** Where each record begins in the segment. */
  readonly offsets: readonly number[];
};

/** The growing end of the log: puts batch after batch into the active segment. */
export class Appender {
  readonly #owner: number;
  #end: ChainEnd;
  #buffer: Buffer = Buffer.allocUnsafeSlow(64 * 1024);

  constructor(owner: number, end: ChainEnd) {
    this.#owner = owner;
    this.#end = end;
  }

  get segment(): Segment {
    return this.#end.segment;
  }

  get isHalfFull(): boolean {
    return this.#end.offset * 2 > this.#end.segment.bytes;
  }

  /** True if the batch fits into the segment, and after it the one that ends the segment. */
  hasRoom({ entries }: Content): boolean {
    const { offset, segment } = this.#end;
    return offset + batchBytes(entries) + SECTOR_BYTES <= segment.bytes;
  }

  /**
   * Hands one batch to the operating system. It counts once `settle` is told that it is durable.
   *
   * @param before last entry of the log so far. @param next id of the segment that continues the
   *   log, if this batch ends the segment.
   */
  write(content: Content, before: EntryId, next = 0): Batch {
    const { hard, entries } = content;
    const { segment, offset, sequence, chain, durable } = this.#end;
    const bytes = batchBytes(entries);
    const into = this.#room(bytes);
    const header = {
      owner: this.#owner,
      place: { segment: segment.id, offset },
      bytes,
      sequence: sequence + 1,
      chain,
      count: entries.length,
      first: entries[0]?.index ?? before.index + 1,
      hard,
      next,
      mark: durable,
      before,
      begins: false,
    };
    const { checksum, offsets } = encodeBatch(header, entries, into);
    segment.file.write(offset, [into]);
    return { content, bytes, checksum, offsets: offsets.map((inside) => offset + inside) };
  }

  /** The batch is durable: the next one goes after it. */
  settle({ bytes, checksum }: Batch): void {
    const { segment, sequence } = this.#end;
    const offset = this.#end.offset + bytes;
    const durable = { segment: segment.id, offset };
    this.#end = { segment, offset, sequence: sequence + 1, chain: checksum, durable };
  }

  /** Goes on at the beginning of a blank segment. */
  moveTo(segment: Segment): void {
    this.#end = { ...this.#end, segment, offset: FIRST_BATCH };
  }

  /** The batch, and the segment for it, with which the log would begin anew here. */
  opening(hard: HardState, base: EntryId): Opening {
    const { segment, sequence, chain } = this.#end;
    return { segment: segment.id + 1, sequence: sequence + 1, chain, hard, base };
  }

  /** The log has begun anew: that is all there is of it. */
  openAt({ segment, checksum }: OpenedSegment): void {
    const { sequence } = this.#end;
    const offset = FIRST_BATCH + SECTOR_BYTES;
    const durable = { segment: segment.id, offset };
    this.#end = { segment, offset, sequence: sequence + 1, chain: checksum, durable };
  }

  /** Bytes to encode a batch into; they are free again once the operating system has them. */
  #room(bytes: number): Buffer {
    if (bytes > BUFFER_BYTES_MAX) return Buffer.allocUnsafeSlow(bytes);
    if (bytes > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(bytes * 2);
    return this.#buffer.subarray(0, bytes);
  }
}
