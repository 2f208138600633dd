import { type Entry, makeEntry } from '../../lib/core/entry.ts';
import { encodeRequest } from '../../lib/wire/client.ts';
import { type Asked, put, txn } from './machine-world.ts';

/** The entry at `index` of an endless log that two processes can make without talking. */
export function generatedEntry(index: number): Entry {
  if (index % 50 === 0) return makeEntry(index, 1, 'noop');
  const { op, ...args } = generated(index);
  return makeEntry(index, 1, 'command', encodeRequest(index, op, args));
}

export function generatedEntries(first: number, last: number): readonly Entry[] {
  return Array.from({ length: last - first + 1 }, (_, i) => generatedEntry(first + i));
}

function generated(index: number): Asked {
  const key = `k${(index * 7919) % 500}`;
  if (index % 11 === 0) return { op: 'delete', key };
  if (index % 13 === 0) {
    return txn([{ key, expect: { absent: true } }], [put(key, index)], [put(`${key}/x`, index)]);
  }
  return put(key, Buffer.alloc(index % 300, index));
}
