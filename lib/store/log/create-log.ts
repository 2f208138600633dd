import { ORIGIN } from '../../core/types.ts';
import type { Disk } from '../ports.ts';
import { encodeBatch } from './batch.ts';
import { prepareSegment } from './prepare.ts';
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
  const check = ownerCheck(owner);
  const place = { segment: FIRST_SEGMENT_ID, offset: FIRST_BATCH };
  const opening = Buffer.alloc(SECTOR_BYTES);
  const header = {
    owner: check,
    place,
    bytes: SECTOR_BYTES,
    sequence: 1,
    chain: 0,
    count: 0,
    first: ORIGIN.index + 1,
    hard: { term: 0, vote: null },
    next: 0,
    mark: place,
    before: ORIGIN,
  };
  encodeBatch(header, [], opening);
  const bytes = Math.min(segmentBytes, FIRST_SEGMENT_BYTES);
  const segment = await prepareSegment(disk, check, FIRST_SEGMENT_ID, bytes, { opening });
  await segment.file.close();
}
