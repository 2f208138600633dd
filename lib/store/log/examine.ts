import type { EntryId, Index } from '../../core/types.ts';
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
  /** The newest one that is there. The log may begin after it, and no later. Default: none. */
  readonly snapshot?: SnapshotPlace | null;
};

/** What a log must know of a snapshot. */
export type SnapshotPlace = EntryId & {
  /** It came from another server, so the log may never have held what it stands for. */
  readonly isReceived: boolean;
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
  /** True if the snapshot takes the place of the whole log, which then begins anew after it. */
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
  { tailBytes, snapshot = null }: ExamineOptions,
): Promise<ExaminedLog> {
  const nothing = { scan: null, torn: null, earlierIds: [], laterIds: [], isReplaced: false };
  const first = await beginningOf(disk, owner, files.ids);
  if (typeof first !== 'number') return { ...nothing, fault: first };
  const earlierIds = files.ids.filter((earlier) => earlier < first);
  const { scan, fault } = await scanLog(disk, owner, first, tailBytes);
  if (scan === null || fault !== null) return { ...nothing, scan, earlierIds, fault };
  const { id } = scan.segments.at(-1) as Segment;
  const laterIds = files.ids.filter((later) => later > id);
  const found = { ...nothing, scan, earlierIds, laterIds };
  try {
    checkBeginning(scan, snapshot?.index ?? 0);
    const torn = await findTornTail(disk, owner, scan, laterIds);
    const isReplaced = snapshot !== null && !holds(scan, snapshot);
    const fault = snapshot !== null && isReplaced ? faultOf(scan, snapshot) : null;
    return { ...found, torn, isReplaced, fault };
  } catch (reason) {
    if (reason instanceof StorageError) return { ...found, fault: reason };
    await closeAll(scan.segments);
    throw reason;
  }
}

/** True if the log goes on from the snapshot, or over it. */
function holds({ positions }: Scan, { index, term }: EntryId): boolean {
  return index <= positions.last.index && positions.termBefore(index + 1) === term;
}

/**
 * A snapshot of the server's own is taken of what its log holds, so a log that does not has lost
 * something. One that was received may be of entries that never came here.
 */
function faultOf({ positions, segments }: Scan, snapshot: SnapshotPlace): StorageError | null {
  if (snapshot.isReceived) return null;
  const { last } = positions;
  const { path } = segments.at(-1) as Segment;
  const found =
    snapshot.index > last.index
      ? `the log ends at entry ${last.index}, although this node took a snapshot at ${snapshot.index}`
      : `entry ${snapshot.index} has another term than the snapshot that this node took there`;
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

function checkBeginning({ segments, positions }: Scan, snapshotIndex: Index): void {
  const { base } = positions;
  if (base.index <= snapshotIndex) return;
  const first = segments[0] as Segment;
  throw corrupt(first.path, 0, `the log begins after entry ${base.index}, older files are gone`);
}

/** A log that changes under the reader looks damaged once, and not so often at the same place. */
const SAME_FAULTS = 3;
const ATTEMPTS = 10;

/**
 * The same of a log that a running node may write to meanwhile. What it writes just then can look
 * like damage, but then it has gone on a moment later: only what is found again and again counts.
 * Its end is not judged.
 */
export async function examineMovingLog(
  disk: Disk,
  owner: number,
  options: ExamineOptions,
): Promise<ExaminedLog> {
  let same = 0;
  let before = '';
  for (let attempt = 1; ; attempt += 1) {
    const examined = await examineLog(disk, owner, await surveyLog(disk), options);
    const { fault, scan } = examined;
    if (fault === null || attempt === ATTEMPTS) return { ...examined, torn: null, fault: null };
    same = fault.message === before ? same + 1 : 1;
    if (same === SAME_FAULTS) return { ...examined, torn: null };
    before = fault.message;
    await closeAll(scan?.segments ?? []);
  }
}
