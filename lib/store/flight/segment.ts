import type { StateImage } from '../../core/image.ts';
import type { Millis } from '../../core/types.ts';
import { checksum } from '../../kit/checksum.ts';
import { Fields } from '../../wire/fields.ts';
import { pack } from '../../wire/pack.ts';
import type { Identity } from '../../wire/peer.ts';
import { unpackMap } from '../../wire/unpack.ts';
import { fieldsOfState, takeState } from './state-code.ts';

/**
 * The file format of a flight recording, outer part: one segment is one file, and can be replayed
 * without any other.
 *
 *     16 bytes     "raftmq flight 1\n": the number is that of the format
 *     blocks       each: u32 length of its body, u32 CRC-32 of kind and body, u8 kind, body
 *
 *     'S'  start   one msgpack map: whose recording this is, and the state before its first turn
 *     'T'  turns   for each turn a msgpack list (turn-code.ts) and the digest of what came of it; a
 *                  last turn without one did not come to its end
 *     'E'  end     one byte: 'f' the segment is full, 'c' the node has closed its recording
 *
 * All numbers outside msgpack are little-endian. Blocks are appended and never synced. A process
 * that is killed leaves whole blocks and no end; a power cut may leave a part of one.
 */
export const FORMAT = 2;
const MAGIC = 'raftmq flight ';
export const MAGIC_BYTES = 16;
export const BLOCK_HEADER_BYTES = 9;

export type BlockKind = 'S' | 'T' | 'E';
export type End = 'f' | 'c';

/** What the first block of a segment tells besides the state. */
export type Start = {
  readonly owner: Identity;
  /** Of the program: only the same one surely decides the same. */
  readonly version: string;
  /** When this run of the node began, in ms since the epoch: tells its runs apart. */
  readonly began: number;
  /** One moment by two clocks: ms since the epoch, and the clock of the turns. */
  readonly wall: number;
  readonly now: Millis;
  /** Turns of this run before this segment, those that were not recorded included. */
  readonly turnsBefore: number;
  /** How many right before it were not recorded, because the disk could not keep up. */
  readonly lost: number;
};

const NAME = /^(\d{10})\.flight$/;

export function segmentName(id: number): string {
  return `${String(id).padStart(10, '0')}.flight`;
}

/** The number in a segment's file name, or null if it is not one. */
export function segmentId(name: string): number | null {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

export function magic(): Buffer {
  return Buffer.from(`${MAGIC}${FORMAT}\n`.padEnd(MAGIC_BYTES), 'latin1');
}

/** Why `bytes` do not begin as a recording of this format, or null. */
export function magicProblem(bytes: Buffer): string | null {
  const head = bytes.toString('latin1', 0, MAGIC_BYTES);
  const format = new RegExp(`^${MAGIC}(\\d+)\\s*\n?$`).exec(head)?.[1];
  if (format === undefined) return 'it is not a flight recording';
  if (Number(format) === FORMAT) return null;
  return `it is a recording of format ${format}, where this version reads ${FORMAT}`;
}

/** A block; `body` is copied. */
export function makeBlock(kind: BlockKind, body: readonly Uint8Array[]): Buffer {
  const length = body.reduce((sum, part) => sum + part.length, 0);
  const block = Buffer.allocUnsafe(BLOCK_HEADER_BYTES + length);
  let at = BLOCK_HEADER_BYTES;
  for (const part of body) {
    block.set(part, at);
    at += part.length;
  }
  sealBlock(block, kind);
  return block;
}

/** Writes the header of a block whose body is there. */
export function sealBlock(block: Buffer, kind: BlockKind): void {
  block.writeUInt32LE(block.length - BLOCK_HEADER_BYTES, 0);
  block[8] = kind.charCodeAt(0);
  block.writeUInt32LE(checksum(block.subarray(8)), 4);
}

export type Block = { readonly kind: string; readonly body: Buffer; readonly end: number };

/** The block at `offset`, or null if there is none that is whole. The body is a view. */
export function readBlock(bytes: Buffer, offset: number): Block | null {
  if (offset + BLOCK_HEADER_BYTES > bytes.length) return null;
  const end = offset + BLOCK_HEADER_BYTES + bytes.readUInt32LE(offset);
  if (end > bytes.length) return null;
  if (bytes.readUInt32LE(offset + 4) !== checksum(bytes.subarray(offset + 8, end))) return null;
  const kind = String.fromCharCode(bytes[offset + 8] as number);
  return { kind, body: bytes.subarray(offset + BLOCK_HEADER_BYTES, end), end };
}

/** The body of a start. */
export function packStart(start: Start, image: StateImage): Buffer {
  const { owner, ...facts } = start;
  return pack({ ...owner, ...facts, state: fieldsOfState(image) });
}

/** @returns a sentence saying what is wrong, if anything is. */
export function unpackStart(
  body: Buffer,
): { readonly start: Start; readonly image: StateImage } | string {
  const map = unpackMap(body);
  if (typeof map === 'string') return map;
  const { cluster, version, state } = map;
  if (typeof cluster !== 'string' || typeof version !== 'string') return 'it has no owner';
  if (!Array.isArray(state)) return 'it has no state';
  const names = ['node', 'incarnation', 'began', 'wall', 'now', 'turnsBefore', 'lost'];
  const numbers = new Fields(
    names.map((name) => map[name]),
    0,
  );
  const whole = (name: string): number => numbers.uint(name, 0, Number.MAX_SAFE_INTEGER);
  const owner = { cluster, node: numbers.node('node'), incarnation: whole('incarnation') };
  const start = {
    owner,
    version,
    began: numbers.millis('began'),
    wall: numbers.millis('wall'),
    now: numbers.millis('now'),
    turnsBefore: whole('turnsBefore'),
    lost: whole('lost'),
  };
  const fields = new Fields(state, 0);
  const image = takeState(fields);
  const fault = numbers.fault ?? fields.fault;
  return fault ?? { start, image };
}
