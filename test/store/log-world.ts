import { type Entry, makeEntry, payloadOf } from '../../lib/core/entry.ts';
import type { Write } from '../../lib/core/outcome.ts';
import type { HardState, Index, NodeId, Term } from '../../lib/core/types.ts';
import { fraction, nextRandom } from '../../lib/kit/random.ts';
import { MemoryDisk } from '../../lib/store/disk/disk-memory.ts';
import { type RecoverOptions, recover } from '../../lib/store/log/recover.ts';
import type { Owner } from '../../lib/store/log/segment.ts';
import type { LogStore, Recovered } from '../../lib/store/log-store.ts';
import type { Disk, Timer } from '../../lib/store/ports.ts';

/** A log with what it needs around it, small and under control. */

export const OWNER: Owner = { cluster: 'test', node: 1, incarnation: 7 };

/** Time that passes only when it is told to. */
export class ManualTimer implements Timer {
  #now = 0;
  #tasks: { readonly at: number; readonly task: () => void }[] = [];

  readonly now = (): number => this.#now;

  readonly after = (ms: number, task: () => void): (() => void) => {
    const due = { at: this.#now + ms, task };
    this.#tasks.push(due);
    return () => {
      this.#tasks = this.#tasks.filter((other) => other !== due);
    };
  };

  get waiting(): number {
    return this.#tasks.length;
  }

  pass(ms: number): void {
    this.#now += ms;
    const due = this.#tasks.filter(({ at }) => at <= this.#now);
    this.#tasks = this.#tasks.filter(({ at }) => at > this.#now);
    for (const { task } of due) task();
  }
}

export function openLog(disk: Disk, options: Partial<RecoverOptions> = {}): Promise<Recovered> {
  return recover(disk, {
    owner: OWNER,
    segmentBytes: 64 * 1024,
    tailBytes: 1024 * 1024,
    timer: new ManualTimer(),
    inThreadBytes: 0,
    ...options,
  });
}

export function hard(term: Term, vote: NodeId | null = null): HardState {
  return { term, vote };
}

/** A write of entries `first`, `first + 1`, …, one for each payload. */
export function entries(first: Index, term: Term, ...payloads: (string | Buffer)[]): Entry[] {
  return payloads.map((payload, i) =>
    makeEntry(first + i, term, 'command', Buffer.from(payload as string)),
  );
}

export function write(stored: readonly Entry[], state: HardState | null = null): Write {
  return { hard: state, entries: stored, receipt: { kind: 'Stored', last: 0, term: 0, epoch: 0 } };
}

/** An entry in a form that prints well: `index/term payload`. */
export function told(entry: Entry): string {
  return `${entry.index}/${entry.term} ${Buffer.from(payloadOf(entry)).toString('latin1')}`;
}

/** All entries of the log, read back from disk. */
export async function readAll(
  { store, base, last }: Pick<Recovered, 'store' | 'base' | 'last'>,
  bytesMax = 4096,
): Promise<string[]> {
  return (await readRange(store, base.index + 1, last.index, bytesMax)).map(told);
}

export async function readRange(
  store: LogStore,
  from: Index,
  to: Index,
  bytesMax = 4096,
): Promise<Entry[]> {
  const found: Entry[] = [];
  while (from + found.length <= to) {
    for (const entry of await store.read(from + found.length, bytesMax)) found.push(entry);
  }
  return found.slice(0, to - from + 1);
}

/** What a file holds, as programs see it. */
export async function fileBytes(disk: Disk, name: string): Promise<Buffer> {
  const file = await disk.open(name);
  return file.read(0, await file.size());
}

/** A disk with these files, all durable. */
export async function diskWith(files: Record<string, Buffer>): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  for (const [name, bytes] of Object.entries(files)) {
    const file = await disk.create(name);
    file.write(0, [bytes]);
    await file.sync();
  }
  await disk.syncDirectory();
  return disk;
}

/** Everything a disk holds, by file name. */
export async function filesOf(disk: Disk): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  for (const name of [...(await disk.list())].sort()) files[name] = await fileBytes(disk, name);
  return files;
}

/** A seeded generator of numbers in [0, 1). */
export function chance(seed: number): () => number {
  let state = nextRandom(seed + 1);
  return () => {
    state = nextRandom(state);
    return fraction(state);
  };
}
