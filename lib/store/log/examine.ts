import type { EntryId } from '../../core/types.ts';
import { StorageError } from '../../kit/errors.ts';
import type { Disk } from '../ports.ts';
import { decodeHeader } from './batch.ts';
import type { Segment } from './prepare.ts';
import { closeAll, type Scan, scanLog } from './scan.ts';
import {
  corrupt,
  FIRST_BATCH,
  isTemporary,
  SECTOR_BYTES,
  segmentId,
  segmentName,
} from './segment.ts';
import { findTornTail, type TornTail } from './torn-tail.ts';

/** The files in the directory of a log. */
export type LogFiles = {
  /** Ids of the segments, rising. */
  readonly ids: readonly number[];
  readonly temporary: readonly string[];
  readonly unknown: readonly string[];
};

export type ExamineOptions = {
  /** Newest entries to hand over in memory: at most so many bytes of records. */
  readonly tailBytes: number;
  /** Those that are there, newest first. The log may begin after one of them. Default: none. */
  readonly snapshots?: readonly SnapshotPlace[];
};

/** What a log must know of a snapshot. */
export type SnapshotPlace = EntryId & {
  /** It came from another server, so the log may never have held what it stands for. */
  readonly isReceived: boolean;
  /** Its content is known not to be what was written. */
  readonly isDamaged: boolean;
};

/** What recovery would find, and say. */
export type ExaminedLog = {
  /** What can be read, its files open; null if not even the first batch can be. */
  readonly scan: Scan | null;
  /** What follows the end and would be dropped. */
  readonly torn: TornTail | null;
  /** Segments before the beginning: left behind when the log began anew. */
  readonly earlierIds: readonly number[];
  /** Segments after the end: made in advance, and not used. */
  readonly laterIds: readonly number[];
  /** The snapshot that the log goes on from; null if it begins with the first entry. */
  readonly snapshot: EntryId | null;
  /** That snapshot takes the place of the whole log, which then begins anew after it. */
  readonly isReplaced: boolean;
  /** Why the log would be refused, or null. */
  readonly fault: StorageError | null;
};

/**
 * Lists what is there.
 *
 * @throws {StorageError} IO.
 */
export async function surveyLog(disk: Disk): Promise<LogFiles> {
  const names = [...(await disk.list())].sort();
  const ids = names.map(segmentId).filter((id) => id !== null);
  const temporary = names.filter(isTemporary);
  const unknown = names.filter((name) => segmentId(name) === null && !isTemporary(name));
  return { ids, temporary, unknown };
}

/**
 * Reads a log and comes to the verdict of recovery on it. Changes nothing on disk. The caller closes
 * the files of the scan.
 *
 * @param files at least one segment among them.
 */
export async function examineLog(
  disk: Disk,
  owner: number,
  files: LogFiles,
  { tailBytes, snapshots = [] }: ExamineOptions,
): Promise<ExaminedLog> {
  const nothing = {
    scan: null,
    torn: null,
    earlierIds: [],
    laterIds: [],
    snapshot: null,
    isReplaced: false,
  };
  const first = await beginningOf(disk, owner, files.ids);
  if (typeof first !== 'number') return { ...nothing, fault: first };
  const earlierIds = files.ids.filter((earlier) => earlier < first);
  const { scan, fault } = await scanLog(disk, owner, first, tailBytes);
  if (scan === null || fault !== null) return { ...nothing, scan, earlierIds, fault };
  const { id } = scan.segments.at(-1) as Segment;
  const laterIds = files.ids.filter((later) => later > id);
  const found = { ...nothing, scan, earlierIds, laterIds };
  try {
    const torn = await findTornTail(disk, owner, scan, laterIds);
    return { ...found, torn, ...joinSnapshot(scan, snapshots), fault: null };
  } catch (reason) {
    if (reason instanceof StorageError) return { ...found, fault: reason };
    await closeAll(scan.segments);
    throw reason;
  }
}

/**
 * Finds the newest snapshot that the log goes on from, or that takes its place.
 *
 * @throws {StorageError} CORRUPT if the log has lost something: its beginning without a snapshot that
 *   stands for it, or what a snapshot was taken of.
 */
function joinSnapshot(
  { positions, segments }: Scan,
  snapshots: readonly SnapshotPlace[],
): Pick<ExaminedLog, 'snapshot' | 'isReplaced'> {
  const { base, last } = positions;
  for (const { index, term, isReceived, isDamaged } of snapshots) {
    if (index < base.index) break;
    const isHeld = index <= last.index && positions.termBefore(index + 1) === term;
    const snapshot = { index, term };
    if (isHeld) return { snapshot, isReplaced: false };
    // It is of what this log held, so a log that does not has lost it.
    if (!isReceived) throw lost((segments.at(-1) as Segment).path, last, snapshot);
    // One that was received may be of entries that never came here. A damaged one never came itself.
    if (!isDamaged) return { snapshot, isReplaced: true };
  }
  if (base.index === 0) return { snapshot: null, isReplaced: false };
  throw corrupt(
    (segments[0] as Segment).path,
    0,
    `the log begins after entry ${base.index}, and no snapshot stands for what came before`,
  );
}

function lost(path: string, last: EntryId, { index, term }: EntryId): StorageError {
  const found =
    index > last.index
      ? `the log ends at entry ${last.index}, although this node took a snapshot at ${index}`
      : `entry ${index} is not of term ${term}, although this node took a snapshot of it`;
  return corrupt(path, 0, found);
}

/** The segment that a log begins with: the last one that says so, or the oldest that there is. */
async function beginningOf(
  disk: Disk,
  owner: number,
  ids: readonly number[],
): Promise<number | StorageError> {
  try {
    for (const id of [...ids].reverse()) if (await begins(disk, owner, id)) return id;
  } catch (reason) {
    if (reason instanceof StorageError) return reason;
    throw reason;
  }
  return ids[0] as number;
}

async function begins(disk: Disk, owner: number, id: number): Promise<boolean> {
  const file = await disk.open(segmentName(id));
  try {
    const sector = await file.read(FIRST_BATCH, SECTOR_BYTES);
    const place = { segment: id, offset: FIRST_BATCH };
    return decodeHeader(sector, 0, owner, place)?.begins ?? false;
  } finally {
    await file.close();
  }
}

/** A log that changes under the reader looks damaged once, and not so often at the same place. */
const SAME_FAULTS = 3;
const ATTEMPTS = 10;

/**
 * The same of a log that a running node may write to meanwhile. What it writes just then can look
 * like damage, but then it has gone on a moment later: only what is found again and again counts.
 * Its end is not judged.
 *
 * @param look asked each time: its snapshots move on as well.
 */
export async function examineMovingLog(
  disk: Disk,
  owner: number,
  look: () => Promise<ExamineOptions>,
): Promise<ExaminedLog> {
  let same = 0;
  let before = '';
  for (let attempt = 1; ; attempt += 1) {
    const examined = await examineLog(disk, owner, await surveyLog(disk), await look());
    const { fault, scan } = examined;
    if (fault === null || attempt === ATTEMPTS) return { ...examined, torn: null, fault: null };
    same = fault.message === before ? same + 1 : 1;
    if (same === SAME_FAULTS) return { ...examined, torn: null };
    before = fault.message;
    await closeAll(scan?.segments ?? []);
  }
}
