import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Index } from '../../core/types.ts';
import { StorageError } from '../../kit/errors.ts';
import { fromSystem, readOnlyDisk, removeFile } from '../disk/disk-real.ts';
import { readBootId } from './boot-id.ts';
import { readStamp, STAMP_NAME } from './image-stamp.ts';
import { FILE_NAME, FORMAT, LmdbImage } from './lmdb-image.ts';
import type { KeyValueMachine, MachineLimits } from './machine.ts';
import { ReplaceableMachine } from './replaceable-machine.ts';

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
  readonly machine: ReplaceableMachine;
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
  await fromSystem('make', directory, mkdir(directory, { recursive: true }));
  const doubt = await doubtIn(directory, boot);
  if (doubt !== null) await discard(directory, doubt, notes);
  const image = new LmdbImage(directory, boot, limits);
  let opened: KeyValueMachine;
  try {
    opened = await image.open();
  } catch (fault) {
    if (!(fault instanceof StorageError) || fault.code === 'FULL') throw fault;
    await discard(directory, fault.message, notes);
    opened = await image.open();
  }
  const machine = new ReplaceableMachine(opened, image);
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
    await removeFile(join(directory, name));
  }
  notes.push(`discarded the database ${directory}, to be rebuilt from the log: ${why}`);
}

async function refuseIfAhead(machine: ReplaceableMachine, options: DatabaseOptions): Promise<void> {
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
