import { isUtf8 } from 'node:buffer';

/**
 * Finding one's way in msgpack: where values end, and what numbers and texts say. The ground that
 * the readers of this layer stand on (`scan.ts`, `unpack.ts`).
 *
 * @see https://github.com/msgpack/msgpack/blob/master/spec.md
 */

/** Deepest nesting of arrays and maps in a member of a request. */
export const DEPTH_MAX = 32;
/** The same for what holds values of clients: replies put up to five levels around one. */
export const DEPTH_MAX_AROUND = DEPTH_MAX + 8;
/** What `valueEnd` returns instead of an offset. */
export const SHORT = -1;
export const TOO_DEEP = -2;
export const RESERVED = -3;
export const NOT_TEXT = -4;

/**
 * Where the value that starts at `start` ends, or SHORT, TOO_DEEP or RESERVED. Constant memory, and
 * time in proportion to the bytes that are there.
 *
 * @param depthMax at most DEPTH_MAX_AROUND.
 */
export function valueEnd(bytes: Uint8Array, start: number, depthMax = DEPTH_MAX): number {
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
      if (depth === depthMax) return TOO_DEEP;
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
const OPEN = new Float64Array(DEPTH_MAX_AROUND);

// By tag from 0xc0 to 0xdb: width of the length field, and bytes besides it (-1: not msgpack).
//                    nil  -  f  t |bin      |ext      |f32 f64|uint        |int
const LENGTH_BYTES = [
  0, 0, 0, 0, 1, 2, 4, 1, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4,
];
const FIXED_BYTES = [
  0, -1, 0, 0, 0, 0, 0, 1, 1, 1, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17, 0, 0, 0,
];

/** What is wrong, for a message. */
export function why(fault: number): string {
  if (fault === TOO_DEEP) return 'nested too deep';
  if (fault === RESERVED) return 'the byte 0xc1, which msgpack does not use';
  return 'bytes end before the value does';
}

/** Where the text of the str at `at` starts, or NOT_TEXT, or SHORT. */
export function textStart(source: Buffer, at: number): number {
  const tag = source[at];
  if (tag === undefined) return SHORT;
  if (tag >= 0xa0 && tag < 0xc0) return at + 1;
  return tag >= 0xd9 && tag <= 0xdb ? at + 1 + (1 << (tag - 0xd9)) : NOT_TEXT;
}

/** The text between two offsets, or null if it is not UTF-8. */
export function textOf(source: Buffer, start: number, end: number): string | null {
  if (isAscii(source, start, end)) return source.toString('latin1', start, end);
  return isUtf8(source.subarray(start, end)) ? source.toString('utf8', start, end) : null;
}

function isAscii(source: Buffer, start: number, end: number): boolean {
  if (end - start > 256) return false; // the native check of UTF-8 is faster by then
  for (let at = start; at < end; at++) if ((source[at] as number) > 0x7f) return false;
  return true;
}

/** The same few names come with every message, so their strings are made once. */
const NAMES: (string | undefined)[] = new Array(256).fill(undefined);

/** The same for a short text that is likely to come again, as names of members are. */
export function nameAt(source: Buffer, start: number, end: number): string | null {
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

/** The number whose tag is at `at`; a bigint if it is an integer that a number cannot hold. */
export function numberAt(source: Buffer, at: number): number | bigint {
  const tag = source[at] as number;
  switch (tag) {
    case 0xca:
      return source.readFloatBE(at + 1);
    case 0xcb:
      return source.readDoubleBE(at + 1);
    case 0xcc:
      return source[at + 1] as number;
    case 0xcd:
      return u16(source, at + 1);
    case 0xce:
      return u32(source, at + 1);
    case 0xcf:
    case 0xd3:
      return wideAt(source, at + 1, tag === 0xd3);
    case 0xd0:
      return source.readInt8(at + 1);
    case 0xd1:
      return source.readInt16BE(at + 1);
    case 0xd2:
      return source.readInt32BE(at + 1);
    default:
      return tag < 0x80 ? tag : tag - 0x100;
  }
}

function wideAt(source: Buffer, at: number, signed: boolean): number | bigint {
  const high = signed ? source.readInt32BE(at) : u32(source, at);
  const value = high * 0x1_0000_0000 + u32(source, at + 4);
  if (Number.isSafeInteger(value)) return value;
  return signed ? source.readBigInt64BE(at) : source.readBigUInt64BE(at);
}

export function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

export function u32(bytes: Uint8Array, at: number): number {
  return ((u16(bytes, at) << 16) | u16(bytes, at + 2)) >>> 0;
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
