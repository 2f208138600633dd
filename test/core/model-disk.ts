import type { Stored } from '../../lib/core/input.ts';
import type { Write } from '../../lib/core/outcome.ts';
import type { HardState } from '../../lib/core/types.ts';
import type { History } from '../sim/oracle/history.ts';
import type { Oath } from '../sim/oracle/oracle.ts';

type Job = { readonly write: Write | null; readonly oaths: readonly Oath[] };

/** What became durable together: news for the core, and mail that may leave now. */
export type Synced = { readonly receipts: readonly Stored[]; readonly oaths: readonly Oath[] };

/**
 * One server's disk: jobs are done strictly in the order in which they came, a crash loses those
 * that were not, but for as many as happened to reach the platter.
 */
export class ModelDisk {
  hard: HardState;
  readonly log: History;
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

  #write({ hard, entries }: Write): void {
    if (hard) this.hard = hard;
    this.log.put(entries);
  }
}
