import { Raw } from './raw.ts';
import { isObject, unpack } from './unpack.ts';

/** Values longer than this are the same only if they are so byte by byte: decoding takes time. */
export const COMPARED_BYTES_MAX = 64 * 1024;

/**
 * Whether two msgpack values mean the same, however they were encoded: any width of an integer or a
 * length, a float for a whole number, map members in any order. What differs in type differs: text
 * is not bytes, true is not 1. Extensions, and text that is not UTF-8, compare as they are encoded;
 * a map with keys that are not text must list them in the same order. If a map names a member
 * twice, its last one counts. NaN is the same as NaN.
 *
 * Total, and the same on every node: `cas` and `txn` decide by it when they are applied.
 */
export function sameValue(a: Raw, b: Raw): boolean {
  if (Buffer.compare(a.bytes, b.bytes) === 0) return true;
  if (Math.max(a.bytes.length, b.bytes.length) > COMPARED_BYTES_MAX) return false;
  const left = unpack(a.bytes, false);
  const right = unpack(b.bytes, false);
  if (typeof left === 'string' || typeof right === 'string') return false;
  return isSame(left.value, right.value);
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a === 'number' || typeof a === 'bigint') return isSameNumber(a, b);
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Raw) return b instanceof Raw && Buffer.compare(a.bytes, b.bytes) === 0;
  if (Array.isArray(a)) return Array.isArray(b) && isSameList(a, b);
  if (a instanceof Map) return b instanceof Map && isSameList([...a], [...b]);
  return isObject(a) && isObject(b) && isSameObject(a, b);
}

/** A bigint is an integer that a number cannot hold, but a float may still be equal to it. */
function isSameNumber(a: number | bigint, b: unknown): boolean {
  if (typeof b !== 'number' && typeof b !== 'bigint') return false;
  // biome-ignore lint/suspicious/noDoubleEquals: between a bigint and a number it is exact
  return a == b || (Number.isNaN(a) && Number.isNaN(b));
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => isSame(item, b[i]));
}

function isSameObject(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]));
}
