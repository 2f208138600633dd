import { assert } from '../kit/assert.ts';
import { StorageError } from '../kit/errors.ts';
import { Blank } from './blank.ts';
import type { Disk, DiskFile } from './ports.ts';
import { encodeSegmentHeader, FIRST_BATCH, segmentName, temporaryName } from './segment.ts';

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

/**
 * Makes a new segment of `bytes`, blank and durable under its final name. It gets that name only
 * when it is complete, so a crash on the way leaves a temporary file and nothing else.
 *
 * @param opening a first batch to put into it, if it must not be blank.
 * @throws {StorageError} FULL or IO; then nothing relies on what may be left of it.
 */
export async function prepareSegment(
  disk: Disk,
  owner: number,
  id: number,
  bytes: number,
  opening?: Buffer,
): Promise<Segment> {
  let name = temporaryName(id);
  const file = await disk.create(name);
  try {
    await fill(file, owner, id, bytes);
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

async function fill(file: DiskFile, owner: number, id: number, bytes: number): Promise<void> {
  const blank = new Blank(owner, id);
  for (let offset = 0; offset < bytes; offset += STEP_BYTES) {
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

/**
 * The segment after the active one, made in the background while the active one fills, so that
 * commits need not wait for it.
 */
export class Spare {
  readonly #disk: Disk;
  readonly #owner: number;
  #segment: Promise<Segment> | null = null;

  constructor(disk: Disk, owner: number) {
    this.#disk = disk;
    this.#owner = owner;
  }

  /** Begins to make segment `id`, unless that is already under way. */
  begin(id: number, bytes: number): void {
    if (this.#segment !== null) return;
    this.#segment = prepareSegment(this.#disk, this.#owner, id, bytes);
    // Whoever takes the segment is told of a failure; until then nothing depends on it.
    this.#segment.catch(() => {});
  }

  /**
   * Hands over segment `id`, waiting for it or making it if need be.
   *
   * @param bytesMin a smaller one is thrown away and made anew: an entry must fit.
   * @throws {StorageError} after a second attempt if the disk was full at the first.
   */
  async take(id: number, bytesMin: number, bytes: number): Promise<Segment> {
    this.begin(id, Math.max(bytes, bytesMin));
    const segment = await this.#finished();
    this.#segment = null;
    if (segment !== null && segment.bytes >= bytesMin) return segment;
    if (segment !== null) {
      await segment.file.close();
      await this.#disk.remove(segmentName(id));
    }
    return prepareSegment(this.#disk, this.#owner, id, Math.max(bytes, bytesMin));
  }

  async close(): Promise<void> {
    const making = this.#segment;
    this.#segment = null;
    try {
      await (await making)?.file.close();
    } catch (reason) {
      // An unfinished spare has been discarded; nothing was stored in it.
      if (!(reason instanceof StorageError)) throw reason;
    }
  }

  /** The segment, or null if the disk was full: space may have been made since. */
  async #finished(): Promise<Segment | null> {
    try {
      return await this.#segment;
    } catch (reason) {
      if (reason instanceof StorageError && reason.code === 'FULL') return null;
      throw reason;
    }
  }
}
