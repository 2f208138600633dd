import type { Snapshot } from '../../core/snapshot.ts';
import { assert } from '../../kit/assert.ts';
import type { Disk, DiskFile } from '../ports.ts';
import type { Receiving } from '../snapshot-store.ts';
import { sumsOf } from './content.ts';
import { encodeLabel, type Label } from './format.ts';
import { partName, snapshotName } from './names.ts';

/** Synced at a time, so that the syncs of the log never wait behind much. */
const SYNC_BYTES = 4 * 1024 * 1024;

/** A snapshot that comes in, in a file of its own until it is whole. */
export class PartialSnapshot implements Receiving {
  readonly #disk: Disk;
  readonly #cluster: string;
  readonly #snapshot: Snapshot;
  readonly #file: DiskFile;
  readonly #complete: (label: Label) => Promise<void>;
  #offset: number;
  #unsynced = 0;
  #isOver = false;

  private constructor(
    disk: Disk,
    cluster: string,
    snapshot: Snapshot,
    file: DiskFile,
    offset: number,
    complete: (label: Label) => Promise<void>,
  ) {
    this.#disk = disk;
    this.#cluster = cluster;
    this.#snapshot = snapshot;
    this.#file = file;
    this.#offset = offset;
    this.#complete = complete;
  }

  /**
   * Goes on with what is there of it, or begins.
   *
   * @param complete told when it is durable under its name.
   * @throws {StorageError} FULL or IO.
   */
  static async open(
    disk: Disk,
    cluster: string,
    snapshot: Snapshot,
    complete: (label: Label) => Promise<void>,
  ): Promise<PartialSnapshot> {
    const name = partName(snapshot);
    const isThere = (await disk.list()).includes(name);
    const file = await (isThere ? disk.open(name) : disk.create(name));
    // Behind the content there may be a label already, which was not durable yet.
    const offset = Math.min(await file.size(), snapshot.bytes);
    return new PartialSnapshot(disk, cluster, snapshot, file, offset, complete);
  }

  get offset(): number {
    return this.#offset;
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    assert(!this.#isOver && offset === this.#offset, `a chunk at ${offset} is not the next one`);
    assert(offset + bytes.length <= this.#snapshot.bytes, 'a chunk goes past the end');
    this.#file.write(offset, [bytes]);
    this.#offset += bytes.length;
    this.#unsynced += bytes.length;
    if (this.#unsynced < SYNC_BYTES) return;
    this.#unsynced = 0;
    await this.#file.sync();
  }

  async finish(): Promise<'complete' | 'damaged'> {
    const { bytes } = this.#snapshot;
    assert(
      !this.#isOver && this.#offset === bytes,
      'a snapshot is finished when all of it is there',
    );
    this.#isOver = true;
    const name = partName(this.#snapshot);
    const sums = await sumsOf(this.#file, bytes);
    const label = { cluster: this.#cluster, snapshot: this.#snapshot, sums, isReceived: true };
    const made = encodeLabel(label);
    if (made.snapshot.checksum !== this.#snapshot.checksum) {
      await this.#file.close();
      await this.#disk.remove(name);
      return 'damaged';
    }
    this.#file.write(bytes, [made.bytes]);
    await this.#file.sync();
    await this.#file.close();
    await this.#disk.rename(name, snapshotName(this.#snapshot));
    await this.#disk.syncDirectory();
    await this.#complete(label);
    return 'complete';
  }

  async abandon(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#file.close();
  }
}

/** One that is there already: nothing of it is wanted. */
export function received({ bytes }: Snapshot): Receiving {
  return {
    offset: bytes,
    write: async () => {},
    finish: async () => 'complete',
    abandon: async () => {},
  };
}
