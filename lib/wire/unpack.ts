import { Raw } from './raw.ts';
import {
  asBuffer,
  DEPTH_MAX_AROUND,
  nameAt,
  numberAt,
  textOf,
  u16,
  u32,
  valueEnd,
  why,
} from './walk.ts';

/**
 * Decodes one msgpack value for those who want to look inside: clients, and comparisons. Nothing
 * that bytes can say runs code, touches a prototype or takes more than time and memory in
 * proportion to their length. (msgpackr's decoder cannot be told so without changing it for the
 * whole process: it compiles record definitions and revives errors, regular expressions and huge
 * integers, and a program that embeds our client may want just that for itself.)
 *
 *     str      string; not UTF-8: Raw           int      number; beyond 2^53: bigint
 *     bin      Buffer, a copy                   float    number
 *     map      plain object if all keys are str, else Map
 *     ext      timestamps: Date; all others: Raw
 *
 * @param dates false leaves timestamps Raw too: they may hold nanoseconds, which a Date does not.
 * @returns the value in a box, or a sentence saying why `bytes` are not exactly one value.
 */
export function unpack(bytes: Uint8Array, dates = true): { readonly value: unknown } | string {
  const end = valueEnd(bytes, 0, DEPTH_MAX_AROUND);
  if (end < 0) return why(end);
  if (end !== bytes.length) return 'bytes follow the end of the value';
  source = asBuffer(bytes);
  at = 0;
  reviveDates = dates;
  const value = take();
  source = NOTHING;
  return { value };
}

/** The same for a map whose keys are all str, as every message of ours is. */
export function unpackMap(bytes: Uint8Array): Record<string, unknown> | string {
  const unpacked = unpack(bytes);
  if (typeof unpacked === 'string') return unpacked;
  return isObject(unpacked.value) ? unpacked.value : 'not a map of names';
}

/** Whether an unpacked value was a map whose keys are all str. */
export function isObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}

const NOTHING = Buffer.alloc(0);
// what is being decoded; well-formed, and not nested too deep for recursion
let source: Buffer = NOTHING;
let at = 0;
let reviveDates = true;

function take(): unknown {
  const tag = source[at] as number;
  if (tag < 0x80 || tag >= 0xe0) return takeNumber(1);
  if (tag < 0x90) return takeMap(tag & 0x0f, 1);
  if (tag < 0xa0) return takeArray(tag & 0x0f, 1);
  if (tag < 0xc0) return takeText(tag & 0x1f, 1);
  switch (tag) {
    case 0xc0:
      at++;
      return null;
    case 0xc2:
    case 0xc3:
      at++;
      return tag === 0xc3;
    case 0xca:
    case 0xce:
    case 0xd2:
      return takeNumber(5);
    case 0xcb:
    case 0xcf:
    case 0xd3:
      return takeNumber(9);
    case 0xcc:
    case 0xd0:
      return takeNumber(2);
    case 0xcd:
    case 0xd1:
      return takeNumber(3);
    default:
      return takeCounted(tag);
  }
}

/** What has a length field of its own, and the extensions of fixed length. */
function takeCounted(tag: number): unknown {
  switch (tag) {
    case 0xc4:
    case 0xd9:
      return takeText(source[at + 1] as number, 2, tag === 0xc4);
    case 0xc5:
    case 0xda:
      return takeText(u16(source, at + 1), 3, tag === 0xc5);
    case 0xc6:
    case 0xdb:
      return takeText(u32(source, at + 1), 5, tag === 0xc6);
    case 0xdc:
      return takeArray(u16(source, at + 1), 3);
    case 0xdd:
      return takeArray(u32(source, at + 1), 5);
    case 0xde:
      return takeMap(u16(source, at + 1), 3);
    case 0xdf:
      return takeMap(u32(source, at + 1), 5);
    default:
      return takeExtension(tag);
  }
}

function takeNumber(bytes: number): number | bigint {
  const value = numberAt(source, at);
  at += bytes;
  return value;
}

function takeText(bytes: number, header: number, isBin = false): unknown {
  const begin = at;
  at += header + bytes;
  if (isBin) return Buffer.from(source.subarray(begin + header, at));
  return textOf(source, begin + header, at) ?? rawFrom(begin);
}

/** A copy, so that what a user keeps does not keep the frame it came in. */
function rawFrom(begin: number): Raw {
  return new Raw(Buffer.from(source.subarray(begin, at)));
}

function takeArray(count: number, header: number): unknown[] {
  at += header;
  const items: unknown[] = [];
  for (let i = 0; i < count; i++) items.push(take());
  return items;
}

/** An object as long as keys are names; the first other key makes it a Map. */
function takeMap(count: number, header: number): unknown {
  at += header;
  const object: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) {
    const key = takeKey();
    if (typeof key !== 'string') return takeRest(new Map(Object.entries(object)), key, count - i);
    if (key === '__proto__') define(object, key, take());
    else object[key] = take();
  }
  return object;
}

function takeKey(): unknown {
  const tag = source[at] as number;
  const bytes = tag & 0x1f;
  if (tag < 0xa0 || tag > 0xbf) return take();
  const begin = at + 1;
  const name = nameAt(source, begin, begin + bytes);
  if (name === null) return take();
  at = begin + bytes;
  return name;
}

function takeRest(map: Map<unknown, unknown>, first: unknown, count: number): unknown {
  map.set(first, take());
  for (let i = 1; i < count; i++) map.set(take(), take());
  return map;
}

/** A member of any name, even one that assignment would take for the prototype. */
function define(object: object, name: string, value: unknown): void {
  const options = { configurable: true, enumerable: true, writable: true };
  Object.defineProperty(object, name, { value, ...options });
}

const TIMESTAMP = 0xff;

function takeExtension(tag: number): unknown {
  const begin = at;
  at = valueEnd(source, at);
  const header = tag >= 0xd4 ? 2 : tag === 0xc7 ? 3 : tag === 0xc8 ? 4 : 6;
  const raw = rawFrom(begin);
  if (!reviveDates || source[begin + header - 1] !== TIMESTAMP) return raw;
  return dateAt(begin + header, at - begin - header) ?? raw;
}

/** The three shapes of a timestamp, to the millisecond. */
function dateAt(begin: number, bytes: number): Date | null {
  if (bytes === 4) return new Date(u32(source, begin) * 1000);
  if (bytes === 8) {
    const nanos = u32(source, begin) >>> 2;
    const seconds = (u32(source, begin) & 3) * 0x1_0000_0000 + u32(source, begin + 4);
    return new Date(seconds * 1000 + Math.floor(nanos / 1e6));
  }
  if (bytes !== 12) return null;
  const seconds = Number(source.readBigInt64BE(begin + 4));
  const date = new Date(seconds * 1000 + Math.floor(u32(source, begin) / 1e6));
  return Number.isNaN(date.getTime()) ? null : date;
}
