import { Packr } from 'msgpackr';
import { Raw } from './raw.ts';
import { DEPTH_MAX } from './walk.ts';

/**
 * Writes msgpack for everything this program says, and for the values of its users. Raw values are
 * embedded as they are at any depth, which no general encoder offers. Integers are always msgpack
 * integers, whatever their size, so other languages see no floats where they expect counts; what
 * JavaScript alone has (dates, sets, instances of classes) is left to msgpackr.
 *
 * Members of a map that are undefined are left out, as in JSON; elsewhere undefined is nil.
 *
 * @returns bytes of their own: never reused, so they may be sent without a copy.
 * @throws {RangeError} if `value` is nested deeper than DEPTH_MAX, as a cycle is, or holds a bigint
 *   of more than 64 bits.
 */
export function pack(value: unknown): Buffer {
  start = size;
  put(value, 0);
  const bytes = chunk.subarray(start, size);
  if (chunk.length > CHUNK_BYTES) {
    // small messages must not keep the memory of a large one
    chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    size = 0;
  }
  return bytes;
}

/** For what JavaScript alone has; everything else is written here. */
export const packr = new Packr({ useRecords: false, int64AsType: 'number' });

/** Messages are written one after another into chunks; what is written is never written again. */
const CHUNK_BYTES = 16 * 1024;
let chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
/** Where the message that is being written starts, and where it ends so far. */
let start = 0;
let size = 0;

/** Makes room for `bytes` more; a message that does not fit any more moves to a new chunk. */
function need(bytes: number): void {
  if (size + bytes <= chunk.length) return;
  const used = size - start;
  const larger = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, (used + bytes) * 2));
  chunk.copy(larger, 0, start, size);
  chunk = larger;
  start = 0;
  size = used;
}

function put(value: unknown, depth: number): void {
  switch (typeof value) {
    case 'string':
      return putString(value);
    case 'number':
      return putNumber(value);
    case 'boolean':
      return putTag(value ? 0xc3 : 0xc2);
    case 'bigint':
      return putBigInt(value);
    case 'object':
      return value === null ? putTag(0xc0) : putObject(value, depth);
    default:
      return putTag(0xc0);
  }
}

function putObject(value: object, depth: number): void {
  if (value instanceof Raw) return putBytes(value.bytes);
  if (ArrayBuffer.isView(value)) return putBin(value);
  const isArray = Array.isArray(value);
  const isMap = value instanceof Map;
  if (!isArray && !isMap && !isPlain(value)) return putBytes(packr.pack(value));
  if (depth === DEPTH_MAX) {
    throw new RangeError(`a value nested deeper than ${DEPTH_MAX} levels, or holding itself`);
  }
  if (isArray) putArray(value, depth + 1);
  else if (isMap) putMap(value, depth + 1);
  else putRecord(value as Record<string, unknown>, depth + 1);
}

