import type { Index } from '../../core/types.ts';
import { StorageError } from '../../kit/errors.ts';
import type { Disk } from '../ports.ts';
import type { Segment } from './prepare.ts';
import { closeAll, type Scan, scanLog } from './scan.ts';
import { corrupt, isTemporary, segmentId } from './segment.ts';
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
  /** Last index that a snapshot holds: the log may begin after it, and no later. Default 0. */
  readonly snapshotIndex?: Index;
};

/** What recovery would find, and say. */
export type ExaminedLog = {
  /** What can be read, its files open; null if not even the first batch can be. */
  readonly scan: Scan | null;
  /** What follows the end and would be dropped. */
  readonly torn: TornTail | null;
  /** Segments after the end: made in advance, and not used. */
  readonly laterIds: readonly number[];
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
  { tailBytes, snapshotIndex = 0 }: ExamineOptions,
): Promise<ExaminedLog> {
  const { scan, fault } = await scanLog(disk, owner, files.ids[0] as number, tailBytes);
  if (scan === null || fault !== null) return { scan, torn: null, laterIds: [], fault };
  const { id } = scan.segments.at(-1) as Segment;
  const laterIds = files.ids.filter((later) => later > id);
  try {
    checkBeginning(scan, snapshotIndex);
    const torn = await findTornTail(disk, owner, scan, laterIds);
    return { scan, torn, laterIds, fault: null };
  } catch (reason) {
    if (reason instanceof StorageError) return { scan, torn: null, laterIds, fault: reason };
    await closeAll(scan.segments);
    throw reason;
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
