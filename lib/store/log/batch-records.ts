import { type PeekedRecord, peekRecord, RECORD_HEADER_BYTES } from '../../core/entry.ts';
import type { Term } from '../../core/types.ts';
import { type BatchHeader, END_BYTES, HEADER_BYTES } from './batch.ts';
import { corrupt } from './segment.ts';

/**
 * The records of a batch, which follow each other in it; all are checked before any of them counts.
 *
 * @throws {StorageError} CORRUPT.
 */
export function recordsOf(
  header: BatchHeader,
  batch: Buffer,
  termBefore: Term,
  path: string,
): readonly PeekedRecord[] {
  const records: PeekedRecord[] = [];
  let at = HEADER_BYTES;
  let term = termBefore;
  for (let i = 0; i < header.count; i += 1) {
    const record = recordAt(header, batch, at);
    if (record?.index !== header.first + i || record.term < term) {
      throw corrupt(path, header.place.offset + at, 'the records of a batch do not fit together');
    }
    records.push(record);
    term = record.term;
    at += record.length;
  }
  return records;
}

/** The record at `at` of a batch, or null if it cannot be one. */
function recordAt(header: BatchHeader, batch: Buffer, at: number): PeekedRecord | null {
  const end = batch.length - END_BYTES;
  if (at + RECORD_HEADER_BYTES > end) return null;
  const record = peekRecord(batch, at);
  const fits = record.length >= RECORD_HEADER_BYTES && at + record.length <= end;
  return fits && record.term <= header.hard.term ? record : null;
}
