import { assert } from '../kit/assert.ts';
import { checksum } from '../kit/checksum.ts';
import type { Index, Term } from './types.ts';

/**
 * One entry of the log, together with the bytes that it is everywhere: `record` is what the leader
 * made once, what is written to every WAL, sent to every follower and checked by each of them.
 *
 *     offset  0  u32  length of the whole record in bytes
 *             4  u32  CRC-32 of everything after this field
 *             8  u8   kind          9  u8  format (1)     10  u16  zero
 *            12  u48  term         18  u48  index
 *            24  payload
 *
 * All numbers are little-endian. A record is never changed after it was made.
 */
export type Entry = {
  readonly index: Index;
  readonly term: Term;
  readonly kind: EntryKind;
  readonly record: Uint8Array;
};

/**
 * `noop` opens a leader's term; `command` carries a client's request frame as it was sent; `config`
 * a configuration (configuration-code.ts); `clock` the time that has passed since the one before.
 */
export type EntryKind = 'noop' | 'command' | 'config' | 'clock';

export const RECORD_HEADER_BYTES = 24;
const RECORD_FORMAT = 1;
/** By the number that stands for each in a record. */
export const KINDS: readonly EntryKind[] = ['noop', 'command', 'config', 'clock'];

/** Makes an entry and its record. `payload` is copied. */
export function makeEntry(
  index: Index,
  term: Term,
  kind: EntryKind,
  payload: Uint8Array = NOTHING,
): Entry {
  const length = RECORD_HEADER_BYTES + payload.length;
  const record = Buffer.allocUnsafe(length);
  record.writeUInt32LE(length, 0);
  record[8] = KINDS.indexOf(kind);
  record[9] = RECORD_FORMAT;
  record[10] = 0;
  record[11] = 0;
  record.writeUIntLE(term, 12, 6);
  record.writeUIntLE(index, 18, 6);
  record.set(payload, RECORD_HEADER_BYTES);
  record.writeUInt32LE(checksum(record.subarray(8)), 4);
  return { index, term, kind, record };
}

const NOTHING = new Uint8Array(0);

/** What the entry carries; for a command the client's request frame. A view, not a copy. */
export function payloadOf(entry: Entry): Uint8Array {
  return entry.record.subarray(RECORD_HEADER_BYTES);
}

/** Why bytes are not a record: `short` means the bytes end before the record does. */
export type RecordFault = 'short' | 'length' | 'checksum' | 'kind' | 'format';

/**
 * Reads the record that starts at `offset`. Nothing is copied: the entry's record is a view.
 *
 * @param recordBytesMax longest record to believe; a longer claim is the fault `length`.
 */
export function readRecord(
  bytes: Buffer,
  offset: number,
  recordBytesMax: number,
): Entry | RecordFault {
  if (bytes.length - offset < RECORD_HEADER_BYTES) return 'short';
  const length = bytes.readUInt32LE(offset);
  if (length < RECORD_HEADER_BYTES || length > recordBytesMax) return 'length';
  if (bytes.length - offset < length) return 'short';
  const record = bytes.subarray(offset, offset + length);
  if (record.readUInt32LE(4) !== checksum(record.subarray(8))) return 'checksum';
  const kind = KINDS[record[8] as number];
  if (kind === undefined) return 'kind';
  if (record[9] !== RECORD_FORMAT) return 'format';
  return { index: record.readUIntLE(18, 6), term: record.readUIntLE(12, 6), kind, record };
}

export type PeekedRecord = {
  readonly length: number;
  /** Undefined for one that this version does not know. */
  readonly kind: EntryKind | undefined;
  readonly term: Term;
  readonly index: Index;
};

/**
 * What the header of the record at `offset` says, unchecked: for bytes that a checksum of their own
 * already vouches for. At least RECORD_HEADER_BYTES must be there.
 */
export function peekRecord(bytes: Buffer, offset: number): PeekedRecord {
  return {
    length: bytes.readUInt32LE(offset),
    kind: KINDS[bytes[offset + 8] as number],
    term: bytes.readUIntLE(offset + 12, 6),
    index: bytes.readUIntLE(offset + 18, 6),
  };
}

/** Total bytes of the records of `entries`. */
export function recordBytes(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entry.record.length;
  return bytes;
}

/**
 * Reads a run of records: consecutive indexes, terms that never fall. Used for what a peer sent.
 *
 * @returns the entries, or a sentence saying what is wrong with the run.
 */
export function readRun(bytes: Buffer, recordBytesMax: number): readonly Entry[] | string {
  const entries: Entry[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const entry = readRecord(bytes, offset, recordBytesMax);
    if (typeof entry === 'string') return `record ${entries.length} of the run: bad ${entry}`;
    const before = entries.at(-1);
    if (before && (entry.index !== before.index + 1 || entry.term < before.term)) {
      return `record ${entries.length} of the run does not follow the one before it`;
    }
    entries.push(entry);
    offset += entry.record.length;
  }
  assert(offset === bytes.length, 'a run of records ends where its last record ends');
  return entries;
}
