import { RECORD_HEADER_BYTES } from '../../core/entry.ts';
import type { HardState, Index } from '../../core/types.ts';
import { StorageError } from '../../kit/errors.ts';
import type { Disk } from '../ports.ts';
import { type BatchHeader, decodeHeader, HEADER_BYTES, verifyBatch } from './batch.ts';
import { recordsOf } from './batch-records.ts';
import { Beginnings } from './beginnings.ts';
import { Positions } from './positions.ts';
import type { Segment } from './prepare.ts';
import { checkSegmentHeader, corrupt, FIRST_BATCH, SECTOR_BYTES, segmentName } from './segment.ts';
import { TailSizes } from './tail-sizes.ts';
import { Window } from './window.ts';

/** What a log holds from its first batch up to the first place where no intact batch follows. */
export type Scan = {
  /** Oldest first; the last one is where the log ends. */
  readonly segments: readonly Segment[];
  readonly positions: Positions;
  readonly beginnings: Beginnings;
  readonly tailSizes: TailSizes;
  /** The entries that carry a configuration, rising by index. */
  readonly configurations: readonly StoredConfiguration[];
  readonly hard: HardState;
  /** Number of the last batch, counted from 1. */
  readonly sequence: number;
  /** How many batches say nothing new. */
  readonly empty: number;
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

/** A configuration as it stands in the log. */
export type StoredConfiguration = { readonly index: Index; readonly payload: Uint8Array };

/** How far a log could be read. */
export type ScanEnd = {
  /** What the intact part holds, its files open; null if there is no intact first batch. */
  readonly scan: Scan | null;
  /** Why it could not be read further, or null if nothing hindered it. */
  readonly fault: StorageError | null;
};

/** A batch at the moment that it is replayed. */
export type ReplayedBatch = {
  readonly header: BatchHeader;
  /** The whole batch; a view that stays as it is. */
  readonly bytes: Buffer;
  readonly segment: Segment;
  /** It says nothing new. */
  readonly isMark: boolean;
};

/**
 * Reads a log from its first batch on, each segment from front to back, and replays it: a batch
 * replaces the entries from its first one on. Changes nothing on disk.
 *
 * @param first id of the oldest segment.
 * @param tailBytes see TailSizes.
 * @param watch is shown each batch, and waited for.
 * @returns with the fault CORRUPT if an intact batch contradicts what comes before it, or a segment
 *   is missing or has a damaged header; FOREIGN, TOO_NEW, IO. The caller closes the files of the scan.
 */
export async function scanLog(
  disk: Disk,
  owner: number,
  first: number,
  tailBytes: number,
  watch?: (batch: ReplayedBatch) => Promise<void>,
): Promise<ScanEnd> {
  const segments: Segment[] = [];
  const replay = new Replay(owner, tailBytes, watch);
  let fault: StorageError | null = null;
  try {
    for (let id = first; id !== 0; id = replay.next) {
      const segment = await openSegment(disk, owner, id, segments.at(-1));
      segments.push(segment);
      await replay.segment(segment);
    }
  } catch (reason) {
    if (!(reason instanceof StorageError)) {
      await closeAll(segments);
      throw reason;
    }
    fault = reason;
  }
  const result = replay.result();
  if (result !== null) return { scan: { segments, ...result }, fault };
  await closeAll(segments);
  const { path } = segments[0] ?? { path: disk.path };
  const damaged = 'the first batch of the log is damaged';
  return { scan: null, fault: fault ?? corrupt(path, FIRST_BATCH, damaged) };
}

/** Lets the files of a scan go. */
export async function closeAll(segments: readonly Segment[]): Promise<void> {
  for (const { file } of segments) await file.close();
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
  readonly #beginnings = new Beginnings();
  readonly #watch: ((batch: ReplayedBatch) => Promise<void>) | undefined;
  #end = FIRST_BATCH;
  #positions: Positions | null = null;
  readonly #configurations: StoredConfiguration[] = [];
  #hard: HardState = { term: 0, vote: null };
  #sequence = 0;
  #empty = 0;
  #chain = 0;
  #lastBatch: Scan['lastBatch'] | null = null;
  #hasMark = false;

  constructor(
    owner: number,
    tailBytes: number,
    watch: ((batch: ReplayedBatch) => Promise<void>) | undefined,
  ) {
    this.#owner = owner;
    this.#watch = watch;
    this.#tailSizes = new TailSizes(tailBytes);
  }

  /** Replays one segment up to where its intact batches end. */
  async segment(segment: Segment): Promise<void> {
    const window = new Window(segment.file, segment.bytes);
    this.next = 0;
    let offset = FIRST_BATCH;
    this.#end = offset;
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
      if (this.#watch) await this.#watch({ header, bytes, segment, isMark: this.#hasMark });
      offset += header.bytes;
      this.#end = offset;
      this.next = header.next;
      if (this.next !== 0) break;
    }
  }

  /** What was replayed, or null if nothing was. */
  result(): Omit<Scan, 'segments'> | null {
    if (this.#positions === null || this.#lastBatch === null) return null;
    return {
      end: this.#end,
      positions: this.#positions,
      beginnings: this.#beginnings,
      tailSizes: this.#tailSizes,
      configurations: this.#configurations,
      hard: this.#hard,
      sequence: this.#sequence,
      empty: this.#empty,
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
    const records = recordsOf(header, bytes, positions.termBefore(header.first), path);
    this.#positions = positions;
    this.#beginnings.add(id, last, header.count > 0 ? header.first : null);
    if (header.count > 0) {
      positions.truncate(header.first);
      this.#tailSizes.truncate(last.index - positions.last.index);
      while ((this.#configurations.at(-1)?.index ?? 0) >= header.first) this.#configurations.pop();
    }
    let at = HEADER_BYTES;
    for (const { index, term, length, kind } of records) {
      positions.append(id, offset + at, index, term);
      this.#tailSizes.push(length);
      if (kind === 'config') {
        // a copy: what it was read into is large, and is let go
        const payload = Uint8Array.from(bytes.subarray(at + RECORD_HEADER_BYTES, at + length));
        this.#configurations.push({ index, payload });
      }
      at += length;
    }
    this.#hasMark = header.count === 0 && sameHard(this.#hard, header.hard);
    if (this.#hasMark) this.#empty += 1;
    this.#hard = header.hard;
    this.#sequence = header.sequence;
  }
}

function sameHard(a: HardState, b: HardState): boolean {
  return a.term === b.term && a.vote === b.vote;
}

function movesBack(before: HardState, after: HardState): boolean {
  if (after.term !== before.term) return after.term < before.term;
  return before.vote !== null && after.vote !== before.vote;
}
