import { assert } from '../../kit/assert.ts';
import { StorageError } from '../../kit/errors.ts';
import type { Disk, DiskFile } from '../ports.ts';
import { Blank } from './blank.ts';
import {
  encodeSegmentHeader,
  FIRST_BATCH,
  SECTOR_BYTES,
  SEGMENT_BYTES_MAX,
  SEGMENT_BYTES_MIN,
  segmentName,
  temporaryName,
} from './segment.ts';

/** An open segment file. */
export type Segment = {
  readonly id: number;
  readonly bytes: number;
  readonly file: DiskFile;
  /** For messages. */
  readonly path: string;
};

/** Written and synced at a time, so that the syncs of commits never wait behind much. */
const STEP_BYTES = 512 * 1024;
export type PrepareOptions = {
  /** A first batch to put into the segment, if it must not be blank. */
  readonly opening?: Buffer;
  /** Waited for between two steps; default not at all. */
  readonly pause?: () => Promise<void>;
};

/**
 * Makes a new segment of at least `bytesMin`, blank and durable under its final name. It gets that
 * name only when it is complete, so a crash on the way leaves a temporary file and nothing else.
 *
 * @throws {StorageError} FULL or IO; then nothing relies on what may be left of it.
 */
export async function prepareSegment(
  disk: Disk,
  owner: number,
  id: number,
  bytesMin: number,
  { opening, pause }: PrepareOptions = {},
): Promise<Segment> {
  const bytes = Math.max(SEGMENT_BYTES_MIN, Math.ceil(bytesMin / SECTOR_BYTES) * SECTOR_BYTES);
  assert(bytes <= SEGMENT_BYTES_MAX, `a segment of ${bytes} bytes is larger than positions reach`);
  let name = temporaryName(id);
  const file = await disk.create(name);
  try {
    await fill(file, owner, id, bytes, pause);
    if (opening !== undefined) {
      file.write(FIRST_BATCH, [opening]);
      await file.sync();
    }
    const isTaken = (await disk.list()).includes(segmentName(id));
    assert(!isTaken, `segment ${id} exists, a new one would replace what is stored in it`);
    await disk.rename(name, segmentName(id));
    name = segmentName(id);
    await disk.syncDirectory();
  } catch (reason) {
    await discard(disk, file, name);
    throw reason;
  }
  return { id, bytes, file, path: `${disk.path}/${segmentName(id)}` };
}

async function fill(
  file: DiskFile,
  owner: number,
  id: number,
  bytes: number,
  pause?: () => Promise<void>,
): Promise<void> {
  const blank = new Blank(owner, id);
  for (let offset = 0; offset < bytes; offset += STEP_BYTES) {
    if (offset > 0) await pause?.();
    const step = blank.bytes(offset, Math.min(STEP_BYTES, bytes - offset));
    if (offset === 0) step.set(encodeSegmentHeader({ owner, id, bytes }));
    file.write(offset, [step]);
    await file.sync();
  }
}

/** Gives the space of an unfinished segment back. */
async function discard(disk: Disk, file: DiskFile, name: string): Promise<void> {
  try {
    await file.close();
    await disk.remove(name);
  } catch (reason) {
    // The caller already reports why there is no segment, and recovery removes temporary files.
    if (!(reason instanceof StorageError)) throw reason;
  }
}
