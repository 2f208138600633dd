import type { Entry } from '../../lib/core/entry.ts';
import type { Stored } from '../../lib/core/input.ts';
import type { Write } from '../../lib/core/outcome.ts';
import type { Snapshot } from '../../lib/core/snapshot.ts';
import { type EntryId, type HardState, type Index, ORIGIN } from '../../lib/core/types.ts';
import type { History } from '../sim/oracle/history.ts';
import type { Oath } from '../sim/oracle/oracle.ts';
import { contentOf } from './model-snapshots.ts';

type Job = { readonly write: Write | null; readonly oaths: readonly Oath[] };

/** What became durable together: news for the core, and mail that may leave now. */
export type Synced = { readonly receipts: readonly Stored[]; readonly oaths: readonly Oath[] };

/**
 * One server's disk: jobs are done strictly in the order in which they came, a crash loses those
 * that were not, but for as many as happened to reach the platter.
 */
export class ModelDisk {
  hard: HardState;
  /** With all that a snapshot stands for, as a ghost: nobody can read it any more. */
  log: History;
  base: EntryId = ORIGIN;
  snapshot: Snapshot | null = null;
  #jobs: Job[] = [];

  constructor(hard: HardState, log: History) {
    this.hard = hard;
    this.log = log;
  }

  get jobs(): number {
    return this.#jobs.length;
  }

  /** How many of the jobs have something to write. */
  get writes(): number {
    return this.#jobs.filter(({ write }) => write !== null).length;
  }

  submit(write: Write | null, oaths: readonly Oath[]): void {
    if (write || oaths.length > 0) this.#jobs.push({ write, oaths });
  }

  /** One sync covers the first `count` jobs. */
  sync(count = this.#jobs.length): Synced {
    const done = this.#jobs.splice(0, count);
    for (const { write } of done) if (write) this.#write(write);
    return {
      receipts: done.flatMap(({ write }) => (write ? [write.receipt] : [])),
      oaths: done.flatMap(({ oaths }) => oaths),
    };
  }

  /** Everything is lost but the first `survivors` jobs, which nobody ever hears of. */
  crash(survivors: number): void {
    this.sync(survivors);
    this.#jobs = [];
  }

  #write({ hard, base, entries }: Write): void {
    if (hard) this.hard = hard;
    if (base) this.#restart();
    this.log.put(entries);
  }

  /** A file is complete, which shows at once and survives whatever happens. */
  keep(snapshot: Snapshot): void {
    if (snapshot.index > (this.snapshot?.index ?? 0)) this.snapshot = snapshot;
  }

  compact(base: EntryId): void {
    this.base = base;
  }

  /** Only as much as the log still holds can be read back. */
  read(from: Index, bytesMax: number): readonly Entry[] {
    return from <= this.base.index ? [] : this.log.read(from, bytesMax);
  }

  /** A snapshot that the log cannot be the continuation of takes its place: its writes were lost. */
  recover(): void {
    const { snapshot, log } = this;
    if (snapshot && log.hashAt(snapshot.index) !== snapshot.checksum) this.#restart();
  }

  #restart(): void {
    const { snapshot } = this;
    if (snapshot === null) throw new Error('a log begins anew without a snapshot');
    this.base = { index: snapshot.index, term: snapshot.term };
    this.log = contentOf(snapshot).upTo(snapshot.index);
  }
}
