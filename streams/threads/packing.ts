import { type Entry, KINDS, peekRecord, recordBytes } from '../../lib/core/entry.ts';
import { assert } from '../../lib/kit/assert.ts';
import { decodeItems, encodeItems, type Item, type ReceivedItem } from '../../lib/wire/batch.ts';

/**
 * Bytes on their way to another thread, in memory of their own: it is handed over as a whole, and
 * costs no further copy. (A view that is posted as it is takes a copy of all the memory that it is a
 * part of, such as 8 KiB of a socket's receive batch for a request of 200 bytes.)
 */
export type Packed = Uint8Array<ArrayBuffer>;

/** The records of `entries`, one after the other. */
export function packEntries(entries: readonly Entry[]): Packed {
  const packed = new Uint8Array(recordBytes(entries));
  let at = 0;
  for (const { record } of entries) {
    packed.set(record, at);
    at += record.length;
  }
  return packed;
}

/** The entries again; their records are views of `packed`. They were checked before they came here. */
export function unpackEntries(packed: Uint8Array): readonly Entry[] {
  const bytes = asBuffer(packed);
  const entries: Entry[] = [];
  let at = 0;
  while (at < bytes.length) {
    const { length, term, index } = peekRecord(bytes, at);
    const kind = KINDS[bytes[at + 8] as number];
    assert(kind !== undefined, 'an entry keeps its kind on the way to another thread');
    entries.push({ index, term, kind, record: bytes.subarray(at, at + length) });
    at += length;
  }
  return entries;
}

/** Requests or answers, each with the token it goes by. */
export type PackedItems = { readonly count: number; readonly run: Packed };

export function packItems(items: readonly Item[]): PackedItems {
  return { count: items.length, run: encodeItems(items) as Packed };
}

/** The items again; their frames are views of the run. */
export function unpackItems({ count, run }: PackedItems): readonly ReceivedItem[] {
  const items = decodeItems(asBuffer(run), count);
  assert(typeof items !== 'string', 'a run is whole on the way to another thread');
  return items;
}

/** Plain data of which every run of bytes has memory of its own. */
export function withOwnBytes<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return new Uint8Array(value) as T;
  if (Array.isArray(value)) {
    return (typeof value[0] === 'object' ? value.map(withOwnBytes) : value) as T;
  }
  const members = Object.entries(value).map(([name, part]) => [name, withOwnBytes(part)] as const);
  return Object.fromEntries(members) as T;
}

/** Bytes lose the type of their view on the way. */
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
