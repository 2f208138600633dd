import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { StateImage } from '../../core/image.ts';
import type { Turn } from '../../core/input.ts';
import { unpack } from '../../wire/unpack.ts';
import { DEPTH_MAX_AROUND, valueEnd, why } from '../../wire/walk.ts';
import {
  MAGIC_BYTES,
  magicProblem,
  readBlock,
  type Start,
  segmentId,
  unpackStart,
} from './segment.ts';
import { takeTurn } from './turn-code.ts';

/** A recording that cannot be replayed: which file, and why. */
export class RecordingFault extends Error {
  override readonly name = 'RecordingFault';
}

/** One file of a recording. */
export type Segment = {
  readonly name: string;
  readonly bytes: number;
  readonly start: Start;
  readonly image: StateImage;
  readonly turns: readonly RecordedTurn[];
  readonly end: SegmentEnd;
};

/** `digest` is null of a turn that did not come to its end. */
export type RecordedTurn = { readonly turn: Turn; readonly digest: number | null };

/**
 * `full`: goes on in the next file. `closed`: the node closed its recording. `open`: the process
 * that wrote it ended at once, or still writes. `torn`: bytes that are no whole block are at the end.
 */
export type SegmentEnd =
  | { readonly kind: 'full' | 'closed' | 'open' }
  | { readonly kind: 'torn'; readonly bytes: number };

/**
 * The segments of a recording, oldest first, each read when it is asked for.
 *
 * @param path a file of a recording, a directory of them, or the directory of a node's data.
 * @returns none if there is nothing at `path`, as of a file that was removed meanwhile.
 * @throws {RecordingFault}
 * @throws {Error} of the operating system, if the directory may not be read.
 */
export function* readRecording(path: string): Generator<Segment> {
  for (const file of filesOf(path)) {
    const bytes = readIfThere(file);
    // made ahead, and not used yet
    if (bytes.length > 0) yield readSegment(bytes, file);
  }
}

/** Nothing if the node, which still records, has removed the file meanwhile. */
function readIfThere(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (reason) {
    const { code, message } = reason as NodeJS.ErrnoException;
    if (code === 'ENOENT') return Buffer.alloc(0);
    throw new RecordingFault(`${file} cannot be read: ${message}`);
  }
}

function filesOf(path: string): readonly string[] {
  if (!isDirectory(path)) return [path];
  for (const directory of [path, join(path, 'flight')]) {
    if (!isDirectory(directory)) continue;
    const names = readdirSync(directory).filter((name) => segmentId(name) !== null);
    if (names.length > 0) return names.sort().map((name) => join(directory, name));
  }
  throw new RecordingFault(`${path} holds no flight recording`);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * @param name for messages.
 * @throws {RecordingFault} if the bytes are no recording, or one that is not understood. What a
 *   crash leaves at the end is no fault.
 */
export function readSegment(bytes: Buffer, name: string): Segment {
  const fail = (problem: string): never => {
    throw new RecordingFault(`${name} cannot be replayed: ${problem}`);
  };
  const problem = magicProblem(bytes);
  if (problem !== null) fail(problem);
  const first = readBlock(bytes, MAGIC_BYTES);
  if (first?.kind !== 'S') return fail('its first state is not whole');
  const begun = unpackStart(first.body);
  if (typeof begun === 'string') return fail(`its first state: ${begun}`);

  const turns: RecordedTurn[] = [];
  let end: SegmentEnd = { kind: 'open' };
  let at = first.end;
  for (let block = readBlock(bytes, at); block; block = readBlock(bytes, at)) {
    if (block.kind === 'E') end = { kind: block.body[0] === FULL ? 'full' : 'closed' };
    else if (block.kind !== 'T') fail(`a block of the unknown kind ${JSON.stringify(block.kind)}`);
    else {
      const fault = takeTurns(block.body, turns);
      if (fault !== null) fail(`turn ${turns.length + 1} in it: ${fault}`);
    }
    at = block.end;
  }
  if (at < bytes.length) end = { kind: 'torn', bytes: bytes.length - at };
  return { name, bytes: bytes.length, ...begun, turns, end };
}

const FULL = 'f'.charCodeAt(0);

/** Adds the turns of a block to `into`. A digest belongs to the turn before it. */
function takeTurns(body: Buffer, into: RecordedTurn[]): string | null {
  for (let at = 0; at < body.length; ) {
    const end = valueEnd(body, at, DEPTH_MAX_AROUND);
    if (end < 0) return why(end);
    const unpacked = unpack(body.subarray(at, end));
    if (typeof unpacked === 'string') return unpacked;
    at = end;
    const { value } = unpacked;
    if (typeof value === 'number') {
      const last = into.pop();
      if (last?.digest !== null) return 'a digest of no turn';
      into.push({ turn: last.turn, digest: value });
    } else {
      const turn = takeTurn(value);
      if (typeof turn === 'string') return turn;
      into.push({ turn, digest: null });
    }
  }
  return null;
}
