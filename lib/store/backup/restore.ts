import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { foundedBy } from '../../core/quorum.ts';
import type { Member, NodeId } from '../../core/types.ts';
import { StorageError } from '../../kit/errors.ts';
import { openDataDirectory } from '../directory/data-directory.ts';
import { makeDirectory } from '../directory/make-directory.ts';
import { fromSystem, readOnlyDisk, realDisk } from '../disk/disk-real.ts';
import { chunkAt, labelOf } from '../snapshot/content.ts';
import type { Label } from '../snapshot/format.ts';
import { type About, contentOf, type Source, writeSnapshot } from './write-snapshot.ts';

/** The cluster that begins with a state that is there. */
export type NewCluster = {
  readonly cluster: string;
  readonly members: readonly Member[];
};

/**
 * Makes the data directory of a node of a new cluster that begins with the state of a backup. All nodes
 * of the cluster get the same. A start takes the snapshot for one that was received, and goes on
 * from it.
 *
 * @param file written by `backUp`.
 * @param data directory of all nodes; that of this one is made, or is empty.
 * @throws {StorageError} CORRUPT if the file is no whole backup, or is of a cluster of the same name,
 *   whose nodes would be taken for ours; IO if there is something in the way; FULL.
 */
export async function restoreNode(
  file: string,
  data: string,
  node: NodeId,
  { cluster, members }: NewCluster,
): Promise<Label> {
  const path = resolve(file);
  const opened = await readOnlyDisk(dirname(path)).open(basename(path));
  try {
    const label = await labelOf(opened);
    if (typeof label === 'string') throw new StorageError('CORRUPT', `${path}: ${label}`);
    refuseSameName(path, label, cluster);
    const content = (async function* (): AsyncGenerator<Uint8Array> {
      for (const chunk of label.sums.keys())
        yield await chunkAt(opened, chunk, label.snapshot.bytes);
    })();
    const about = ({ snapshot }: Label): About => {
      return {
        cluster,
        snapshot: { ...snapshot, configuration: foundedBy(members) },
        isReceived: true,
      };
    };
    const source = contentOf(path, label, content, about);
    return await makeNode(join(data, `${node}`), node, { cluster, members }, source);
  } finally {
    await opened.close();
  }
}

/**
 * Makes the data directory of a node that begins with a snapshot.
 *
 * @throws {StorageError} IO if it is there and not empty; what `source` throws. Nothing is left then.
 */
export async function makeNode(
  root: string,
  node: NodeId,
  { cluster, members }: NewCluster,
  source: Source,
): Promise<Label> {
  refuseUnlessEmpty(root);
  const snapshots = join(root, 'snapshots');
  const top = await fromSystem('make', snapshots, makeDirectory(snapshots));
  try {
    // First the state, then the name under which a node may use it.
    const label = await writeSnapshot(realDisk(snapshots), null, source);
    await (await openDataDirectory(root, { cluster, node, members })).close();
    return label;
  } catch (reason) {
    for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true });
    if (top !== undefined) rmSync(top, { recursive: true, force: true });
    throw reason;
  }
}

/** A directory that is missing counts as empty. */
export function refuseUnlessEmpty(root: string): void {
  if (!existsSync(root)) return;
  const [first] = readdirSync(root);
  if (first === undefined) return;
  throw new StorageError(
    'IO',
    `${root} holds ${first} already, and only an empty directory is filled: name another one, or move that away`,
  );
}

export function refuseSameName(
  path: string,
  label: { readonly cluster: string },
  cluster: string,
): void {
  if (label.cluster !== cluster) return;
  throw new StorageError(
    'FOREIGN',
    `${path} is of cluster ${JSON.stringify(cluster)}, and a new cluster needs a name of its own, so that the old nodes are refused: name one with --cluster`,
  );
}
