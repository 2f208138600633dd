import { type Entry, makeEntry } from '../../lib/core/entry.ts';
import { encodeRequest } from '../../lib/wire/client.ts';

const VALUE = 'v'.repeat(100);
const KEYS = 100_000;
/** Coprime to KEYS, so that all keys are met, far from each other. */
const STRIDE = 61_803;

/** A put of 100 bytes under one of 100,000 keys, as a client sends it. */
export function putFrame(id: number, within: object = {}): Buffer {
  const key = `bench/${String((id * STRIDE) % KEYS).padStart(8, '0')}`;
  return encodeRequest(id, 'put', { key, value: VALUE, ...within });
}

/** Entries of term 1 that hold such puts. */
export function putEntries(first: number, count: number): readonly Entry[] {
  return Array.from({ length: count }, (_, i) =>
    makeEntry(first + i, 1, 'command', putFrame(first + i)),
  );
}

/** The same as the writes from `seq` on of a session; all before are acknowledged. */
export function sessionEntries(
  first: number,
  count: number,
  session: number,
  seq: number,
): readonly Entry[] {
  const acked = seq > 1 ? seq - 1 : undefined;
  return Array.from({ length: count }, (_, i) =>
    makeEntry(first + i, 1, 'command', putFrame(first + i, { session, seq: seq + i, acked })),
  );
}

/** The numbers of commands that are looked at together. */
export const BATCHES: readonly number[] = [1, 64, 512];
