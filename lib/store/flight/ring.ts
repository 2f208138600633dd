import type { Disk, DiskFile } from '../ports.ts';
import { segmentId, segmentName } from './segment.ts';

/** A ring has so many segments at least: one that is removed takes its part of the recording with it. */
const SEGMENTS_MIN = 8;
/** Whoever replays a segment has it in memory. */
const SEGMENT_BYTES_MAX = 16 << 20;
/** Short runs leave short segments: a node that dies again and again must not fill a directory. */
const FILES_MIN = 64;

/**
 * The files of a recording: the newest segments, of which the oldest are removed so that all of them
 * have room for two more. The next one is always made ahead, so that it is there when it is needed.
 */
export class Ring {
  readonly #segmentBytes: number;
  readonly #disk: Disk;
  readonly #bytesMax: number;
  readonly #filesMax: number;
  /** Oldest first. */
  readonly #kept: { readonly name: string; readonly bytes: number }[] = [];
  #next: DiskFile | null = null;
  #id: number;

  private constructor(disk: Disk, bytesMax: number, id: number) {
    this.#disk = disk;
    this.#bytesMax = bytesMax;
    this.#segmentBytes = Math.min(Math.floor(bytesMax / SEGMENTS_MIN), SEGMENT_BYTES_MAX);
    this.#filesMax = Math.max(FILES_MIN, 2 * Math.ceil(bytesMax / this.#segmentBytes));
    this.#id = id;
  }

  /**
   * Goes on after what is on the disk, as far as that fits.
   *
   * @throws {StorageError} FULL, IO.
   */
  static async open(disk: Disk, bytesMax: number): Promise<Ring> {
    const found = (await disk.list()).filter((name) => segmentId(name) !== null).sort();
    const ring = new Ring(disk, bytesMax, segmentId(found.at(-1) ?? '') ?? 0);
    for (const name of found) {
      const file = await disk.open(name);
      const bytes = await file.size();
      await file.close();
      // made ahead by a run that ended before it was needed
      if (bytes === 0) await disk.remove(name);
      else ring.#kept.push({ name, bytes });
    }
    await ring.makeNext(0);
    return ring;
  }

  /**
   * Makes the next file, and room for it and the one that is being written.
   *
   * @param startBytes what is written of that one so far: its state, and the next will be alike.
   */
  async makeNext(startBytes: number): Promise<void> {
    const room = this.#bytesMax - 2 * this.fullAt(startBytes);
    const bytes = (): number => this.#kept.reduce((sum, one) => sum + one.bytes, 0);
    while (bytes() > room || this.#kept.length + 2 > this.#filesMax) {
      const oldest = this.#kept.shift();
      if (!oldest) break;
      await this.#disk.remove(oldest.name);
    }
    this.#id += 1;
    this.#next = await this.#disk.create(segmentName(this.#id));
  }

  /** When a segment is full: with a large state, turns follow that are worth it. */
  fullAt(startBytes: number): number {
    return Math.max(this.#segmentBytes, startBytes + Math.floor(this.#segmentBytes / 2));
  }

  /** The next file, or null if it is not there yet; whoever takes it has the one after it made. */
  take(): DiskFile | null {
    const next = this.#next;
    this.#next = null;
    return next;
  }

  /** A segment of so many bytes is finished. */
  keep(name: string, bytes: number): void {
    this.#kept.push({ name, bytes });
  }

  /** Removes the file that was made ahead and is not needed any more. */
  async close(): Promise<void> {
    const next = this.take();
    if (!next) return;
    await next.close();
    await this.#disk.remove(next.name);
  }
}