/** Any view of memory is its bytes; what kind of numbers they are is not kept. */
function putBin(view: ArrayBufferView): void {
  putLength(view.byteLength, -1, 0, 0xc4);
  const isBytes = view instanceof Uint8Array;
  putBytes(isBytes ? view : new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function putArray(items: readonly unknown[], depth: number): void {
  putLength(items.length, 0x90, 15, 0xdb);
  for (const item of items) put(item, depth);
}

function putMap(map: ReadonlyMap<unknown, unknown>, depth: number): void {
  putLength(map.size, 0x80, 15, 0xdd);
  for (const [key, value] of map) {
    put(key, depth);
    put(value, depth);
  }
}

function putRecord(record: Record<string, unknown>, depth: number): void {
  const names = Object.keys(record);
  let count = names.length;
  for (const name of names) if (record[name] === undefined) count--;
  putLength(count, 0x80, 15, 0xdd);
  for (const name of names) {
    const value = record[name];
    if (value === undefined) continue;
    putString(name);
    put(value, depth);
  }
}

function putTag(tag: number): void {
  need(1);
  chunk[size++] = tag;
}

function putBytes(bytes: Uint8Array): void {
  need(bytes.length);
  chunk.set(bytes, size);
  size += bytes.length;
}

/**
 * The header of something counted. `fix` is its tag for up to `fixMax`, and `tag8` the one for a
 * length of 8 bits, which the tags for 16 and 32 follow; arrays and maps have no such, but their
 * next two are where it would be.
 */
function putLength(count: number, fix: number, fixMax: number, tag8: number): void {
  need(5);
  if (count <= fixMax && fix >= 0) {
    chunk[size++] = fix | count;
  } else if (count < 0x100 && (tag8 === 0xc4 || tag8 === 0xd9)) {
    chunk[size++] = tag8;
    chunk[size++] = count;
  } else if (count < 0x1_0000) {
    chunk[size] = tag8 + 1;
    chunk[size + 1] = count >>> 8;
    chunk[size + 2] = count & 0xff;
    size += 3;
  } else {
    chunk[size] = tag8 + 2;
    putU32(count, size + 1);
    size += 5;
  }
}

function putString(text: string): void {
  if (text.length < 32 && putShortAscii(text)) return;
  const bytes = Buffer.byteLength(text);
  putLength(bytes, 0xa0, 31, 0xd9);
  need(bytes);
  size += chunk.write(text, size, bytes, 'utf8');
}

/** @returns false, with nothing written, if `text` is not ASCII. */
function putShortAscii(text: string): boolean {
  const { length } = text;
  need(1 + length);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return false;
    chunk[size + 1 + i] = code;
  }
  chunk[size] = 0xa0 | length;
  size += 1 + length;
  return true;
}

function putNumber(value: number): void {
  need(9);
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    chunk[size] = 0xcb;
    chunk.writeDoubleBE(value, size + 1);
    size += 9;
  } else if (value >= 0) putUint(value);
  else putNegative(value);
}

function putUint(value: number): void {
  if (value < 0x80) {
    chunk[size++] = value;
  } else if (value < 0x100) {
    chunk[size] = 0xcc;
    chunk[size + 1] = value;
    size += 2;
  } else if (value < 0x1_0000) {
    chunk[size] = 0xcd;
    chunk[size + 1] = value >>> 8;
    chunk[size + 2] = value & 0xff;
    size += 3;
  } else if (value < 0x1_0000_0000) {
    chunk[size] = 0xce;
    putU32(value, size + 1);
    size += 5;
  } else {
    chunk[size] = 0xcf;
    putU32(Math.floor(value / 0x1_0000_0000), size + 1);
    putU32(value % 0x1_0000_0000, size + 5);
    size += 9;
  }
}

function putU32(value: number, at: number): void {
  chunk[at] = value >>> 24;
  chunk[at + 1] = value >>> 16;
  chunk[at + 2] = value >>> 8;
  chunk[at + 3] = value;
}

function putNegative(value: number): void {
  if (value >= -0x20) {
    chunk[size++] = value & 0xff;
  } else if (value >= -0x80) {
    chunk[size] = 0xd0;
    size = chunk.writeInt8(value, size + 1);
  } else if (value >= -0x8000) {
    chunk[size] = 0xd1;
    size = chunk.writeInt16BE(value, size + 1);
  } else if (value >= -0x8000_0000) {
    chunk[size] = 0xd2;
    size = chunk.writeInt32BE(value, size + 1);
  } else {
    chunk[size] = 0xd3;
    size = chunk.writeBigInt64BE(BigInt(value), size + 1);
  }
}

function putBigInt(value: bigint): void {
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) {
    return putNumber(Number(value));
  }
  need(9);
  chunk[size] = value < 0n ? 0xd3 : 0xcf;
  size =
    value < 0n ? chunk.writeBigInt64BE(value, size + 1) : chunk.writeBigUInt64BE(value, size + 1);
}
