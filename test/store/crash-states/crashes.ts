import {
  type DiskOperation,
  MemoryDisk,
  type MemoryDiskOptions,
} from '../../../lib/store/disk/disk-memory.ts';
import type { Chance } from '../../../lib/store/disk/memory-file.ts';
import { remainsOf, stateKey } from './remains.ts';

/** One way in which a process may end, and the disk that the next one finds. */
export type Crash = {
  /** Equal if the next process finds the same. */
  readonly key: string;
  readonly told: () => string;
  readonly start: (options: MemoryDiskOptions) => MemoryDisk;
};

/** Which sectors a sync that fails has written: none, or every other one. */
const LIES: readonly (() => Chance)[] = [() => () => 1, () => everyOther(0), () => everyOther(1)];

/** Everything that a power cut may leave of the disk as it is now. */
export function* powerCuts(disk: MemoryDisk): Generator<Crash> {
  for (const { key, files, told } of remainsOf(disk)) {
    yield {
      key,
      told: () => `power cut, ${told()}`,
      start: (options) => MemoryDisk.holding(files, options),
    };
  }
}

/**
 * The process is killed: the next one finds all that it wrote, synced or not. If a sync is due, also:
 * it fails, which ends the process, and what the next one sees of the file may not be on the disk.
 */
export function* kills(disk: MemoryDisk, operation: DiskOperation | null): Generator<Crash> {
  const state = stateKey(disk);
  const copy = disk.fork();
  const start: Crash['start'] = (options) => copy.fork(options);
  yield { key: `killed ${state}`, told: () => 'killed', start };
  if (operation?.kind !== 'sync') return;
  for (const [number, lie] of LIES.entries()) {
    yield {
      key: `lie ${number} of ${operation.name} ${state}`,
      told: () => `it fails and lies (${number})`,
      start: (options) => {
        const dying = copy.fork();
        dying.failSync(operation.name, lie());
        return dying.restart(options);
      },
    };
  }
}

/** Chance that comes out low and high by turns. */
function everyOther(first: number): Chance {
  let turns = first;
  return () => {
    turns += 1;
    return turns % 2;
  };
}
