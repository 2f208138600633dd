import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { cpus, release, type } from 'node:os';
import { join } from 'node:path';

/** What figures depend on besides the program. */
export type Machine = {
  readonly cores: number;
  readonly model: string;
  readonly node: string;
  readonly os: string;
  readonly disk: Disk;
  /** Median of writing 4 KiB into a file that is there already, and syncing it. */
  readonly fdatasyncMs: number;
};

/** `device` is null where the system does not tell. */
export type Disk = { readonly fileSystem: string; readonly device: string | null };

const BLOCK_BYTES = 4096;
const BLOCKS = 256;
const SYNCS = 200;

/** Looks at this machine, and at the disk that holds `directory`. Takes about 0.2 s. */
export function inspectMachine(directory: string): Machine {
  const all = cpus();
  return {
    cores: all.length,
    model: all[0]?.model.trim() ?? 'unknown',
    node: process.version,
    os: `${type()} ${release()} ${process.arch}`,
    disk: diskOf(directory),
    fdatasyncMs: measureSync(join(directory, 'sync-probe')),
  };
}

export function machineLine({ cores, model, node, os, disk, fdatasyncMs }: Machine): string {
  const device = disk.device === null ? '' : ` on ${disk.device}`;
  const sync = `fdatasync ${fdatasyncMs.toFixed(2)} ms (p50)`;
  return `${cores} cores ${model}, Node ${node.slice(1)}, ${os}, ${disk.fileSystem}${device}, ${sync}`;
}

/** True if files there are gone with the power: then syncing them would prove nothing. */
export function isMemory({ fileSystem }: Disk): boolean {
  return fileSystem === 'tmpfs' || fileSystem === 'ramfs';
}

export function diskOf(directory: string): Disk {
  const path = realpathSync(directory);
  return (process.platform === 'linux' && mountOf(path)) || byNumber(path);
}

/** The mount with the longest path that `path` is in (proc(5), /proc/self/mounts). */
function mountOf(path: string): Disk | null {
  let found: { readonly at: string; readonly disk: Disk } | null = null;
  for (const line of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
    const [device = '', at = '', fileSystem = ''] = line.split(' ').map(decodeOctal);
    const isIn = path === at || path.startsWith(at.endsWith('/') ? at : `${at}/`);
    // of two mounts on one path the later one is seen
    if (at !== '' && isIn && at.length >= (found?.at.length ?? 0)) {
      found = { at, disk: { fileSystem, device } };
    }
  }
  return found?.disk ?? null;
}

/** Spaces and the like are written in octal. */
function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** The few that statfs(2) names by the same number on every system. */
const NUMBERS: ReadonlyMap<number, string> = new Map([
  [0x1a, 'apfs'],
  [0xef53, 'ext4'],
  [0x01021994, 'tmpfs'],
]);

function byNumber(path: string): Disk {
  const { type: number } = statfsSync(path);
  const fileSystem = NUMBERS.get(number) ?? `file system 0x${number.toString(16)}`;
  return { fileSystem, device: null };
}

function measureSync(path: string): number {
  const block = Buffer.alloc(BLOCK_BYTES, 'x');
  const fd = openSync(path, 'wx');
  try {
    for (let i = 0; i < BLOCKS; i++) writeSync(fd, block, 0, BLOCK_BYTES, i * BLOCK_BYTES);
    fsyncSync(fd);
    const times = Array.from({ length: SYNCS }, (_, i) => {
      const startedAt = performance.now();
      writeSync(fd, block, 0, BLOCK_BYTES, (i % BLOCKS) * BLOCK_BYTES);
      fdatasyncSync(fd);
      return performance.now() - startedAt;
    });
    return times.sort((a, b) => a - b)[SYNCS / 2] as number;
  } finally {
    closeSync(fd);
    rmSync(path);
  }
}
