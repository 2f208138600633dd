import { peekRecord, RECORD_HEADER_BYTES } from '../../core/entry.ts';
import type { HardState } from '../../core/types.ts';
import type { Disk, DiskFile } from '../ports.ts';
import { type BatchHeader, decodeHeader, END_BYTES, HEADER_BYTES, verifyBatch } from './batch.ts';
import { Positions } from './positions.ts';
import type { Segment } from './prepare.ts';
import { checkSegmentHeader, corrupt, FIRST_BATCH, SECTOR_BYTES, segmentName } from './segment.ts';
import { TailSizes } from './tail-sizes.ts';

/** What a log holds from its first batch up to the first place where no intact batch follows. */
export type Scan = {
  /** Oldest first; the last one is where the log ends. */
  readonly segments: readonly Segment[];
  readonly positions: Positions;
  readonly tailSizes: TailSizes;
  readonly hard: HardState;
  readonly sequence: number;
  /** Checksum of the last batch. */
  readonly chain: number;
  readonly lastBatch: {
    readonly segment: Segment;
    readonly offset: number;
    readonly bytes: number;
  };
  /** The last batch says nothing new. */
  readonly hasMark: boolean;
  /** Offset in the last segment. */
  readonly end: number;
};

/** Read at a time: few system calls, and little memory. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * Reads a log from its first batch on, each segment from front to back, and replays it: a batch
 * replaces the entries from its first one on. Changes nothing on disk.
 *
 * @param first id of the oldest segment.
 * @param tailBytes see TailSizes.
 * @throws {StorageError} CORRUPT if an intact batch contradicts what comes before it, or a segment
 *   is missing or has a damaged header; FOREIGN, TOO_NEW, IO. All files are closed then.
 */
export async function scanLog(
  disk: Disk,
  owner: number,
  first: number,
  tailBytes: number,
): Promise<Scan> {
  const segments: Segment[] = [];
  try {
    const replay = new Replay(owner, tailBytes);
    let end = FIRST_BATCH;
    for (let id = first; id !== 0; id = replay.next) {
      const segment = await openSegment(disk, owner, id, segments.at(-1));
      segments.push(segment);
      end = await replay.segment(segment);
    }
    return { segments, end, ...replay.result(segments[0] as Segment) };
  } catch (reason) {
    for (const { file } of segments) await file.close();
    throw reason;
  }
}

async function openSegment(
  disk: Disk,
  owner: number,
  id: number,
  before: Segment | undefined,
): Promise<Segment> {
  const name = segmentName(id);
  const path = `${disk.path}/${name}`;
  if (before !== undefined && !(await disk.list()).includes(name)) {
    throw corrupt(path, 0, `the file is missing, although ${before.path} goes on in it`);
  }
  const file = await disk.open(name);
  try {
    const sector = await file.read(0, SECTOR_BYTES);
    const { bytes } = checkSegmentHeader(sector, await file.size(), { path, owner, id });
    return { id, bytes, file, path };
  } catch (reason) {
    await file.close();
    throw reason;
  }
}

class Replay {
  /** Id of the segment that continues the log, or 0 if it ends here. */
  next = 0;
  readonly #owner: number;
  readonly #tailSizes: TailSizes;
  #positions: Positions | null = null;
  #hard: HardState = { term: 0, vote: null };
  #sequence = 0;
  #chain = 0;
  #lastBatch: Scan['lastBatch'] | null = null;
  #hasMark = false;

  constructor(owner: number, tailBytes: number) {
    this.#owner = owner;
    this.#tailSizes = new TailSizes(tailBytes);
  }

