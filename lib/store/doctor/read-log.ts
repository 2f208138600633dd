import { dirname, resolve } from 'node:path';
import type { Entry } from '../../core/entry.ts';
import type { Index } from '../../core/types.ts';
import { StorageError } from '../../kit/errors.ts';
import { findIdentity } from '../directory/identity.ts';
import { readOnlyDisk } from '../disk/disk-real.ts';
import { type LogFiles, surveyLog } from '../log/examine.ts';
import { readStretches } from '../log/read-entries.ts';
import { closeAll, type ReplayedBatch, type Scan, scanLog } from '../log/scan.ts';
import { type Owner, ownerCheck, ownerIn, SECTOR_BYTES, segmentName } from '../log/segment.ts';
import type { Disk } from '../ports.ts';
import type { Label } from '../snapshot/format.ts';
import { snapshotsIn } from './check-snapshots.ts';
import { examineNodeLog, type NodeLog } from './examine-node-log.ts';
import { isDirectory } from './layout.ts';

/** A log that is only read. */
export type ReadableLog = NodeLog & {
  /** Whose it is; null if no identity tells. */
  readonly owner: Owner | null;
  /** The snapshots beside it whose labels can be read, newest first. */
  readonly labels: readonly Label[];
  /** Shows every batch that was there at the opening, in their order; stops when that returns false. */
  batches(watch: (batch: ReplayedBatch) => Promise<boolean>): Promise<void>;
  close(): Promise<void>;
};

/**
 * Opens the log in `walPath` for reading: whatever state it is in, and while its node runs.
 *
 * @returns null if it has no segments.
 * @throws {StorageError} IO.
 */
export async function readLog(walPath: string): Promise<ReadableLog | null> {
  if (!isDirectory(walPath)) return null;
  const disk = readOnlyDisk(walPath);
  const files = await surveyLog(disk);
  if (files.ids.length === 0) return null;
  const root = dirname(resolve(walPath));
  const owner = await ownerOf(root, walPath);
  const check = owner === null ? await ownerInSegment(disk, files) : ownerCheck(owner);
  const examined = await examineNodeLog(root, disk, check, files, owner?.cluster ?? null);
  const { scan } = examined;
  return {
    ...examined,
    owner,
    labels: (await snapshotsIn(root, owner?.cluster ?? null)).labels,
    batches: async (watch) => {
      const first = scan?.segments[0]?.id;
      if (scan && first) await eachBatch(disk, check, first, scan.sequence, watch);
    },
    close: () => closeAll(scan?.segments ?? []),
  };
}

/** Null of a log without an identity beside it that can be read: it can be shown all the same. */
async function ownerOf(root: string, walPath: string): Promise<Owner | null> {
  try {
    const names = await readOnlyDisk(walPath).list();
    return await findIdentity(readOnlyDisk(root), walPath, names, null);
  } catch (reason) {
    if (!(reason instanceof StorageError)) throw reason;
    return null;
  }
}

async function ownerInSegment(disk: Disk, { ids }: LogFiles): Promise<number> {
  const file = await disk.open(segmentName(ids[0] as number));
  try {
    return ownerIn(await file.read(0, SECTOR_BYTES)) ?? 0;
  } finally {
    await file.close();
  }
}

/** Ends a scan that nobody wants to see more of. */
class Enough extends Error {}

async function eachBatch(
  disk: Disk,
  owner: number,
  first: number,
  last: number,
  watch: (batch: ReplayedBatch) => Promise<boolean>,
): Promise<void> {
  try {
    const { scan } = await scanLog(disk, owner, first, 0, async (batch) => {
      if (batch.header.sequence > last || !(await watch(batch))) throw new Enough();
    });
    await closeAll(scan?.segments ?? []);
  } catch (reason) {
    if (!(reason instanceof Enough)) throw reason;
  }
}

/**
 * The entries from one on, up to and with another, as the log holds them now.
 *
 * @throws {StorageError} CORRUPT if one is not what was stored there, IO.
 */
export async function* entriesOf(scan: Scan, from: Index, to: Index): AsyncGenerator<Entry> {
  for await (const entries of readStretches(scan, from, to)) {
    for (const entry of entries) {
      if (entry.index > to) return;
      yield entry;
    }
  }
}

/** How many entries of a batch were not replaced by a later one: always the first of them. */
export function keptOf({ header, segment, bytes }: ReplayedBatch, { positions }: Scan): number {
  const isKept = (index: Index): boolean => {
    if (index > positions.last.index) return false;
    const { segment: id, offsets } = positions.stretch(index, 1);
    const inside = (offsets[0] as number) - header.place.offset;
    return id === segment.id && inside >= 0 && inside < bytes.length;
  };
  let [low, high] = [0, header.count];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (isKept(header.first + middle - 1)) low = middle;
    else high = middle - 1;
  }
  return low;
}
