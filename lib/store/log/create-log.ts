import { type EntryId, type HardState, ORIGIN } from '../../core/types.ts';
import type { Disk } from '../ports.ts';
import { encodeBatch } from './batch.ts';
import { prepareSegment, type Segment } from './prepare.ts';
import { FIRST_BATCH, type Owner, ownerCheck, SECTOR_BYTES } from './segment.ts';

/** Small, so that a node is up at once; each segment after it is larger, up to the full size. */
const FIRST_SEGMENT_BYTES = 1024 * 1024;
const FIRST_SEGMENT_ID = 1;

/**
 * Makes the log of a node that never stored anything: term 0, no vote, no entries.
 *
 * @param segmentBytes full size of a segment; the first one is never larger than 1 MiB.
 * @throws {StorageError} FULL or IO.
 */
export async function createLog(
  disk: Disk,
  owner: Owner,
  segmentBytes = FIRST_SEGMENT_BYTES,
): Promise<void> {
  const opening = {
    segment: FIRST_SEGMENT_ID,
    sequence: 1,
    chain: 0,
    hard: { term: 0, vote: null },
    base: ORIGIN,
  };
  const { segment } = await openSegment(disk, ownerCheck(owner), segmentBytes, opening);
  await segment.file.close();
}

/** The first batch of a log. */
export type Opening = {
  /** Id of the segment to make for it. */
  readonly segment: number;
  readonly sequence: number;
  /** Checksum of the batch before, 0 for none. */
  readonly chain: number;
  readonly hard: HardState;
  /** The place before the first entry that the log will hold. */
  readonly base: EntryId;
};

/** A segment with the first batch of a log in it, and the checksum of that batch. */
export type OpenedSegment = { readonly segment: Segment; readonly checksum: number };

/**
 * Makes a segment that a log begins with; durable under its name when it resolves.
 *
 * @param segmentBytes full size of a segment.
 * @throws {StorageError} FULL or IO.
 */
export async function openSegment(
  disk: Disk,
  owner: number,
  segmentBytes: number,
  { segment: id, sequence, chain, hard, base }: Opening,
): Promise<OpenedSegment> {
  const place = { segment: id, offset: FIRST_BATCH };
  const batch = Buffer.alloc(SECTOR_BYTES);
  const header = {
    owner,
    place,
    bytes: SECTOR_BYTES,
    sequence,
    chain,
    count: 0,
    first: base.index + 1,
    hard,
    next: 0,
    mark: place,
    before: base,
    begins: true,
  };
  const { checksum } = encodeBatch(header, [], batch);
  const bytes = Math.min(segmentBytes, FIRST_SEGMENT_BYTES);
  const segment = await prepareSegment(disk, owner, id, bytes, { opening: batch });
  return { segment, checksum };
}
