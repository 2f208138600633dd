import { readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { STAMP_NAME, TEMPORARY_NAME } from '../database/image-stamp.ts';
import { FILE_NAME } from '../database/lmdb-image.ts';
import { NAME as IDENTITY, TEMPORARY as NEW_IDENTITY } from '../directory/identity.ts';
import { LOCK } from '../directory/lock.ts';
import { segmentId as flightId } from '../flight/segment.ts';
import { isTemporary, segmentId } from '../log/segment.ts';
import { kindOfName } from '../snapshot/names.ts';

/** The directories of nodes, and what belongs into one. */

/** Where the files of a node lie; '' is its own directory. */
export const PARTS = ['', 'wal', 'snapshots', 'db', 'flight'] as const;
/** What makes a directory that of a node. */
const MARKS = [IDENTITY, LOCK, 'wal'];
const FILES: Readonly<Record<string, readonly string[]>> = {
  '': [IDENTITY, NEW_IDENTITY, LOCK, 'wal', 'snapshots', 'db', 'flight'],
  db: [FILE_NAME, `${FILE_NAME}-lock`, STAMP_NAME, TEMPORARY_NAME],
};

/**
 * The directories of nodes that are meant by `path`: itself, or those below it, by their numbers.
 *
 * @returns none if it holds none.
 * @throws {Error} of the operating system, if it is no directory or may not be read.
 */
export function nodeDirectories(path: string): readonly string[] {
  const names = readdirSync(path);
  if (names.some((name) => MARKS.includes(name))) return [path];
  const below = names.filter((name) => isNumber(name) && isDirectory(join(path, name)));
  below.sort((a, b) => Number(a) - Number(b));
  if (below.length > 0) return below.map((name) => join(path, name));
  return isNumber(basename(resolve(path))) ? [path] : [];
}

function isNumber(name: string): boolean {
  return /^[1-9]\d{0,14}$/.test(name);
}

export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Names in a directory, sorted; none if there is no such directory, or it may not be read. */
export function namesIn(path: string): readonly string[] {
  if (!isDirectory(path)) return [];
  try {
    return readdirSync(path).sort();
  } catch (reason) {
    // the check of rights says it
    if ((reason as NodeJS.ErrnoException).code === 'EACCES') return [];
    throw reason;
  }
}

/** Whether this program would make a file of that name. @param part '' for the node's own directory. */
export function isKnown(part: (typeof PARTS)[number], name: string): boolean {
  if (part === 'snapshots') return kindOfName(name) !== 'unknown';
  if (part === 'wal') return segmentId(name) !== null || isTemporary(name);
  if (part === 'flight') return flightId(name) !== null;
  return FILES[part]?.includes(name) === true;
}

/** The directory of the log of the node whose directory that is. */
export function logOf(root: string): string {
  return join(root, 'wal');
}

/** The directory of the snapshots of the node whose directory that is. */
export function snapshotsOf(root: string): string {
  return join(root, 'snapshots');
}
