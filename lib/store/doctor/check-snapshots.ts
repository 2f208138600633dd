import type { Configuration } from '../../core/types.ts';
import { StorageError } from '../../kit/errors.ts';
import { readOnlyDisk } from '../disk/disk-real.ts';
import type { SnapshotPlace } from '../log/examine.ts';
import { HeldSnapshot } from '../snapshot/held.ts';
import { type SnapshotFiles, surveySnapshots } from '../snapshot/open-snapshots.ts';
import { type Finding, finding } from './finding.ts';
import { isDirectory, snapshotsOf } from './layout.ts';

/**
 * Reads and checks every snapshot of a node.
 *
 * @returns what the log must know of them, newest first.
 * @throws {StorageError} IO.
 */
export async function* checkSnapshots(
  root: string,
  cluster: string,
): AsyncGenerator<Finding, readonly SnapshotPlace[]> {
  const path = snapshotsOf(root);
  const { labels, ruined, parts, notes } = await snapshotsIn(root, cluster);
  // those of files that are unknown are told with all others
  const faults = notes.filter((note) => ruined.some((name) => note.startsWith(`${path}/${name}:`)));
  for (const says of faults) yield finding('warning', 'snapshots', says);
  const disk = readOnlyDisk(path);
  const places: SnapshotPlace[] = [];
  for (const label of labels) {
    const held = new HeldSnapshot(disk, label);
    const whole = await isWhole(held);
    if (whole === null) continue;
    places.push(held.place);
    yield whole ? finding('ok', 'snapshots', inWords(held)) : damaged(held);
  }
  for (const name of parts) {
    const says = `${path}/${name}: received in part; it goes on when the leader sends that one again, else it is removed`;
    yield finding('note', 'snapshots', says);
  }
  return places;
}

/** Reads the labels of all snapshots of a node; those of any cluster if it is not known. */
export async function snapshotsIn(root: string, cluster: string | null): Promise<SnapshotFiles> {
  const path = snapshotsOf(root);
  if (isDirectory(path)) return surveySnapshots(readOnlyDisk(path), cluster);
  return { labels: [], ruined: [], temporary: [], parts: [], notes: [] };
}

/** @returns null of one that has gone meanwhile, as those of a running node may. */
async function isWhole(held: HeldSnapshot): Promise<boolean | null> {
  try {
    return await held.isWhole();
  } catch (reason) {
    const { cause } = reason as StorageError;
    const isGone = (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    if (reason instanceof StorageError && isGone) return null;
    throw reason;
  }
}

function inWords({ path, label }: HeldSnapshot): string {
  const { index, term, rev, bytes, configuration } = label.snapshot;
  const from = label.isReceived ? 'received' : 'taken here';
  return `${path}: ${from}, entry ${index} of term ${term}, rev ${rev}, ${bytes} bytes as they were written, ${membersOf(configuration)}`;
}

/** Who takes part, in few words. */
export function membersOf({ voters, outgoing, learners }: Configuration): string {
  const parts = [`voters ${voters.join(', ')}`];
  if (outgoing.length > 0) parts.push(`outgoing ${outgoing.join(', ')}`);
  if (learners.length > 0) parts.push(`learners ${learners.join(', ')}`);
  return parts.join('; ');
}

function damaged({ path }: HeldSnapshot): Finding {
  return finding(
    'warning',
    'snapshots',
    `${path}: its content is damaged; the node starts as long as its database is whole or an older snapshot steps in: start it, and ask it for another one (raftmq client: snapshot)`,
  );
}
