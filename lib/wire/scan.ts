import { isUtf8 } from 'node:buffer';
import { Raw } from './raw.ts';

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

/** Deepest nesting of arrays and maps in one frame. */
export const DEPTH_MAX = 32;
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
export function scanMap(bytes: Uint8Array): ReadonlyMap<string, Raw> | string {
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
  const value = numberAt(asBuffer(bytes), tag);
  return value >= 0 && Number.isSafeInteger(value) ? value + 0 : null;
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

/** What `valueEnd` returns instead of an offset. */
export const SHORT = -1;
export const TOO_DEEP = -2;
export const RESERVED = -3;
const NOT_TEXT = -4;

/**
 * Where the value that starts at `start` ends, or SHORT, TOO_DEEP or RESERVED. Constant memory, and
 * time in proportion to the bytes that are there.
 */
export function valueEnd(bytes: Uint8Array, start: number): number {
  const size = bytes.length;
  let at = start;
  let depth = 0;
  let left = 1;
  for (;;) {
    if (at >= size) return SHORT;
    const tag = bytes[at++] as number;
    left--;
    let items = 0;
    if (tag < 0x80 || tag >= 0xe0) {
      // a small integer is its own tag
    } else if (tag < 0x90) items = (tag & 0x0f) * 2;
    else if (tag < 0xa0) items = tag & 0x0f;
    else if (tag < 0xc0) at += tag & 0x1f;
    else if (tag >= 0xdc) {
      const wide = tag & 1;
      if (at + (wide ? 4 : 2) > size) return SHORT;
      items = (wide ? u32(bytes, at) : u16(bytes, at)) * (tag >= 0xde ? 2 : 1);
      at += wide ? 4 : 2;
    } else {
      const lengthBytes = LENGTH_BYTES[tag - 0xc0] as number;
      const fixed = FIXED_BYTES[tag - 0xc0] as number;
      if (fixed < 0) return RESERVED;
      if (at + lengthBytes > size) return SHORT;
      if (lengthBytes === 1) at += bytes[at] as number;
      else if (lengthBytes === 2) at += u16(bytes, at);
      else if (lengthBytes === 4) at += u32(bytes, at);
      at += lengthBytes + fixed;
    }
    if (items > 0) {
      // every item takes a byte at least, so a claim of more than is left is false
      if (items > size - at) return SHORT;
      if (depth === DEPTH_MAX) return TOO_DEEP;
      OPEN[depth++] = left;
      left = items;
    }
    while (left === 0) {
      if (depth === 0) return at > size ? SHORT : at;
      left = OPEN[--depth] as number;
    }
  }
}

/** Values still to come at each level that `valueEnd` is inside of. */
const OPEN = new Float64Array(DEPTH_MAX);

// By tag from 0xc0 to 0xdb: width of the length field, and bytes besides it (-1: not msgpack).
//                    nil  -  f  t |bin      |ext      |f32 f64|uint        |int
const LENGTH_BYTES = [
  0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4,
];
const FIXED_BYTES = [
  0, -1, 0, 0, 0, 0, 0, 1, 1, 1, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17, 0, 0, 0,
];

function why(fault: number): string {
  if (fault === TOO_DEEP) return `nested deeper than ${DEPTH_MAX} levels`;
  if (fault === RESERVED) return 'the byte 0xc1, which msgpack does not use';
  return 'bytes end before the value does';
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

/** Where the text of the str at `at` starts, or NOT_TEXT, or SHORT. */
function textStart(source: Buffer, at: number): number {
  const tag = source[at];
  if (tag === undefined) return SHORT;
  if (tag >= 0xa0 && tag < 0xc0) return at + 1;
  return tag >= 0xd9 && tag <= 0xdb ? at + 1 + (1 << (tag - 0xd9)) : NOT_TEXT;
}

function textOf(source: Buffer, start: number, end: number): string | null {
  if (isAscii(source, start, end)) return source.toString('latin1', start, end);
  return isUtf8(source.subarray(start, end)) ? source.toString('utf8', start, end) : null;
}

function isAscii(source: Buffer, start: number, end: number): boolean {
  if (end - start > 64) return false; // the native check of UTF-8 is faster by then
  for (let at = start; at < end; at++) if ((source[at] as number) > 0x7f) return false;
  return true;
}

/** The same few names come with every request, so their strings are made once. */
const NAMES: (string | undefined)[] = new Array(256).fill(undefined);

function nameAt(source: Buffer, start: number, end: number): string | null {
  let slot = end - start;
  for (let at = start; at < end; at++) slot = (slot * 31 + (source[at] as number)) & 0xff;
  const known = NAMES[slot];
  if (known !== undefined && known.length === end - start && isNameAt(known, source, start)) {
    return known;
  }
  const name = textOf(source, start, end);
  if (name !== null && name.length === end - start) NAMES[slot] = name;
  return name;
}

function isNameAt(name: string, source: Buffer, start: number): boolean {
  for (let i = 0; i < name.length; i++) {
    if (name.charCodeAt(i) !== source[start + i]) return false;
  }
  return true;
}

/** The number with `tag` at the start of `source`; NaN if it is no safe integer. */
function numberAt(source: Buffer, tag: number): number {
  switch (tag) {
    case 0xca:
      return source.readFloatBE(1);
    case 0xcb:
      return source.readDoubleBE(1);
    case 0xcc:
      return source[1] as number;
    case 0xcd:
      return u16(source, 1);
    case 0xce:
      return u32(source, 1);
    case 0xd0:
      return source.readInt8(1);
    case 0xd1:
      return source.readInt16BE(1);
    case 0xd2:
      return source.readInt32BE(1);
    default:
      // 64 bits; the top half of a negative number is too large to pass as a safe integer
      return u32(source, 1) * 0x1_0000_0000 + u32(source, 5);
  }
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function u32(bytes: Uint8Array, at: number): number {
  return ((u16(bytes, at) << 16) | u16(bytes, at + 2)) >>> 0;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
