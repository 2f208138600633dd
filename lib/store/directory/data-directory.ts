import { randomInt } from 'node:crypto';
import { closeSync, existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Index, Member } from '../../core/types.ts';
import type { StorageError } from '../../kit/errors.ts';
import { readOnlyDisk, realDisk, storageError, syncDirectory } from '../disk/disk-real.ts';
import {
  type Applicant,
  establishIdentity,
  findIdentity,
  type Identity,
  type Places,
  setAdded,
  setRemoved,
} from './identity.ts';
import { takeLock } from './lock.ts';
import { makeDirectory } from './make-directory.ts';

/** The directory of one node, held by this process alone until it is closed. */
export type DataDirectory = {
  readonly path: string;
  /** Chosen by chance when the directory was made: a node that lost its directory has another. */
  readonly incarnation: number;
  /** The configuration before the first entry of the log: its voters. None if the node was added. */
  readonly members: readonly Member[];
  /** Where a node that was added listens, until its log says so. */
  readonly listens: Places | null;
  /** Directory of the write-ahead log. */
  readonly walPath: string;
  /** Directory of snapshots. */
  readonly snapshotsPath: string;
  /** Where the database may keep its files; not made here. */
  readonly dbPath: string;
  /** Where flight recordings may be kept; not made here. */
  readonly flightPath: string;
  /**
   * Writes down that the cluster has removed this node, by the configuration at that index: it does
   * not start from this directory again unless it joins anew. Null takes that back.
   */
  setRemoved(index: Index | null): Promise<void>;
  /** Writes down that this node is one that is added, though it was not begun as one. */
  beginAsAdded(listens: Places): Promise<void>;
  /** Lets go of the directory. What is stored in it must be closed before. */
  close(): Promise<void>;
};

/** `randomInt` takes a range below 2^48. */
const INCARNATION_MAX = 2 ** 48 - 1;

/**
 * Takes the data directory of one node; makes it if it does not exist.
 *
 * @param path of this node's own directory, not of the directory that holds those of all nodes.
 * @throws {StorageError} LOCKED if another process holds it, FOREIGN if it belongs to another node,
 *   or to another cluster, REMOVED if the cluster has removed it and it does not join, TOO_NEW, CORRUPT if it has lost its log or its identity, FULL, IO.
 */
export async function openDataDirectory(
  path: string,
  applicant: Applicant,
): Promise<DataDirectory> {
  const root = resolve(path);
  const walPath = join(root, 'wal');
  const snapshotsPath = join(root, 'snapshots');
  await makeDirectories(root, walPath);
  const lock = takeLock(root);
  try {
    await makeInside(root, snapshotsPath);
    const incarnation = randomInt(1, INCARNATION_MAX);
    const disk = realDisk(root);
    const identity = await establishIdentity(disk, realDisk(walPath), applicant, incarnation);
    return {
      path: root,
      incarnation: identity.incarnation,
      members: identity.members,
      listens: identity.listens,
      walPath,
      snapshotsPath,
      dbPath: join(root, 'db'),
      flightPath: join(root, 'flight'),
      beginAsAdded: (listens) => setAdded(disk, identity, listens),
      setRemoved: (index) => setRemoved(disk, identity, index),
      close: async () => closeSync(lock),
    };
  } catch (reason) {
    closeSync(lock);
    throw reason;
  }
}

async function makeInside(root: string, path: string): Promise<void> {
  try {
    if ((await makeDirectory(path)) !== undefined) await syncDirectory(root);
  } catch (reason) {
    throw storageError('make', path, reason);
  }
}

/**
 * Whose directory is at `path`, without taking it, or null if there is none yet.
 *
 * @throws {StorageError} TOO_NEW, CORRUPT, IO.
 */
export async function peekIdentity(path: string): Promise<Identity | null> {
  const root = resolve(path);
  const walPath = join(root, 'wal');
  if (!existsSync(walPath)) return null;
  return findIdentity(readOnlyDisk(root), walPath, await readOnlyDisk(walPath).list(), null);
}

/**
 * Makes the directory of the log and those above it, and makes them durable: each is recorded in
 * the one above it. Those two levels up may have been made by a start that was cut short.
 */
async function makeDirectories(root: string, walPath: string): Promise<void> {
  let made: string | undefined;
  try {
    made = await makeDirectory(walPath);
  } catch (reason) {
    throw storageError('make', walPath, reason);
  }
  const grandparent = dirname(dirname(root));
  const top = made === undefined ? grandparent : dirname(made);
  const highest = top.length < grandparent.length ? top : grandparent;
  for (let path = root; ; path = dirname(path)) {
    await syncReadable(path);
    if (path === highest) return;
  }
}

async function syncReadable(path: string): Promise<void> {
  try {
    await syncDirectory(path);
  } catch (reason) {
    // What we may not even read was made by somebody else, long before.
    const { cause } = reason as StorageError;
    if ((cause as NodeJS.ErrnoException | undefined)?.code !== 'EACCES') throw reason;
  }
}
