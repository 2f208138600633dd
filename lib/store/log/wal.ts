import type { Entry } from '../../core/entry.ts';
import type { Write } from '../../core/outcome.ts';
import type { EntryId, HardState, Index, Millis } from '../../core/types.ts';
import { assert } from '../../kit/assert.ts';
import { InvariantViolation } from '../../kit/errors.ts';
import type { LogStore } from '../log-store.ts';
import type { Disk } from '../ports.ts';
import { Appender, type Batch } from './appender.ts';
import { batchBytes } from './batch.ts';
import { Beginnings } from './beginnings.ts';
import { type Coalesced, type Content, coalesce } from './coalesce.ts';
import { openSegment } from './create-log.ts';
import { Positions } from './positions.ts';
import { FIRST_BATCH, nextSegmentBytes, SECTOR_BYTES } from './segment.ts';
import { SegmentFiles } from './segment-files.ts';
import { Spare } from './spare.ts';
import type { WalImage, WalOptions } from './wal-image.ts';

const IN_THREAD_BYTES = 4096;
const IDLE_MS = 50;
/** A disk slower than this on average would hold up the whole node if it were waited for. */
const IN_THREAD_MS_MAX = 1;
/** Entries of a batch that may be synced in this thread: more of them mean that there is load. */
const IN_THREAD_ENTRIES_MAX = 2;
/** Weight of the past in the mean time of a sync. */
const SYNCS_AVERAGED = 8;

/** The write-ahead log: a chain of batches, one a sync, in segments that are made in advance. */
export class Wal implements LogStore {
  readonly #options: Required<WalOptions>;
  readonly #disk: Disk;
  readonly #owner: number;
  readonly #files: SegmentFiles;
  readonly #appender: Appender;
  readonly #spare: Spare;
  #positions: Positions;
  #beginnings: Beginnings;
  #hard: HardState;
  /** Why nothing can be stored or read any more. */
  #closed: Error | null = null;
  #isCommitting = false;
  /** It is being closed: the last mark is on its way, and nothing may come between. */
  #isClosing = false;
  #inFlight: Promise<void> | null = null;
  /** The mark that is being written. It never fails: a failure is kept in `#closed`. */
  #marking: Promise<void> | null = null;
  #hasMark: boolean;
  #commits = 0;
  #stopTimer: (() => void) | null = null;
  #syncMs = 0;
  #tellFailure: (reason: unknown) => void = () => {};
  readonly failed: Promise<never> = new Promise((_, reject) => {
    this.#tellFailure = reject;
  });

  constructor(image: WalImage, options: WalOptions) {
    this.#options = { inThreadBytes: IN_THREAD_BYTES, idleMs: IDLE_MS, ...options };
    this.#disk = image.disk;
    this.#owner = image.owner;
    this.#files = new SegmentFiles(image.disk, image.segments);
    this.#positions = image.positions;
    this.#beginnings = image.beginnings;
    this.#appender = new Appender(image.owner, image.end);
    this.#spare = new Spare(image.disk, image.owner, options.timer);
    this.#hard = image.hard;
    this.#hasMark = image.hasMark;
    // Whoever does not ask is told by the next call.
    this.failed.catch(() => {});
    if (!image.hasMark) this.#startTimer();
  }

