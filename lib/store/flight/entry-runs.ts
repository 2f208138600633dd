import { type Entry, KINDS, RECORD_HEADER_BYTES } from '../../core/entry.ts';
import type { Index } from '../../core/types.ts';
import { type Fields, INDEX_MAX } from '../../wire/fields.ts';

/**
 * Entries in a recording: what the core reads of them, which is everything but their payload. They
 * are written as their first index and runs of entries that are alike:
 *
 *     runs, first index, then for each run: count, term, kind, length of the record
 */
const FIELDS_OF_RUN = 4;

/** More entries than any window or message holds. */
const ENTRIES_MAX = 1 << 24;
/** Longer than any record that a configuration allows. */
const RECORD_BYTES_MAX = 1 << 28;

/** @param first the index of the first entry, also if there is none. */
export function putEntries(fields: unknown[], first: Index, entries: readonly Entry[]): void {
  const runsAt = fields.push(0) - 1;
  fields.push(first);
  let runs = 0;
  for (let from = 0; from < entries.length; runs += 1) {
    const { term, kind, record } = entries[from] as Entry;
    let to = from + 1;
    while (to < entries.length && isAlike(entries[to] as Entry, entries[from] as Entry)) to += 1;
    fields.push(to - from, term, KINDS.indexOf(kind), record.length);
    from = to;
  }
  fields[runsAt] = runs;
}

function isAlike(a: Entry, b: Entry): boolean {
  return a.term === b.term && a.record.length === b.record.length && a.kind === b.kind;
}

/** The entries, with records of the right length that are blank. */
export function takeEntries(fields: Fields): readonly Entry[] {
  const runs = fields.count('the runs of entries', FIELDS_OF_RUN);
  let index = fields.index('the first entry');
  const entries: Entry[] = [];
  for (let run = 0; run < runs; run += 1) {
    const count = fields.uint('the entries of a run', 1, ENTRIES_MAX - entries.length);
    const term = fields.term();
    const kind = KINDS[fields.uint('the kind', 0, KINDS.length - 1)] ?? 'noop';
    const record = blank(fields.uint('the record', RECORD_HEADER_BYTES, RECORD_BYTES_MAX));
    fields.require(index + count <= INDEX_MAX, 'the entries of a run end past the last index');
    for (let i = 0; i < count; i += 1, index += 1) entries.push({ index, term, kind, record });
  }
  return entries;
}

/** Stands for bytes that were not recorded: the core asks for nothing but how many they are. */
export function blank(length: number): Uint8Array {
  if (length > zeroes.length) zeroes = Buffer.alloc(2 * length);
  return zeroes.subarray(0, length);
}

let zeroes = Buffer.alloc(1 << 16);
