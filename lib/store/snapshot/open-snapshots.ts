import type { Disk } from '../ports.ts';
import { labelOf } from './content.ts';
import { DiskSnapshots } from './disk-snapshots.ts';
import type { Label } from './format.ts';
import { kindOfName, snapshotName } from './names.ts';

export type OpenedSnapshots = {
  readonly snapshots: DiskSnapshots;
  /** Sentences for the operator: what was found that is of no use. */
  readonly notes: readonly string[];
};

/**
 * Opens the directory of the snapshots of a node of `cluster`. A snapshot whose label cannot be
 * read, or that is of another cluster, is as good as none. What is left of one that was being
 * made is removed; what is left of one that was being received stays, so that it may go on.
 *
 * The content of those that other servers sent is read and checked, because the log may have to make
 * way for it; that of those taken here when it is used.
 *
 * @throws {StorageError} IO.
 */
export async function openSnapshots(disk: Disk, cluster: string): Promise<OpenedSnapshots> {
  const { labels, ruined, temporary, notes } = await surveySnapshots(disk, cluster);
  for (const name of temporary) await disk.remove(name);
  // Also for the names that are there: the process that made them may have ended before its sync.
  await disk.syncDirectory();
  const snapshots = new DiskSnapshots(disk, cluster, labels, ruined);
  const damaged: string[] = [];
  for (const held of snapshots.held) {
    if (held.label.isReceived && !(await held.isWhole()))
      damaged.push(`${held.path}: its content is damaged`);
  }
  return { snapshots, notes: [...notes, ...damaged] };
}

/** What lies in the directory of snapshots. */
export type SnapshotFiles = {
  readonly labels: readonly Label[];
  /** Names of snapshots that say nothing, or nothing for this cluster. */
  readonly ruined: readonly string[];
  readonly temporary: readonly string[];
  readonly parts: readonly string[];
  readonly notes: readonly string[];
};

/**
 * Reads the labels of all snapshots. Changes nothing.
 *
 * @param cluster whose they must be, or null if that does not matter.
 * @returns the newest first.
 * @throws {StorageError} IO.
 */
export async function surveySnapshots(disk: Disk, cluster: string | null): Promise<SnapshotFiles> {
  const names = [...(await disk.list())].sort();
  const labels: Label[] = [];
  const ruined: string[] = [];
  const notes: string[] = [];
  for (const name of names) {
    if (kindOfName(name) === 'unknown') {
      notes.push(`${disk.path}/${name}: not a file of this program, left alone`);
    }
    if (kindOfName(name) !== 'snapshot') continue;
    const label = await readLabelOf(disk, name, cluster);
    if (typeof label !== 'string') {
      labels.push(label);
      continue;
    }
    ruined.push(name);
    notes.push(`${disk.path}/${name}: of no use: ${label}`);
  }
  labels.reverse();
  const temporary = names.filter((name) => kindOfName(name) === 'temporary');
  const parts = names.filter((name) => kindOfName(name) === 'part');
  return { labels, ruined, temporary, parts, notes };
}

async function readLabelOf(
  disk: Disk,
  name: string,
  cluster: string | null,
): Promise<Label | string> {
  const file = await disk.open(name);
  try {
    const label = await labelOf(file);
    if (typeof label === 'string') return label;
    if (cluster !== null && label.cluster !== cluster) return `it is of cluster "${label.cluster}"`;
    if (snapshotName(label.snapshot) !== name) return 'its name is that of another';
    return label;
  } finally {
    await file.close();
  }
}
