import { Raw } from './raw.ts';
import {
  asBuffer,
  NOT_TEXT,
  nameAt,
  numberAt,
  SHORT,
  textOf,
  textStart,
  u16,
  u32,
  valueEnd,
  why,
} from './walk.ts';

/**
 * A strict reader of msgpack for bytes from strangers. It finds where values begin and end without
 * decoding them, allocates nothing by what a length field claims, does not recurse, and answers
 * every sequence of bytes with a value or a sentence: it never throws.
 *
 * Well-formed means: lengths fit the bytes, nesting is at most DEPTH_MAX, and the unused byte 0xc1
 * does not occur. What users nest in their values is not looked at beyond that, so a value may hold
 * extensions, maps with any keys and strings that are not UTF-8, and comes back as it went in.
 *
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 */

/** Most members of a map read by `scanMap`; no request has half as many. */
export const MEMBERS_MAX = 64;
/** Longest name of such a member, in bytes. */
export const NAME_BYTES_MAX = 64;
/** Most items of an array read by `scanArray`, unless its caller says otherwise. */
export const ITEMS_MAX = 1024;

/**
 * Reads a map whose keys are names, as every request is. The values stay undecoded views of
 * `bytes`: whoever keeps one keeps all of `bytes` in memory.
 *
 * @returns the members by name, or a sentence saying why `bytes` are not exactly one such map.
 */
export function scanMap(bytes: Uint8Array): Map<string, Raw> | string {
  const source = asBuffer(bytes);
  const count = itemCount(source, 0x80, 0xde);
  if (typeof count === 'string') return count;
  if (count > MEMBERS_MAX) return `a map with more than ${MEMBERS_MAX} members`;
  const members = new Map<string, Raw>();
  let at = headerBytes(source, 0x80);
  for (let i = 0; i < count; i++) {
    const start = textStart(source, at);
    const end = start < 0 ? start : valueEnd(source, at);
    if (end < 0) return start === NOT_TEXT ? `the name of member ${i} is not a string` : why(end);
    if (end - start > NAME_BYTES_MAX) {
      return `the name of member ${i} is longer than ${NAME_BYTES_MAX} bytes`;
    }
    const name = nameAt(source, start, end);
    if (name === null) return `the name of member ${i} is not UTF-8`;
    at = valueEnd(source, end);
    if (at < 0) return why(at);
    members.set(name, new Raw(source.subarray(end, at)));
    if (members.size !== i + 1) return `two members have the same name as member ${i}`;
  }
  return at === source.length ? members : 'bytes follow the end of the map';
}

/**
 * Reads an array; its items stay undecoded views.
 *
 * @returns the items, or a sentence saying why `raw` is not an array of at most `itemsMax` items.
 */
export function scanArray(raw: Raw, itemsMax = ITEMS_MAX): readonly Raw[] | string {
  const source = asBuffer(raw.bytes);
  const count = itemCount(source, 0x90, 0xdc);
  if (typeof count === 'string') return count;
  if (count > itemsMax) return `an array with more than ${itemsMax} items`;
  const items: Raw[] = [];
  let at = headerBytes(source, 0x90);
  for (let i = 0; i < count; i++) {
    const end = valueEnd(source, at);
    if (end < 0) return why(end);
    items.push(new Raw(source.subarray(at, end)));
    at = end;
  }
  return at === source.length ? items : 'bytes follow the end of the array';
}

/** The text of a msgpack str that is valid UTF-8, else null. */
export function readString(raw: Raw): string | null {
  const source = asBuffer(raw.bytes);
  const start = textStart(source, 0);
  if (start < 0 || valueEnd(source, 0) !== source.length) return null;
  return textOf(source, start, source.length);
}

/** The content of a msgpack bin, as a view; else null. */
export function readBytes(raw: Raw): Uint8Array | null {
  const { bytes } = raw;
  const tag = bytes[0] ?? 0;
  if (tag < 0xc4 || tag > 0xc6 || valueEnd(bytes, 0) !== bytes.length) return null;
  return bytes.subarray(1 + (1 << (tag - 0xc4)));
}

/** A safe integer of 0 or more, from any msgpack integer or float that holds one; else null. */
export function readUint(raw: Raw): number | null {
  const { bytes } = raw;
  const tag = bytes[0] ?? 0xc1;
  if (tag < 0x80) return bytes.length === 1 ? tag : null;
  if (tag < 0xca || tag > 0xd3 || valueEnd(bytes, 0) !== bytes.length) return null;
  const value = numberAt(asBuffer(bytes), 0);
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) + 0 : null;
}

/** True or false, or null if `raw` is neither. */
export function readBoolean(raw: Raw): boolean | null {
  if (raw.bytes.length !== 1) return null;
  const tag = raw.bytes[0];
  return tag === 0xc3 ? true : tag === 0xc2 ? false : null;
}

export function isNil(raw: Raw): boolean {
  return raw.bytes.length === 1 && raw.bytes[0] === 0xc0;
}

/** Items of the array, or members of the map, that all of `source` should be. */
function itemCount(source: Buffer, fix: number, tag16: number): number | string {
  const tag = source[0];
  if (tag === undefined) return 'no bytes';
  if (tag >> 4 === fix >> 4) return tag & 0x0f;
  if (tag !== tag16 && tag !== tag16 + 1) return fix === 0x80 ? 'not a map' : 'not an array';
  if (source.length < headerBytes(source, fix)) return why(SHORT);
  return tag === tag16 ? u16(source, 1) : u32(source, 1);
}

function headerBytes(source: Buffer, fix: number): number {
  const tag = source[0] as number;
  if (tag >> 4 === fix >> 4) return 1;
  return (tag & 1) === 0 ? 3 : 5;
}
