import { existsSync, rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Index } from '../../core/types.ts';
import { StorageError } from '../../kit/errors.ts';
import { readOnlyDisk, realDisk, storageError } from '../disk/disk-real.ts';
import { readBootId } from './boot-id.ts';
import { type ImageStamp, readStamp, STAMP_NAME, writeStamp } from './image-stamp.ts';
import { type KeyValueMachine, type MachineLimits, openMachine } from './machine.ts';
import { LmdbTables } from './tables-lmdb.ts';

/** Layout of the tables. Another layout is not converted: the image is rebuilt from the log. */
const FORMAT = 2;
export const FILE_NAME = 'data.mdb';

/** Where the database is kept, and what it is measured against. */
export type DatabaseOptions = {
  /** Made if it is missing. Held by this process alone; files in it with our names are ours. */
  readonly directory: string;
  /** Last entry of the log. */
  readonly logLast: Index;
  readonly limits: MachineLimits;
  /** Names the run of the operating system, or is null where that has no name. */
  readonly boot?: string | null;
};

export type OpenedDatabase = {
  readonly machine: KeyValueMachine;
  /** Sentences for the operator: what was thrown away, and why. */
  readonly notes: readonly string[];
};

/**
 * Opens the key-value database on disk, which is an image of the log and nothing more. LMDB is not
 * synced (a sync a transaction costs a tenth of the throughput and blocks the loop), so the image
 * survives the death of this process, but not that of the machine. It is trusted if
 *
 * - it was written last in this run of the operating system: the page cache has all of it, or
 * - it was closed cleanly: then it was synced, and a stamp beside it says so.
 *
 * Otherwise, and if it cannot be read, it is thrown away and starts empty, with `applied` 0: the
 * caller applies the log again. LMDB is not asked, because it has no checksums, and a file that was
 * torn by a power cut can give wrong values or end the process.
 *
 * @throws {StorageError} CORRUPT if more was applied than the log holds: then the log has lost
 *   entries that were acknowledged, and must not be appended to. TOO_NEW, IO or FULL.
 */
export async function openDatabase(options: DatabaseOptions): Promise<OpenedDatabase> {
  const { directory, limits } = options;
  const boot = options.boot === undefined ? readBootId() : options.boot;
  const notes: string[] = [];
  await attempt('make', directory, mkdir(directory, { recursive: true }));
  const doubt = await doubtIn(directory, boot);
  if (doubt !== null) await discard(directory, doubt, notes);
  let machine: KeyValueMachine;
  try {
    machine = await openImage(directory, boot, limits);
  } catch (fault) {
    if (!(fault instanceof StorageError) || fault.code === 'FULL') throw fault;
    await discard(directory, fault.message, notes);
    machine = await openImage(directory, boot, limits);
  }
  await refuseIfAhead(machine, options);
  return { machine, notes };
}

/**
 * Why the image must not be used, or null if it may be. Changes nothing.
 *
 * @throws {StorageError} TOO_NEW, IO.
 */
export async function doubtIn(directory: string, boot: string | null): Promise<string | null> {
  const stamp = await readStamp(readOnlyDisk(directory));
  const exists = existsSync(join(directory, FILE_NAME));
  if (stamp === null) return exists ? 'nothing says how it was left' : null;
  if (typeof stamp === 'string') return stamp;
  if (stamp.format > FORMAT) {
    throw new StorageError(
      'TOO_NEW',
      `the database ${directory} has format ${stamp.format}, and this version knows ${FORMAT}: run the version that wrote it, or remove the directory to rebuild it from the log`,
    );
  }
  if (stamp.format < FORMAT)
    return `it has format ${stamp.format}, and this version writes ${FORMAT}`;
  if (!exists) return `${FILE_NAME} is missing`;
  if (stamp.state === 'opening') return 'the process died while it opened it';
  if (stamp.state === 'closed') return null;
  if (boot === null)
    return 'it was not closed cleanly, and this system does not tell its boots apart';
  if (stamp.boot !== boot) return 'the machine was restarted before it was closed';
  return null;
}

async function discard(directory: string, why: string, notes: string[]): Promise<void> {
  for (const name of [FILE_NAME, STAMP_NAME]) {
    await remove(join(directory, name));
  }
  notes.push(`discarded the database ${directory}, to be rebuilt from the log: ${why}`);
}

async function openImage(
  directory: string,
  boot: string | null,
  limits: MachineLimits,
): Promise<KeyValueMachine> {
  // Nobody else holds the directory, so its locks are those of the dead.
  await remove(join(directory, `${FILE_NAME}-lock`));
  const stamp: ImageStamp = { format: FORMAT, boot, state: 'opening' };
  // On disk before LMDB writes anything: a mark of a clean close must not outlive what it vouches for.
  await writeStamp(realDisk(directory), stamp);
  const image = new Image(directory, stamp);
  try {
    const machine = openMachine(image, limits);
    await writeStamp(realDisk(directory), { ...stamp, state: 'open' });
    return machine;
  } catch (reason) {
    await image.abandon();
    throw reason;
  }
}

async function refuseIfAhead(machine: KeyValueMachine, options: DatabaseOptions): Promise<void> {
  const fault = aheadFault(options.directory, machine.applied, options.logLast);
  if (fault === null) return;
  await machine.close();
  throw fault;
}

/** Why an image that has applied so much does not go with the log, or null. */
export function aheadFault(directory: string, applied: Index, logLast: Index): StorageError | null {
  if (applied <= logLast) return null;
  return new StorageError(
    'CORRUPT',
    `the database ${directory} has applied entry ${applied}, but the log ends at ${logLast}: the log has lost entries that were acknowledged. Bring the whole data directory back as it was, or remove this node and add it again under a new id`,
  );
}

/** The LMDB file of an image, which leaves a mark when it is closed in order. */
class Image extends LmdbTables {
  readonly #directory: string;
  readonly #stamp: ImageStamp;

  constructor(directory: string, stamp: ImageStamp) {
    super(join(directory, FILE_NAME), () => distrust(directory));
    this.#directory = directory;
    this.#stamp = stamp;
  }

  /** Syncs in the background, which may take seconds; until then the image counts as not closed. */
  override async close(): Promise<void> {
    await super.close();
    // No stamp: damage was found, and there is nothing to vouch for.
    if (!existsSync(join(this.#directory, STAMP_NAME))) return;
    const disk = realDisk(this.#directory);
    const file = await disk.open(FILE_NAME);
    await file.sync();
    await file.close();
    await writeStamp(disk, { ...this.#stamp, state: 'closed' });
  }

  /** Closes what could not be made use of. */
  abandon(): Promise<void> {
    return super.close();
  }
}

function remove(path: string): Promise<void> {
  return attempt('remove', path, rm(path, { recursive: true, force: true }));
}

async function attempt(action: string, path: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (reason) {
    throw storageError(action, path, reason);
  }
}

/** Makes the next start rebuild the image. */
function distrust(directory: string): void {
  try {
    rmSync(join(directory, STAMP_NAME), { force: true });
  } catch {
    // The error that is on its way tells the operator about the damage in any case.
  }
}
