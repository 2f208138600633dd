import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../../kit/assert.ts';
import { realDisk, removeFile } from '../disk/disk-real.ts';
import type { CopiedState } from '../state-machine.ts';
import { type ImageStamp, STAMP_NAME, writeStamp } from './image-stamp.ts';
import { type KeyValueMachine, type MachineLimits, openMachine } from './machine.ts';
import type { Image, WriteBytes } from './replaceable-machine.ts';
import { LmdbTables } from './tables-lmdb.ts';

/** Layout of the tables. Another layout is not converted: the image is rebuilt from the log. */
export const FORMAT = 2;
export const FILE_NAME = 'data.mdb';

/** The database in one LMDB file of a directory, beside the stamp that says how it was left. */
export class LmdbImage implements Image {
  readonly #directory: string;
  readonly #boot: string | null;
  readonly #limits: MachineLimits;
  #open: Open | null = null;

  constructor(directory: string, boot: string | null, limits: MachineLimits) {
    this.#directory = directory;
    this.#boot = boot;
    this.#limits = limits;
  }

  /** @throws {StorageError} CORRUPT if it cannot be read, FULL, IO. */
  async open(): Promise<KeyValueMachine> {
    const stamp = await this.#stampOpening();
    // Nobody else holds the directory, so its locks are those of the dead.
    await removeFile(join(this.#directory, `${FILE_NAME}-lock`));
    const tables = new StampedTables(this.#directory, stamp);
    try {
      const machine = openMachine(tables, this.#limits);
      await writeStamp(realDisk(this.#directory), { ...stamp, state: 'open' });
      this.#open = { tables, machine };
      return machine;
    } catch (reason) {
      await tables.abandon();
      throw reason;
    }
  }

  async copy(write: WriteBytes): Promise<CopiedState> {
    const { tables, machine } = this.#opened();
    const { applied: index, appliedTerm: term, rev } = machine;
    await tables.copy(write);
    return { applied: { index, term }, rev };
  }

  async replace(content: AsyncIterable<Uint8Array>): Promise<KeyValueMachine> {
    // From here on until it is whole, a start would throw it away.
    await this.#stampOpening();
    await this.#opened().tables.abandon();
    this.#open = null;
    await removeFile(join(this.#directory, FILE_NAME));
    const file = await realDisk(this.#directory).create(FILE_NAME);
    try {
      let at = 0;
      for await (const bytes of content) {
        file.write(at, [bytes]);
        at += bytes.length;
      }
    } finally {
      await file.close();
    }
    return this.open();
  }

  /** On disk before LMDB writes anything: a mark of a clean close must not outlive what it vouches for. */
  async #stampOpening(): Promise<ImageStamp> {
    const stamp: ImageStamp = { format: FORMAT, boot: this.#boot, state: 'opening' };
    await writeStamp(realDisk(this.#directory), stamp);
    return stamp;
  }

  #opened(): Open {
    assert(this.#open !== null, 'the database is open');
    return this.#open;
  }
}

type Open = { readonly tables: StampedTables; readonly machine: KeyValueMachine };

/** The LMDB file of an image, which leaves a mark when it is closed in order. */
class StampedTables extends LmdbTables {
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

  /** Closes what could not be made use of, or is not needed any more. */
  abandon(): Promise<void> {
    return super.close();
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
