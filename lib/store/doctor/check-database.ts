import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Index } from '../../core/types.ts';
import { StorageError } from '../../kit/errors.ts';
import { appliedIn } from '../database/applied-in.ts';
import { readBootId } from '../database/boot-id.ts';
import { aheadFault, doubtIn } from '../database/database.ts';
import { FILE_NAME } from '../database/lmdb-image.ts';
import { storageError } from '../disk/disk-real.ts';
import { type Finding, finding, isFromSystem, refusal } from './finding.ts';
import { isDirectory } from './layout.ts';

/**
 * Whether the image of the log would be trusted, and whether it goes with the log.
 *
 * @param logLast last entry of the log, or null if the log would be refused.
 * @returns what it has applied: nothing if it would be thrown away, null if that is not known.
 * @throws {StorageError} TOO_NEW, IO.
 */
export async function* checkDatabase(
  root: string,
  logLast: Index | null,
  boot: string | null = readBootId(),
): AsyncGenerator<Finding, Index | null> {
  const directory = join(root, 'db');
  if (!isDirectory(directory)) {
    if (existsSync(directory))
      yield refusal('database', storageError('make', directory, NO_DIRECTORY));
    else {
      const says = `${directory}: there is none; a start makes it from the newest snapshot and the log`;
      yield finding('note', 'database', says);
    }
    return 0;
  }
  const doubt = await doubtIn(directory, boot);
  if (doubt !== null) {
    yield finding('note', 'database', rebuilt(directory, doubt));
    return 0;
  }
  try {
    const applied = await appliedIn(directory);
    const fault = logLast === null ? null : aheadFault(directory, applied, logLast);
    if (fault !== null) yield refusal('database', fault);
    else
      yield finding('ok', 'database', `${directory}/${FILE_NAME}: applied up to entry ${applied}`);
    return applied;
  } catch (reason) {
    if (reason instanceof StorageError) {
      yield finding('note', 'database', rebuilt(directory, reason.message));
      return 0;
    }
    if (isFromSystem(reason)) {
      // such as no room for temporary files, which a start does not need
      yield finding('warning', 'database', `${directory}: not looked into: ${reason.message}`);
      return null;
    }
    throw reason;
  }
}

function rebuilt(directory: string, why: string): string {
  return `${directory}: a start rebuilds it from the newest snapshot and the log: ${why}`;
}

const NO_DIRECTORY = { code: 'ENOTDIR', message: 'ENOTDIR: it is no directory' };
