import { type Entry, RECORD_HEADER_BYTES, readRecord } from '../../core/entry.ts';
import type { Index } from '../../core/types.ts';
import type { Segment } from './prepare.ts';
import type { Scan } from './scan.ts';
import { corrupt } from './segment.ts';

const READ_BYTES = 1024 * 1024;

/**
 * Reads the entries `from` to `to` of a log, and maybe some after them, a stretch at a time.
 *
 * @throws {StorageError} CORRUPT if an entry is not what was stored there, IO.
 */
export async function* readStretches(
  { positions, segments }: Pick<Scan, 'positions' | 'segments'>,
  from: Index,
  to: Index,
): AsyncGenerator<readonly Entry[]> {
  for (let next = from; next <= to; ) {
    const { segment: id, offsets } = positions.stretch(next, READ_BYTES);
    const segment = segments.find((one) => one.id === id) as Segment;
    const entries = await readStretch(segment, next, offsets, READ_BYTES);
    yield entries;
    next += entries.length;
  }
}

/**
 * Reads entries back and checks each of them.
 *
 * @param from index of the entry at `offsets[0]`; the others follow it.
 * @param bytes how much to read; the first entry is read whole even if it is larger.
 * @throws {StorageError} CORRUPT if an entry is not what was stored there, IO.
 */
export async function readStretch(
  segment: Segment,
  from: Index,
  offsets: Uint32Array,
  bytes: number,
): Promise<readonly Entry[]> {
  const start = offsets[0] as number;
  const roomMax = segment.bytes - start;
  let chunk = await segment.file.read(
    start,
    Math.min(roomMax, Math.max(bytes, RECORD_HEADER_BYTES)),
  );
  const firstBytes = chunk.length < RECORD_HEADER_BYTES ? 0 : chunk.readUInt32LE(0);
  if (firstBytes > chunk.length && firstBytes <= roomMax) {
    chunk = await segment.file.read(start, firstBytes);
  }

  const entries: Entry[] = [];
  for (const offset of offsets) {
    const entry = readRecord(chunk, offset - start, roomMax);
    // Its end may lie outside of what was read; the first one's may not.
    if (entry === 'short' && entries.length > 0) break;
    if (typeof entry === 'string') {
      throw corrupt(segment.path, offset, `entry ${from + entries.length} is damaged (${entry})`);
    }
    if (entry.index !== from + entries.length) {
      const wanted = from + entries.length;
      throw corrupt(segment.path, offset, `entry ${entry.index} lies where ${wanted} was stored`);
    }
    entries.push(entry);
  }
  return entries;
}
