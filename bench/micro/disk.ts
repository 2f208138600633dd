import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Write } from '../../lib/core/outcome.ts';
import { realDisk } from '../../lib/store/disk/disk-real.ts';
import { recover } from '../../lib/store/log/recover.ts';
import type { LogStore } from '../../lib/store/log-store.ts';
import type { Disk, DiskFile } from '../../lib/store/ports.ts';
import { realClock } from '../../streams/real-clock.ts';
import { median } from '../median.ts';
import type { Site } from '../site.ts';
import { BATCHES, putEntries } from './requests.ts';
import type { Timing } from './timing.ts';

const SEGMENT_BYTES = 16 << 20;
const WARM_UP = 30;
const COMMITS = 300;

/** What one commit took in all, and how much of it the system had it: writing, and syncing. */
type Commit = { readonly allMs: number; readonly writeMs: number; readonly syncMs: number };

/** A batch of the write-ahead log, and its parts. The rest is making the batch and the way back. */
export async function measureLog(site: Site): Promise<readonly Timing[]> {
  const timings: Timing[] = [];
  for (const count of BATCHES) {
    const directory = join(site.directory, `wal-${count}`);
    mkdirSync(directory);
    const commits = await commitMany(directory, count);
    const of = (name: string, part: (commit: Commit) => number): void => {
      const all = commits.map((commit) => (part(commit) * 1e6) / count);
      const nanos = median(all);
      timings.push({ name: `log: ${name} of ${count}`, nanos, spread: Math.max(...all) / nanos });
    };
    of('commit a batch', ({ allMs }) => allMs);
    of('  its write', ({ writeMs }) => writeMs);
    of('  its sync', ({ syncMs }) => syncMs);
    of('  all else', ({ allMs, writeMs, syncMs }) => allMs - writeMs - syncMs);
  }
  return timings;
}

async function commitMany(directory: string, count: number): Promise<readonly Commit[]> {
  const watch = new Stopwatch();
  const owner = { cluster: 'bench', node: 1, incarnation: 1 };
  const { store } = await recover(watched(realDisk(directory), watch), {
    owner,
    segmentBytes: SEGMENT_BYTES,
    tailBytes: 0,
    timer: realClock,
  });
  try {
    return await commits(store, watch, count);
  } finally {
    await store.close();
  }
}

async function commits(
  store: LogStore,
  watch: Stopwatch,
  count: number,
): Promise<readonly Commit[]> {
  const hard = { term: 1, vote: 1 };
  const receipt = { kind: 'Stored', term: 1, last: 0, epoch: 0 } as const;
  await store.commit([{ hard, entries: [], receipt }]);
  const done: Commit[] = [];
  let first = 1;
  for (let i = 0; i < WARM_UP + COMMITS; i++) {
    const write: Write = { hard: null, entries: putEntries(first, count), receipt };
    first += count;
    watch.writeMs = 0;
    watch.syncMs = 0;
    const startedAt = performance.now();
    await store.commit([write]);
    const allMs = performance.now() - startedAt;
    const { writeMs, syncMs } = watch;
    if (i >= WARM_UP) done.push({ allMs, writeMs, syncMs });
  }
  return done;
}

class Stopwatch {
  writeMs = 0;
  syncMs = 0;
}

/** The same disk, with a watch on what its files do. */
function watched(disk: Disk, watch: Stopwatch): Disk {
  return {
    ...disk,
    open: async (name) => new WatchedFile(await disk.open(name), watch),
    create: async (name) => new WatchedFile(await disk.create(name), watch),
  };
}

class WatchedFile implements DiskFile {
  readonly name: string;
  readonly #file: DiskFile;
  readonly #watch: Stopwatch;

  constructor(file: DiskFile, watch: Stopwatch) {
    this.name = file.name;
    this.#file = file;
    this.#watch = watch;
  }

  write(position: number, bytes: readonly Uint8Array[]): void {
    const startedAt = performance.now();
    this.#file.write(position, bytes);
    this.#watch.writeMs += performance.now() - startedAt;
  }

  async sync(): Promise<void> {
    const startedAt = performance.now();
    await this.#file.sync();
    this.#watch.syncMs += performance.now() - startedAt;
  }

  syncNow(): void {
    const startedAt = performance.now();
    this.#file.syncNow();
    this.#watch.syncMs += performance.now() - startedAt;
  }

  size(): Promise<number> {
    return this.#file.size();
  }

  read(position: number, length: number): Promise<Buffer> {
    return this.#file.read(position, length);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
