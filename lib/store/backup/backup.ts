import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { StorageError } from '../../kit/errors.ts';
import { findIdentity } from '../directory/identity.ts';
import { readOnlyDisk, realDisk } from '../disk/disk-real.ts';
import { snapshotsIn } from '../doctor/check-snapshots.ts';
import { isDirectory, logOf, snapshotsOf } from '../doctor/layout.ts';
import type { Label } from '../snapshot/format.ts';
import { HeldSnapshot } from '../snapshot/held.ts';
import { contentOf, writeSnapshot } from './write-snapshot.ts';

/**
 * Copies the newest snapshot of a node that is whole to a file, whether the node runs or not: a
 * snapshot is never changed once it is there, and one that is removed meanwhile can be read to its
 * end. Every byte is checked on the way.
 *
 * @param root directory of the node, which is only read.
 * @param out a file that does not exist yet.
 * @throws {StorageError} CORRUPT if no snapshot is whole; FULL, IO.
 */
export async function backUp(root: string, out: string): Promise<Label> {
  const file = resolve(out);
  refuseIfThere(file);
  const { cluster } = await identityOf(root);
  const { labels } = await snapshotsIn(root, cluster);
  const disk = readOnlyDisk(snapshotsOf(root));
  for (const label of labels) {
    const held = new HeldSnapshot(disk, label);
    if (!(await held.isWhole())) continue;
    const source = contentOf(held.path, label, held.content(), (same) => {
      return { ...same, isReceived: false };
    });
    return await writeSnapshot(realDisk(dirname(file)), basename(file), source);
  }
  throw new StorageError(
    'CORRUPT',
    `${disk.path} holds no snapshot that is whole: start the node if it does not run, ask it for one (raftmq client: snapshot), and try again`,
  );
}

export function refuseIfThere(path: string): void {
  if (!existsSync(path)) return;
  throw new StorageError('IO', `${path} exists already: name another one, or move it away`);
}

/** Whose directory it is. @throws {StorageError} CORRUPT if that of no node. */
export async function identityOf(
  root: string,
): Promise<{ readonly cluster: string; readonly node: number; readonly incarnation: number }> {
  const walPath = logOf(root);
  const names = isDirectory(walPath) ? await readOnlyDisk(walPath).list() : [];
  const found = await findIdentity(readOnlyDisk(root), walPath, names, null);
  if (found?.hasLog) return found;
  throw new StorageError('CORRUPT', `${root} holds nothing that a node ever stored`);
}