  commit(writes: readonly Write[]): Promise<void> | void {
    this.#mustBeOpen();
    assert(!this.#isClosing, 'the log is being closed');
    assert(!this.#isCommitting, 'the log takes one commit at a time');
    const content = coalesce(writes, this.#hard, this.#positions.last);
    if (content === null) return;
    this.#commits += 1;
    this.#startTimer();
    if (this.#isQuick(content)) {
      this.#storeNow(content);
      return;
    }
    this.#inFlight = this.#commitLater(content);
    return this.#inFlight;
  }

  async read(from: Index, bytesMax: number): Promise<readonly Entry[]> {
    this.#mustBeOpen();
    // it was there when the caller looked, and has been compacted since
    if (from <= this.#positions.base.index) return [];
    const { segment, offsets } = this.#positions.stretch(from, bytesMax);
    return this.#files.read(segment, from, offsets, bytesMax);
  }

  async compact(upTo: Index): Promise<EntryId> {
    this.#mustBeOpen();
    const beginning = this.#beginnings.latest(Math.min(upTo, this.#positions.last.index));
    if (beginning !== null) {
      const { segment, base } = beginning;
      this.#beginnings.dropBefore(segment);
      this.#positions.dropBefore(segment, base);
      await this.#files.removeBefore(segment);
    }
    return this.#positions.base;
  }

  bytesAfter(index: Index): number {
    return this.#positions.bytesAfter(index);
  }

  /**
   * Waits for the commit in flight, marks all that is stored unless storing has failed, and lets the
   * files go.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    // How it ends is told to who committed, and kept in #closed.
    await this.#inFlight?.catch(() => {});
    this.#stopTimer?.();
    await this.#marking;
    try {
      if (this.#closed === null && !this.#hasMark) await this.#store(this.#nothing());
    } finally {
      this.#closed ??= new InvariantViolation('the log is closed');
      await this.#spare.close();
      await this.#files.close();
    }
  }

  async #commitLater(content: Coalesced): Promise<void> {
    this.#isCommitting = true;
    try {
      if (this.#marking !== null) await this.#marking;
      if (content.base !== null) await this.beginAnew(content.hard, content.base);
      if (content.base === null || content.entries.length > 0) await this.#store(content);
    } finally {
      this.#isCommitting = false;
    }
  }

  async #store(content: Content): Promise<void> {
    this.#mustBeOpen();
    try {
      if (!this.#appender.hasRoom(content)) await this.#rotate(content);
      await this.#append(content);
      this.#lookAhead();
    } catch (reason) {
      throw this.#fail(reason);
    }
  }

  #storeNow(content: Content): void {
    try {
      const startedAt = this.#options.timer.now();
      const batch = this.#appender.write(content, this.#positions.last);
      this.#appender.segment.file.syncNow();
      this.#settle(batch, startedAt);
      this.#lookAhead();
    } catch (reason) {
      throw this.#fail(reason);
    }
  }

  /**
   * Leaves all segments behind for a new one that says so. It is durable before the others go, so
   * recovery finds either log, and knows from the snapshot which of them counts. Not while a commit
   * is under way, except by that.
   */
  async beginAnew(hard: HardState, base: EntryId): Promise<void> {
    this.#mustBeOpen();
    try {
      await this.#spare.discard();
      const opening = this.#appender.opening(hard, base);
      const { segmentBytes } = this.#options;
      const opened = await openSegment(this.#disk, this.#owner, segmentBytes, opening);
      const { id } = opened.segment;
      this.#files.add(opened.segment);
      this.#positions = new Positions(base);
      this.#beginnings = new Beginnings();
      this.#beginnings.add(id, base, null);
      this.#hard = hard;
      this.#hasMark = false;
      this.#appender.openAt(opened);
      await this.#files.removeBefore(id);
    } catch (reason) {
      throw this.#fail(reason);
    }
  }

  async #append(content: Content, next?: number): Promise<void> {
    const startedAt = this.#options.timer.now();
    const batch = this.#appender.write(content, this.#positions.last, next);
    await this.#appender.segment.file.sync();
    this.#settle(batch, startedAt);
  }

  /**
   * Ends the active segment with a batch that names the next one, and goes on there. The next one
   * was durable before it is named, and is named before it is used: so a lost file is missed.
   */
  async #rotate({ entries }: Content): Promise<void> {
    const id = this.#appender.segment.id + 1;
    const bytesMin = FIRST_BATCH + batchBytes(entries) + SECTOR_BYTES;
    const next = await this.#spare.take(id, bytesMin, this.#nextBytes());
    this.#files.add(next);
    await this.#append(this.#nothing(), id);
    this.#appender.moveTo(next);
  }

  /** Takes note of a batch that is durable now. */
  #settle(batch: Batch, startedAt: Millis): void {
    const { entries, hard } = batch.content;
    const { id } = this.#appender.segment;
    const first = entries[0]?.index ?? null;
    this.#beginnings.add(id, this.#positions.last, first);
    if (first !== null) this.#positions.truncate(first);
    entries.forEach(({ index, term }, i) => {
      this.#positions.append(id, batch.offsets[i] as number, index, term);
    });
    this.#hasMark = entries.length === 0 && hard === this.#hard;
    this.#hard = hard;
    this.#appender.settle(batch);
    this.#syncMs += (this.#options.timer.now() - startedAt - this.#syncMs) / SYNCS_AVERAGED;
  }

  /** Has the next segment made, while there still is room in this one. */
  #lookAhead(): void {
    if (!this.#appender.isHalfFull) return;
    this.#spare.begin(this.#appender.segment.id + 1, this.#nextBytes());
  }

  #nothing(): Content {
    return { hard: this.#hard, entries: [] };
  }

  #nextBytes(): number {
    return nextSegmentBytes(this.#appender.segment.bytes, this.#options.segmentBytes);
  }

  /** A lone small write on a quick disk is over sooner without a detour through the thread pool. */
  #isQuick(content: Coalesced): boolean {
    return (
      content.base === null &&
      this.#marking === null &&
      this.#syncMs <= IN_THREAD_MS_MAX &&
      content.entries.length <= IN_THREAD_ENTRIES_MAX &&
      batchBytes(content.entries) <= this.#options.inThreadBytes &&
      this.#appender.hasRoom(content)
    );
  }

  #startTimer(): void {
    if (this.#stopTimer !== null) return;
    const commits = this.#commits;
    this.#stopTimer = this.#options.timer.after(this.#options.idleMs, () => this.#onTimer(commits));
  }

  /**
   * Once nothing was committed for a while, writes a batch with nothing in it whose mark covers
   * all there is. Until then no mark covers the last batch, however long ago it was acknowledged.
   */
  #onTimer(commits: number): void {
    this.#stopTimer = null;
    if (this.#closed !== null) return;
    if (this.#isCommitting || this.#commits !== commits) {
      this.#startTimer();
      return;
    }
    this.#marking = this.#store(this.#nothing()).then(
      () => {
        this.#marking = null;
      },
      // Nobody waits for a mark, so its node would go on with a log that takes nothing more.
      (reason: unknown) => this.#tellFailure(reason),
    );
  }

  #mustBeOpen(): void {
    if (this.#closed !== null) throw this.#closed;
  }

  /** The end: what the disk holds now is found out by reading it back after a restart. */
  #fail(reason: unknown): unknown {
    this.#closed ??= reason as Error;
    this.#stopTimer?.();
    this.#stopTimer = null;
    return this.#closed;
  }
}
