import type { Entry } from '../../core/entry.ts';
import type { Index } from '../../core/types.ts';
import type { Disk } from '../ports.ts';
import type { Segment } from './prepare.ts';
import { readStretch } from './read-entries.ts';
import { segmentName } from './segment.ts';

/** The open segments of a log. */
export class SegmentFiles {
  readonly #disk: Disk;
  /** By id, oldest first. */
  readonly #segments: Map<number, Segment>;
  readonly #reads = new Set<Promise<unknown>>();
  #removed: Promise<void> = Promise.resolve();

  constructor(disk: Disk, segments: readonly Segment[]) {
    this.#disk = disk;
    this.#segments = new Map(segments.map((segment) => [segment.id, segment]));
  }

  add(segment: Segment): void {
    this.#segments.set(segment.id, segment);
  }

  /** See `readStretch`. */
  async read(
    id: number,
    from: Index,
    offsets: Uint32Array,
    bytes: number,
  ): Promise<readonly Entry[]> {
    const read = readStretch(this.#segments.get(id) as Segment, from, offsets, bytes);
    this.#reads.add(read);
    try {
      return await read;
    } finally {
      this.#reads.delete(read);
    }
  }

  /**
   * Removes the segments before `id`, in which nobody looks for anything from now on. Each is gone for
   * good before the next one is touched: what is left of the log must have no gap.
   *
   * @throws {StorageError} IO.
   */
  removeBefore(id: number): Promise<void> {
    const before = this.#removed.catch(() => {});
    this.#removed = before.then(() => this.#removeBefore(id));
    return this.#removed;
  }

  async #removeBefore(id: number): Promise<void> {
    await Promise.allSettled([...this.#reads]);
    for (const segment of [...this.#segments.values()]) {
      if (segment.id >= id) continue;
      this.#segments.delete(segment.id);
      await segment.file.close();
      await this.#disk.remove(segmentName(segment.id));
      await this.#disk.syncDirectory();
    }
  }

  async close(): Promise<void> {
    // how it ends is told to who asked for it
    await this.#removed.catch(() => {});
    for (const { file } of this.#segments.values()) await file.close();
    this.#segments.clear();
  }
}
