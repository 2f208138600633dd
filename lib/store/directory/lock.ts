import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock } from 'fs-native-extensions';
import { StorageError } from '../../kit/errors.ts';
import { storageError } from '../disk/disk-real.ts';

export const LOCK = 'lock';

/**
 * Takes the kernel's lock, which ends with the process however that ends, so none is ever left over.
 *
 * @returns the descriptor that holds it.
 * @throws {StorageError} LOCKED, IO.
 */
export function takeLock(root: string): number {
  const path = join(root, LOCK);
  try {
    const fd = openSync(path, 'a+');
    if (tryLock(fd)) {
      ftruncateSync(fd);
      writeSync(fd, `${process.pid}\n`);
      return fd;
    }
    closeSync(fd);
  } catch (reason) {
    throw storageError('lock', path, reason);
  }
  const holder = readFileSync(path, 'utf8').trim();
  throw new StorageError(
    'LOCKED',
    `another process holds ${root}${holder && ` (pid ${holder})`}: stop that one first, or give this node a directory of its own`,
  );
}

/**
 * Who holds the lock, without waiting for it or writing anything. The kernel can only be asked by
 * sharing the lock for some microseconds; a node that starts in just these is told that it is held.
 *
 * @returns the pid of the holder as it is written there, maybe empty; null if nobody holds it.
 * @throws {StorageError} IO.
 */
export function lockHolder(root: string): string | null {
  const path = join(root, LOCK);
  try {
    const fd = openSync(path, 'r');
    try {
      if (tryLock(fd, { shared: true })) return null;
    } finally {
      closeSync(fd);
    }
    return readFileSync(path, 'utf8').trim();
  } catch (reason) {
    if ((reason as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw storageError('look at', path, reason);
  }
}