  /** Replays one segment. @returns where its intact batches end. */
  async segment(segment: Segment): Promise<number> {
    const window = new Window(segment.file, segment.bytes);
    this.next = 0;
    let offset = FIRST_BATCH;
    while (offset < segment.bytes) {
      const place = { segment: segment.id, offset };
      const sector = await window.at(offset, SECTOR_BYTES);
      const header = decodeHeader(sector, 0, this.#owner, place);
      if (header === null) break;
      this.#checkHeader(header, segment);
      const bytes = await window.at(offset, header.bytes);
      const checksum = verifyBatch(bytes);
      if (checksum === null) break;
      this.#replay(header, bytes, segment);
      this.#chain = checksum;
      this.#lastBatch = { segment, offset, bytes: header.bytes };
      offset += header.bytes;
      this.next = header.next;
      if (this.next !== 0) break;
    }
    return offset;
  }

  result(first: Segment): Omit<Scan, 'segments' | 'end'> {
    if (this.#positions === null || this.#lastBatch === null) {
      throw corrupt(first.path, FIRST_BATCH, 'the first batch of the log is damaged');
    }
    return {
      positions: this.#positions,
      tailSizes: this.#tailSizes,
      hard: this.#hard,
      sequence: this.#sequence,
      chain: this.#chain,
      lastBatch: this.#lastBatch,
      hasMark: this.#hasMark,
    };
  }

  /** The header is intact and was written to this very place: anything odd is not a torn write. */
  #checkHeader(header: BatchHeader, { bytes, path }: Segment): void {
    const { offset } = header.place;
    const fits = header.bytes >= SECTOR_BYTES && header.bytes <= bytes - offset;
    if (!fits || header.bytes % SECTOR_BYTES !== 0) {
      throw corrupt(path, offset, `a batch claims ${header.bytes} bytes, which cannot be`);
    }
    if (this.#positions === null) return;
    const follows = header.sequence === this.#sequence + 1 && header.chain === this.#chain;
    if (!follows) {
      throw corrupt(
        path,
        offset,
        `batch ${header.sequence} does not follow batch ${this.#sequence}`,
      );
    }
  }

  #replay(header: BatchHeader, bytes: Buffer, { id, path }: Segment): void {
    const { offset } = header.place;
    const positions = this.#positions ?? new Positions(header.before);
    const { last, base } = positions;
    this.#positions = positions;
    if (header.before.index !== last.index || header.before.term !== last.term) {
      throw corrupt(
        path,
        offset,
        `a batch follows entry ${header.before.index}, the log ends at ${last.index}`,
      );
    }
    if (header.first > last.index + 1 || header.first <= base.index) {
      throw corrupt(
        path,
        offset,
        `entry ${header.first} does not join the log that ends at ${last.index}`,
      );
    }
    if (movesBack(this.#hard, header.hard)) {
      throw corrupt(path, offset, `term and vote go back from term ${this.#hard.term}`);
    }
    if (header.count > 0) {
      positions.truncate(header.first);
      this.#tailSizes.truncate(last.index - positions.last.index);
    }
    let at = HEADER_BYTES;
    for (let i = 0; i < header.count; i += 1) {
      const record = recordAt(header, bytes, at);
      if (record?.index !== header.first + i || record.term < positions.last.term) {
        throw corrupt(path, offset + at, 'the records of a batch do not fit together');
      }
      positions.append(id, offset + at, record.index, record.term);
      this.#tailSizes.push(record.length);
      at += record.length;
    }
    this.#hasMark = header.count === 0 && sameHard(this.#hard, header.hard);
    this.#hard = header.hard;
    this.#sequence = header.sequence;
  }
}

/** The record at `at` of a batch, or null if it cannot be one. */
function recordAt(header: BatchHeader, batch: Buffer, at: number) {
  const end = batch.length - END_BYTES;
  if (at + RECORD_HEADER_BYTES > end) return null;
  const record = peekRecord(batch, at);
  const fits = record.length >= RECORD_HEADER_BYTES && at + record.length <= end;
  return fits && record.term <= header.hard.term ? record : null;
}

function sameHard(a: HardState, b: HardState): boolean {
  return a.term === b.term && a.vote === b.vote;
}

function movesBack(before: HardState, after: HardState): boolean {
  if (after.term !== before.term) return after.term < before.term;
  return before.vote !== null && after.vote !== before.vote;
}

/** A part of a file in memory that moves forward as it is read. */
class Window {
  readonly #file: DiskFile;
  readonly #fileBytes: number;
  #start = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(file: DiskFile, fileBytes: number) {
    this.#file = file;
    this.#fileBytes = fileBytes;
  }

  /** The bytes at `offset`; a view that stays as it is. */
  async at(offset: number, length: number): Promise<Buffer> {
    const inside = offset - this.#start;
    if (inside >= 0 && inside + length <= this.#bytes.length) {
      return this.#bytes.subarray(inside, inside + length);
    }
    const size = Math.min(Math.max(length, CHUNK_BYTES), this.#fileBytes - offset);
    this.#bytes = await this.#file.read(offset, size);
    this.#start = offset;
    return this.#bytes.subarray(0, length);
  }
}
