import type { Disk, DiskFile } from '../ports.ts';
import { decodeHeader, endIn } from './batch.ts';
import { Blank } from './blank.ts';
import type { Segment } from './prepare.ts';
import type { Scan } from './scan.ts';
import {
  corrupt,
  FIRST_BATCH,
  isBefore,
  type Place,
  SECTOR_BYTES,
  segmentName,
} from './segment.ts';

/** What is left of a batch that never became durable: `bytes` from the end of the log on. */
export type TornTail = { readonly bytes: number; readonly why: string };

const CHUNK_BYTES = 1024 * 1024;

/**
 * Looks at what follows the last intact batch, and decides whether it may be dropped.
 *
 * A sync covers one batch, and a batch is begun only when the one before it is durable. So all that a crash can
 * leave behind the last intact batch is a part of one batch that nobody was told about. It is
 * that if nothing was begun after it, and if it is visibly incomplete: a word of it is still
 * blank, or its end is not there. Anything else was complete once and has changed since.
 *
 * @param laterIds segments after the one where the log ends.
 * @returns null if nothing follows.
 * @throws {StorageError} CORRUPT if what follows may have been acknowledged.
 */
export async function findTornTail(
  disk: Disk,
  owner: number,
  scan: Scan,
  laterIds: readonly number[],
): Promise<TornTail | null> {
  const segment = scan.segments.at(-1) as Segment;
  const end = { segment: segment.id, offset: scan.end };
  const refuse = (found: string) => corrupt(segment.path, scan.end, found);

  const rest = await search(segment.file, owner, segment.id, end);
  if (rest.later !== null) throw refuse(lostBefore(segment.path, rest.later));
  for (const id of laterIds) {
    const later = await searchLater(disk, owner, id, end);
    if (later !== null) throw refuse(lostBefore(`${disk.path}/${segmentName(id)}`, later));
  }
  if (rest.writtenTo === scan.end) return null;

  const bytes = rest.writtenTo - scan.end;
  const remains = await segment.file.read(scan.end, bytes);
  const why = incomplete(remains, owner, end, scan.sequence + 1);
  if (why === null) {
    throw refuse(
      'the last batch is complete but damaged, and no later one tells whether it was acknowledged',
    );
  }
  return { bytes, why };
}

function lostBefore(path: string, later: Place): string {
  return `no intact batch, although the batch at offset ${later.offset} of ${path} was written after it`;
}

/**
 * Why the batch that began at `place` cannot have become durable, or null if it may have.
 *
 * @param remains what was written from there on, up to the last sector that is not blank.
 */
function incomplete(remains: Buffer, owner: number, place: Place, sequence: number): string | null {
  const blank = new Blank(owner, place.segment);
  const flags = blank.sectors(remains, place.offset);
  if (flags[0]) return 'its beginning was never written';

  const header = decodeHeader(remains, 0, owner, place);
  if (header !== null) {
    // More than this batch: another one was begun, so this one was durable.
    if (header.bytes < remains.length) return null;
    if (header.bytes > remains.length) return 'its end was never written';
    if (blank.hasWord(remains, place.offset)) return 'a part of it was never written';
    return endIn(remains, sequence) === 'none' ? 'it has no end' : null;
  }

  for (let at = 0; at < remains.length && !flags[at / SECTOR_BYTES]; at += SECTOR_BYTES) {
    const upTo = remains.subarray(0, at + SECTOR_BYTES);
    if (endIn(upTo, sequence) !== 'whole') continue;
    return blank.hasWord(upTo, place.offset) ? 'a part of it was never written' : null;
  }
  return 'it has neither a beginning nor an end';
}

type Found = {
  /** Where the last sector that is not blank ends; `from` if all are. */
  readonly writtenTo: number;
  /** A batch that was begun when everything up to and at `from` was durable. */
  readonly later: Place | null;
};

/** Looks through the rest of a segment, sector by sector. */
async function search(file: DiskFile, owner: number, segment: number, from: Place): Promise<Found> {
  const blank = new Blank(owner, segment);
  const start = segment === from.segment ? from.offset : FIRST_BATCH;
  const size = Math.floor((await file.size()) / SECTOR_BYTES) * SECTOR_BYTES;
  let writtenTo = start;
  for (let at = start; at < size; at += CHUNK_BYTES) {
    const chunk = await file.read(at, Math.min(CHUNK_BYTES, size - at));
    if (chunk.equals(blank.bytes(at, chunk.length))) continue;
    const flags = blank.sectors(chunk, at);
    for (let i = 0; i < flags.length; i += 1) {
      if (flags[i]) continue;
      const place = { segment, offset: at + i * SECTOR_BYTES };
      writtenTo = place.offset + SECTOR_BYTES;
      const header = decodeHeader(chunk, i * SECTOR_BYTES, owner, place);
      if (header !== null && isBefore(from, header.mark)) return { writtenTo, later: place };
    }
  }
  return { writtenTo, later: null };
}

async function searchLater(
  disk: Disk,
  owner: number,
  id: number,
  from: Place,
): Promise<Place | null> {
  const file = await disk.open(segmentName(id));
  try {
    return (await search(file, owner, id, from)).later;
  } finally {
    await file.close();
  }
}
