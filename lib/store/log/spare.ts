import { StorageError } from '../../kit/errors.ts';
import type { Disk, Timer } from '../ports.ts';
import { prepareSegment, type Segment } from './prepare.ts';
import { segmentName } from './segment.ts';

/** Between two steps in the background: leaves most of the disk to the commits. */
const PAUSE_MS = 20;

/**
 * The segment after the active one, made in the background while the active one fills, so that
 * commits need not wait for it.
 */
export class Spare {
  readonly #disk: Disk;
  readonly #owner: number;
  readonly #timer: Timer;
  #segment: Promise<Segment> | null = null;
  /** Somebody waits for the segment. */
  #isUrgent = false;
  #endPause = (): void => {};

  constructor(disk: Disk, owner: number, timer: Timer) {
    this.#disk = disk;
    this.#owner = owner;
    this.#timer = timer;
  }

  /** Begins to make segment `id`, unless that is already under way. */
  begin(id: number, bytes: number): void {
    if (this.#segment !== null) return;
    this.#isUrgent = false;
    const pause = () => this.#pause();
    this.#segment = prepareSegment(this.#disk, this.#owner, id, bytes, { pause });
    // Whoever takes the segment is told of a failure; until then nothing depends on it.
    this.#segment.catch(() => {});
  }

  /**
   * Hands over segment `id`, waiting for it or making it if need be.
   *
   * @param bytesMin a smaller one is thrown away and made anew: an entry must fit.
   * @throws {StorageError} if it can neither be made in advance nor now: nothing relies on what was
   *   thrown away, and what was wrong then may be over.
   */
  async take(id: number, bytesMin: number, bytes: number): Promise<Segment> {
    this.begin(id, Math.max(bytes, bytesMin));
    this.#hurry();
    const segment = await this.#finished();
    this.#segment = null;
    if (segment !== null && segment.bytes >= bytesMin) return segment;
    if (segment !== null) await this.#remove(segment);
    return prepareSegment(this.#disk, this.#owner, id, Math.max(bytes, bytesMin));
  }

  /** Throws away what was made in advance, whether it is finished or not. */
  async discard(): Promise<void> {
    if (this.#segment === null) return;
    this.#hurry();
    const segment = await this.#finished();
    this.#segment = null;
    if (segment !== null) await this.#remove(segment);
  }

  async close(): Promise<void> {
    const making = this.#segment;
    this.#segment = null;
    this.#hurry();
    try {
      await (await making)?.file.close();
    } catch (reason) {
      // An unfinished spare has been discarded; nothing was stored in it.
      if (!(reason instanceof StorageError)) throw reason;
    }
  }

  async #remove({ file, id }: Segment): Promise<void> {
    await file.close();
    await this.#disk.remove(segmentName(id));
  }

  #hurry(): void {
    this.#isUrgent = true;
    this.#endPause();
  }

  #pause(): Promise<void> {
    if (this.#isUrgent) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#timer.after(PAUSE_MS, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }

  /** The segment, or null if it could not be made. */
  async #finished(): Promise<Segment | null> {
    try {
      return await this.#segment;
    } catch (reason) {
      if (reason instanceof StorageError) return null;
      throw reason;
    }
  }
}
