import { mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Index } from '../../core/types.ts';
import { StorageError } from '../../kit/errors.ts';
import { FILE_NAME } from './lmdb-image.ts';
import { readMeta } from './meta.ts';
import { LmdbTables } from './tables-lmdb.ts';

/**
 * What an image of the database that nobody uses has applied. Changes nothing in its directory: the
 * file is opened through a link elsewhere, because LMDB puts its lock file beside the name it is
 * given.
 *
 * @param directory whose image is trusted (`doubtIn`): LMDB ends the process over some that are torn.
 * @returns 0 if there is no image.
 * @throws {StorageError} CORRUPT if the image is damaged, IO.
 */
export async function appliedIn(directory: string): Promise<Index> {
  const file = resolve(directory, FILE_NAME);
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return 0;
  const elsewhere = mkdtempSync(join(tmpdir(), 'raftmq-doctor-'));
  try {
    const link = join(elsewhere, FILE_NAME);
    symlinkSync(file, link);
    const tables = new LmdbTables(link, () => {}, true);
    try {
      return readMeta(tables.open('meta'), tables.open('keys')).applied.index;
    } finally {
      await tables.close();
    }
  } catch (reason) {
    if (!(reason instanceof StorageError)) throw reason;
    throw new StorageError(reason.code, reason.message.replaceAll(elsewhere, directory));
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
}
