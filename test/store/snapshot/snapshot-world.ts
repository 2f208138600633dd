import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { votersOnly } from '../../../lib/core/quorum.ts';
import type { Snapshot } from '../../../lib/core/snapshot.ts';
import { openDatabase } from '../../../lib/store/database/database.ts';
import { openInMemory } from '../../../lib/store/database/memory-image.ts';
import type { ReplaceableMachine } from '../../../lib/store/database/replaceable-machine.ts';
import { MemoryTables } from '../../../lib/store/database/tables-memory.ts';
import { MemoryDisk } from '../../../lib/store/disk/disk-memory.ts';
import { realDisk } from '../../../lib/store/disk/disk-real.ts';
import type { Disk } from '../../../lib/store/ports.ts';
import type { DiskSnapshots } from '../../../lib/store/snapshot/disk-snapshots.ts';
import { openSnapshots } from '../../../lib/store/snapshot/open-snapshots.ts';
import type { Receiving } from '../../../lib/store/snapshot-store.ts';
import { generatedEntries } from '../generated.ts';
import { LIMITS } from '../machine-world.ts';
import { temporaryDirectory } from '../temporary.ts';

/** Snapshots of the state machine of one server, small and under control. */

export const CLUSTER = 'test';
export const MEMBERS = votersOnly([1, 2, 3]);

/** A server: what lies on its disk, and its state machine. */
export type Server = {
  readonly disk: Disk;
  readonly snapshots: DiskSnapshots;
  readonly machine: ReplaceableMachine;
};

export type Kind = 'on disk' | 'in memory';
export const KINDS: readonly Kind[] = ['in memory', 'on disk'];

export async function newServer(t: ExecutionContext, kind: Kind): Promise<Server> {
  if (kind === 'in memory') {
    return serverOn(new MemoryDisk(), openInMemory(new MemoryTables(), LIMITS));
  }
  const root = temporaryDirectory(t);
  const path = join(root, 'snapshots');
  mkdirSync(path);
  const directory = join(root, 'db');
  const { machine } = await openDatabase({ directory, logLast: 1e9, limits: LIMITS, boot: 'one' });
  return serverOn(realDisk(path), machine);
}

export async function serverOn(disk: Disk, machine: ReplaceableMachine): Promise<Server> {
  const { snapshots } = await openSnapshots(disk, CLUSTER);
  snapshots.serve(machine);
  return { disk, snapshots, machine };
}

/** Applies the entries up to `index` of a log that all servers have. */
export function applyUpTo(machine: ReplaceableMachine, index: number): void {
  for (let next = machine.applied + 1; next <= index; next += 50) {
    machine.apply(generatedEntries(next, Math.min(index, next + 49)));
  }
}

/** Applies up to `index`, and takes a snapshot there. */
export async function takeAt({ machine, snapshots }: Server, index: number): Promise<Snapshot> {
  applyUpTo(machine, index);
  const snapshot = await snapshots.take(() => MEMBERS);
  if (snapshot === null) throw new Error('nothing was taken');
  return snapshot;
}

/** Sends a snapshot, `length` bytes at a time, until all or `upTo` is there. */
export async function send(
  from: DiskSnapshots,
  snapshot: Snapshot,
  receiving: Receiving,
  length = 10_000,
  upTo = snapshot.bytes,
): Promise<void> {
  while (receiving.offset < upTo) {
    const bytes = await from.read(snapshot, receiving.offset, length);
    if (bytes === null) throw new Error('the snapshot is gone');
    await receiving.write(receiving.offset, bytes);
  }
}

/** Sends all of a snapshot and has it installed. */
export async function handOver(from: Server, to: Server, snapshot: Snapshot): Promise<string> {
  const receiving = await to.snapshots.receive(snapshot);
  await send(from.snapshots, snapshot, receiving);
  const end = await receiving.finish();
  if (end === 'complete') await to.snapshots.install(snapshot);
  return end;
}
