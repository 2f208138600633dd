import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { listen } from '../lib/cli/told.ts';
import { Closers } from '../lib/kit/closers.ts';
import { ConfigError } from '../lib/kit/errors.ts';
import { BenchFault } from './fault.ts';
import { diskOf, isMemory } from './machine.ts';

/** Where a bench takes place: a directory of its own, and what is to be ended afterwards. */
export type Site = {
  /** On a disk; removed at the end. */
  readonly directory: string;
  /**
   * Has `opened` closed before the directory is removed, however the bench ends.
   *
   * @throws {Error} if the bench is over already; then it is closed at once.
   */
  keep<T extends { close(): Promise<void> | void }>(opened: T): T;
  print(text: string): void;
  warn(text: string): void;
};

/** Longest that ending everything may take, once told to. */
const STOP_MS_MAX = 10_000;
/** What shells report for a process that SIGINT ended. */
const INTERRUPTED = 130;

/**
 * Runs `work`, and ends and removes all it left behind: when it is done, when it fails, and when this
 * process is told to stop by Ctrl-C or SIGTERM.
 *
 * @param parent directory to make the bench's own one in.
 * @returns what `work` did, or 1 if it threw a BenchFault, or 130 if it was interrupted.
 * @throws {ConfigError} if `parent` is no directory to write to, or is not on a disk.
 */
export async function withSite(
  parent: string,
  work: (site: Site) => Promise<number>,
): Promise<number> {
  const directory = makeDirectory(resolve(parent));
  const closers = new Closers();
  closers.add({ close: () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }) });
  let isOver = false;
  const site: Site = {
    directory,
    keep: (opened) => {
      if (!isOver) return closers.add(opened);
      void opened.close();
      throw new Error('the bench is over');
    },
    print: (text) => process.stdout.write(text),
    warn: (text) => process.stderr.write(text),
  };
  const told = listen(process, STOP_MS_MAX);
  const interrupted = told.toStop.then((reason) => {
    site.warn(`\nstopping (${reason})\n`);
    return INTERRUPTED;
  });
  const worked = work(site);
  worked.catch(() => {}); // of an interrupted bench: its cluster is taken away under it
  try {
    return await Promise.race([worked, interrupted]);
  } catch (error) {
    if (!(error instanceof BenchFault)) throw error;
    site.warn(`${error.message}\n`);
    return 1;
  } finally {
    isOver = true;
    await Promise.race([closers.close(), told.toEnd]);
    told.close();
  }
}

function makeDirectory(parent: string): string {
  const problem = problemWith(parent);
  if (problem !== null) throw new ConfigError([`--data ${parent}: ${problem}`]);
  try {
    return mkdtempSync(join(parent, '.raftmq-bench-'));
  } catch (error) {
    const { message } = error as Error;
    throw new ConfigError([`--data ${parent}: no directory can be made there: ${message}`]);
  }
}

function problemWith(parent: string): string | null {
  if (!statSync(parent, { throwIfNoEntry: false })?.isDirectory())
    return 'there is no such directory';
  const disk = diskOf(parent);
  if (!isMemory(disk)) return null;
  return `${disk.fileSystem} is memory, where syncing costs nothing; name a directory on a disk`;
}
