import { type Entry, recordBytes } from '../../core/entry.ts';
import type { EntryId, HardState, Index } from '../../core/types.ts';
import { checksum } from '../../kit/checksum.ts';
import { type Place, SECTOR_BYTES } from './segment.ts';

/**
 * The file format of the write-ahead log, inner part: one batch is what one sync makes durable.
 *
 *     header    96 bytes, below
 *     records   as they are everywhere (lib/core/entry.ts), one run of consecutive indexes
 *     zeros     up to the end of the last sector
 *     end       the last 16 bytes of that sector
 *
 *     header  0  u32  magic "RMQB"         4  u32  CRC-32 of the rest of the header
 *             8  u32  owner               12  u32  number of records
 *            16  u48  segment id          22  u48  offset in the segment
 *            28  u48  bytes of the batch  34  u48  sequence: counts batches from 1
 *            40  u32  checksum of the batch before, 0 for the first of all
 *            44  u48  index of the first record: it and all after it are replaced
 *            50  u48  term                56  u48  vote, 0 for none
 *            62  u48  segment that continues the log, 0 unless this batch ends its segment
 *            68  u48  mark: segment       74  u48  mark: offset
 *            80  u48  mark: last index    86  u48  mark: its term
 *            92  u32  1 if the log begins with this batch: all that lies before it is gone, else 0
 *     end     0  u32  CRC-32 of the batch up to here
 *             4  u48  sequence            10  u16  zero
 *            12  u32  magic "RMQE"
 *
 * The mark says what was durable before this batch was written. So whoever finds a batch, or only
 * its header, knows that everything before the mark may have been acknowledged.
 */
export type BatchHeader = {
  readonly owner: number;
  readonly place: Place;
  readonly bytes: number;
  readonly sequence: number;
  /** Checksum of the batch before. */
  readonly chain: number;
  readonly count: number;
  readonly first: Index;
  readonly hard: HardState;
  /** Id of the segment where the log goes on, or 0. */
  readonly next: number;
  readonly mark: Place;
  /** The last entry of the log before this batch. */
  readonly before: EntryId;
  /** The log begins with this batch. */
  readonly begins: boolean;
};

export const HEADER_BYTES = 96;
export const END_BYTES = 16;
const MAGIC = 0x42514d52;
const END_MAGIC = 0x45514d52;

/** Bytes of a batch that carries `entries`: whole sectors, at least one. */
export function batchBytes(entries: readonly Entry[]): number {
  const bytes = HEADER_BYTES + recordBytes(entries) + END_BYTES;
  return Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES;
}

/**
 * Writes the whole batch to the start of `into`.
 *
 * @returns its checksum, which the next batch carries on, and where each record begins in it.
 */
export function encodeBatch(
  header: BatchHeader,
  entries: readonly Entry[],
  into: Buffer,
): { readonly checksum: number; readonly offsets: readonly number[] } {
  encodeHeader(header, into);
  const offsets: number[] = [];
  let offset = HEADER_BYTES;
  for (const { record } of entries) {
    offsets.push(offset);
    into.set(record, offset);
    offset += record.length;
  }
  const end = header.bytes - END_BYTES;
  into.fill(0, offset, end);
  const sum = checksum(into.subarray(0, end));
  into.writeUInt32LE(sum, end);
  into.writeUIntLE(header.sequence, end + 4, 6);
  into.writeUInt16LE(0, end + 10);
  into.writeUInt32LE(END_MAGIC, end + 12);
  return { checksum: sum, offsets };
}

function encodeHeader(header: BatchHeader, into: Buffer): void {
  into.writeUInt32LE(MAGIC, 0);
  into.writeUInt32LE(header.owner, 8);
  into.writeUInt32LE(header.count, 12);
  into.writeUIntLE(header.place.segment, 16, 6);
  into.writeUIntLE(header.place.offset, 22, 6);
  into.writeUIntLE(header.bytes, 28, 6);
  into.writeUIntLE(header.sequence, 34, 6);
  into.writeUInt32LE(header.chain, 40);
  into.writeUIntLE(header.first, 44, 6);
  into.writeUIntLE(header.hard.term, 50, 6);
  into.writeUIntLE(header.hard.vote ?? 0, 56, 6);
  into.writeUIntLE(header.next, 62, 6);
  into.writeUIntLE(header.mark.segment, 68, 6);
  into.writeUIntLE(header.mark.offset, 74, 6);
  into.writeUIntLE(header.before.index, 80, 6);
  into.writeUIntLE(header.before.term, 86, 6);
  into.writeUInt32LE(header.begins ? 1 : 0, 92);
  into.writeUInt32LE(checksum(into.subarray(8, HEADER_BYTES)), 4);
}

/**
 * Reads the header of the batch that begins at `offset` of `bytes`, or null if those bytes are not the
 * header of a batch of `owner` written to exactly `place`.
 */
export function decodeHeader(
  bytes: Buffer,
  offset: number,
  owner: number,
  place: Place,
): BatchHeader | null {
  // Cheapest first: this is asked of every sector when a log is searched for later batches.
  if (bytes.length - offset < HEADER_BYTES || bytes.readUInt32LE(offset) !== MAGIC) return null;
  const header = bytes.subarray(offset, offset + HEADER_BYTES);
  if (header.readUInt32LE(4) !== checksum(header.subarray(8))) return null;
  const written = { segment: header.readUIntLE(16, 6), offset: header.readUIntLE(22, 6) };
  if (written.segment !== place.segment || written.offset !== place.offset) return null;
  if (header.readUInt32LE(8) !== owner) return null;
  return {
    owner,
    place,
    count: header.readUInt32LE(12),
    bytes: header.readUIntLE(28, 6),
    sequence: header.readUIntLE(34, 6),
    chain: header.readUInt32LE(40),
    first: header.readUIntLE(44, 6),
    hard: { term: header.readUIntLE(50, 6), vote: header.readUIntLE(56, 6) || null },
    next: header.readUIntLE(62, 6),
    mark: { segment: header.readUIntLE(68, 6), offset: header.readUIntLE(74, 6) },
    before: { index: header.readUIntLE(80, 6), term: header.readUIntLE(86, 6) },
    begins: header.readUInt32LE(92) === 1,
  };
}

/** The checksum of a whole batch if it is complete and as it was written, else null. */
export function verifyBatch(batch: Buffer): number | null {
  const end = batch.length - END_BYTES;
  const sum = checksum(batch.subarray(0, end));
  return sum === batch.readUInt32LE(end) ? sum : null;
}

/**
 * How much of the end of batch number `sequence` the last bytes of `sector` show. One flipped bit
 * leaves a part, so a rotten batch does not pass for one that was never finished.
 */
export function endIn(sector: Buffer, sequence: number): 'whole' | 'part' | 'none' {
  const end = sector.length - END_BYTES;
  const hasSequence = sector.readUIntLE(end + 4, 6) === sequence;
  const hasMagic = sector.readUInt32LE(end + 12) === END_MAGIC;
  if (hasSequence && hasMagic) return 'whole';
  return hasSequence || hasMagic ? 'part' : 'none';
}
