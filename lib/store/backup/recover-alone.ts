import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Entry } from '../../core/entry.ts';
import { foundedBy } from '../../core/quorum.ts';
import { type EntryId, ORIGIN } from '../../core/types.ts';
import { StorageError } from '../../kit/errors.ts';
import { openDatabase } from '../database/database.ts';
import type { MachineLimits } from '../database/machine.ts';
import type { ReplaceableMachine } from '../database/replaceable-machine.ts';
import { lockHolder } from '../directory/lock.ts';
import { readOnlyDisk } from '../disk/disk-real.ts';
import { logOf, snapshotsOf } from '../doctor/layout.ts';
import { entriesOf, type ReadableLog, readLog } from '../doctor/read-log.ts';
import type { Label } from '../snapshot/format.ts';
import { HeldSnapshot } from '../snapshot/held.ts';
import { identityOf } from './backup.ts';
import { makeNode, type NewCluster, refuseSameName, refuseUnlessEmpty } from './restore.ts';
import type { Source } from './write-snapshot.ts';

/** What a node that has outlived its cluster still holds. */
export type Survivor = {
  readonly root: string;
  readonly cluster: string;
  readonly node: number;
  /** Null if the log begins with the first entry. */
  readonly snapshot: Label | null;
  /** The last entry that is here. */
  readonly last: EntryId;
};

/**
 * Looks at the directory of a node that does not run. Changes nothing.
 *
 * @throws {StorageError} LOCKED if it runs, CORRUPT if it would not start, IO.
 */
export async function examineSurvivor(root: string): Promise<Survivor> {
  refuseIfRuns(root);
  const { cluster, node } = await identityOf(root);
  const log = await openLogOf(root);
  try {
    const snapshot = labelIn(log);
    const held = log.scan?.positions.last ?? ORIGIN;
    const last = log.isReplaced && snapshot !== null ? snapshot.snapshot : held;
    return { root, cluster, node, snapshot, last: { index: last.index, term: last.term } };
  } finally {
    await log.close();
  }
}

/**
 * Makes the data directory of a new cluster of one: this node, with all that it holds, whether it was
 * ever acknowledged or not. Its own directory stays as it is.
 *
 * @param data directory of all nodes of the new cluster; that of this node is made there.
 * @param founded the name of the new cluster, and this node as its only member.
 * @throws {StorageError} FOREIGN if the new cluster has the name of the old one; IO if there is
 *   something in the way; FULL; and what `examineSurvivor` throws.
 */
export async function recoverAlone(
  survivor: Survivor,
  data: string,
  founded: NewCluster,
  limits: MachineLimits,
): Promise<Label> {
  const { root, node } = survivor;
  refuseIfRuns(root);
  refuseSameName(root, survivor, founded.cluster);
  const target = resolve(data, `${node}`);
  refuseUnlessEmpty(target);
  mkdirSync(resolve(data), { recursive: true });
  const directory = mkdtempSync(join(resolve(data), '.recovering-'));
  try {
    const { machine } = await openDatabase({ directory, logLast: survivor.last.index, limits });
    try {
      await rebuild(machine, survivor);
      return await makeNode(target, node, founded, copyOf(machine, founded));
    } finally {
      await machine.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function copyOf(machine: ReplaceableMachine, { cluster, members }: NewCluster): Source {
  return async (write) => {
    const { applied, rev } = await machine.copy(write);
    const configuration = foundedBy(members);
    return { cluster, snapshot: { ...applied, rev, configuration }, isReceived: true };
  };
}

/** Applies all that the survivor has. */
async function rebuild(
  machine: ReplaceableMachine,
  { root, snapshot, last }: Survivor,
): Promise<void> {
  if (snapshot !== null) {
    const held = new HeldSnapshot(readOnlyDisk(snapshotsOf(root)), snapshot);
    if (!(await held.isWhole())) {
      throw new StorageError(
        'CORRUPT',
        `the snapshot ${held.path} is damaged: recover another node, or restore a backup`,
      );
    }
    await machine.install(held.content());
  }
  const log = await openLogOf(root);
  try {
    if (log.scan === null || log.isReplaced) return;
    let batch: Entry[] = [];
    for await (const entry of entriesOf(log.scan, machine.applied + 1, last.index)) {
      batch.push(entry);
      if (batch.length < BATCH_ENTRIES && entry.index < last.index) continue;
      machine.apply(batch);
      batch = [];
    }
  } finally {
    await log.close();
  }
}

const BATCH_ENTRIES = 512;

function labelIn({ labels, snapshot }: ReadableLog): Label | null {
  const found = labels.find((label) => label.snapshot.index === snapshot?.index);
  return found ?? null;
}

/** @throws {StorageError} CORRUPT if it cannot be read to its end. */
async function openLogOf(root: string): Promise<ReadableLog> {
  const log = await readLog(logOf(root));
  if (log === null) throw new StorageError('CORRUPT', `${root} has no log`);
  if (log.fault === null) return log;
  await log.close();
  throw log.fault;
}

function refuseIfRuns(root: string): void {
  const holder = lockHolder(root);
  if (holder === null) return;
  throw new StorageError(
    'LOCKED',
    `a node runs in ${root} (pid ${holder || 'unknown'}): stop it first`,
  );
}
