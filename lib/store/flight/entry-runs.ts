import { type Entry, KINDS, makeEntry, payloadOf, RECORD_HEADER_BYTES } from '../../core/entry.ts';
import type { Index } from '../../core/types.ts';
import { type Fields, INDEX_MAX, TERM_MAX } from '../../wire/fields.ts';

/**
 * Entries in a recording: what the core reads of them, which is everything but their payload, and of
 * a configuration the payload too. They are their first index and, as bytes, runs of entries that
 * are alike; each run is three numbers, and a configuration is a run of its own with its payload
 * behind them:
 *
 *     count, term, length of the record × 4 + kind
 *
 * A number is seven bits a byte, the lowest first, with 128 added to all bytes but the last. A state
 * may hold hundreds of thousands of entries, of as many lengths, and its node waits until they are
 * written down: this takes milliseconds, where as many msgpack integers would take a heartbeat.
 */

/** More entries than any window or message holds. */
const ENTRIES_MAX = 1 << 24;
/** Longer than any record that a configuration allows. */
const RECORD_BYTES_MAX = 1 << 28;
/** Three numbers below 2^53. */
const RUN_BYTES_MAX = 3 * 8;

/** @param first the index of the first entry, also if there is none. */
export function putEntries(fields: unknown[], first: Index, entries: readonly Entry[]): void {
  size = 0;
  for (let from = 0; from < entries.length; ) {
    const { term, kind, record } = entries[from] as Entry;
    let to = from + 1;
    while (to < entries.length && isAlike(entries[to] as Entry, entries[from] as Entry)) to += 1;
    const payload = kind === 'config' ? payloadOf(entries[from] as Entry) : NOTHING;
    while (size + RUN_BYTES_MAX + payload.length > scratch.length) grow();
    putNumber(to - from);
    putNumber(term);
    putNumber(record.length * KINDS.length + KINDS.indexOf(kind));
    scratch.set(payload, size);
    size += payload.length;
    from = to;
  }
  fields.push(first, Buffer.from(scratch.subarray(0, size)));
  // the window of a large state must not keep its memory
  if (scratch.length > SCRATCH_BYTES) scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
}

function isAlike(a: Entry, b: Entry): boolean {
  if (a.kind === 'config' || b.kind === 'config') return false;
  return a.term === b.term && a.record.length === b.record.length && a.kind === b.kind;
}

const NOTHING = new Uint8Array(0);

const SCRATCH_BYTES = 1 << 16;
let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
let size = 0;

function grow(): void {
  const larger = Buffer.allocUnsafeSlow(scratch.length * 2);
  scratch.copy(larger, 0, 0, size);
  scratch = larger;
}

function putNumber(value: number): void {
  let left = value;
  for (; left >= 0x8000_0000; left = Math.floor(left / 0x80)) {
    scratch[size++] = (left % 0x80) | 0x80;
  }
  for (; left >= 0x80; left >>>= 7) scratch[size++] = (left & 0x7f) | 0x80;
  scratch[size++] = left;
}

/** The entries, with records of the right length that are blank but for configurations. */
export function takeEntries(fields: Fields): readonly Entry[] {
  let index = fields.index('the first entry');
  const numbers = new Numbers(fields.bytes('the entries'));
  const entries: Entry[] = [];
  while (!numbers.isAtEnd) {
    const [count, term, rest] = [numbers.take(), numbers.take(), numbers.take()];
    const [kind, length] = [KINDS[rest % KINDS.length], Math.floor(rest / KINDS.length)];
    const isSound =
      count > 0 &&
      entries.length + count <= ENTRIES_MAX &&
      index + count <= INDEX_MAX &&
      term > 0 &&
      term <= TERM_MAX &&
      length >= RECORD_HEADER_BYTES &&
      length <= RECORD_BYTES_MAX;
    fields.require(isSound, 'a run of entries that cannot be');
    if (!isSound || kind === undefined) break;
    if (kind === 'config') {
      const payload = numbers.bytes(length - RECORD_HEADER_BYTES);
      const isWhole = count === 1 && payload.length === length - RECORD_HEADER_BYTES;
      fields.require(isWhole, 'a configuration that ends too early');
      entries.push(makeEntry(index, term, kind, payload));
      index += 1;
      continue;
    }
    const record = blank(length);
    for (let i = 0; i < count; i += 1, index += 1) entries.push({ index, term, kind, record });
  }
  return entries;
}

/** Takes numbers and bytes one after another; what is no number is -1. */
class Numbers {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** As many of the next bytes as there are. */
  bytes(length: number): Uint8Array {
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += bytes.length;
    return bytes;
  }

  take(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 53; factor *= 0x80) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) return -1;
      value += (byte % 0x80) * factor;
      if (byte < 0x80) return value;
    }
    return -1;
  }
}

/** Stands for bytes that were not recorded: the core asks for nothing but how many they are. */
export function blank(length: number): Uint8Array {
  if (length > zeroes.length) zeroes = Buffer.alloc(2 * length);
  return zeroes.subarray(0, length);
}

let zeroes = Buffer.alloc(1 << 16);
