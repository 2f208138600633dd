import { join } from 'node:path';
import { type Entry, makeEntry } from '../../lib/core/entry.ts';
import { votersOnly } from '../../lib/core/quorum.ts';
import { openDatabase } from '../../lib/store/database/database.ts';
import { openDataDirectory } from '../../lib/store/directory/data-directory.ts';
import { foundersOf } from '../../lib/store/directory/identity.ts';
import { realDisk } from '../../lib/store/disk/disk-real.ts';
import { type RecoveredServer, recoverServer } from '../../lib/store/recover-server.ts';
import { encodeRequest } from '../../lib/wire/client.ts';
import { realClock } from '../../streams/real-clock.ts';

/** Entries in one batch of the log and one transaction of the database. */
const BATCH = 500;
const ADDRESS = { id: 1, peer: 'tcp://h:1', client: 'tcp://h:2', events: 'tcp://h:3' };
const NODE = { cluster: 'bench', node: 1, members: foundersOf([ADDRESS]) };
const RECEIPT = { kind: 'Stored', term: 1, last: 0, epoch: 0 } as const;
/** Coprime to any number of keys that is asked for, so that they come in no order. */
const STRIDE = 7_368_787;

export type Stored = {
  /** So many keys, each written once. */
  readonly keys: number;
  readonly valueBytes: number;
  /** After which of them a snapshot is taken, and the log compacted up to 10,000 before it; or never. */
  readonly snapshotAt: number | null;
};

/** Opens the files of node 1 of a cluster of one. */
export async function openNode(
  root: string,
): Promise<RecoveredServer & { close(): Promise<void> }> {
  const directory = await openDataDirectory(root, NODE);
  const { walPath, snapshotsPath, dbPath } = directory;
  const history = { revs: 1000, bytes: 1 << 28 };
  const limits = { valueBytes: 1 << 20, history, sessions: 1000, leases: 1000 };
  const server = await recoverServer(
    {
      wal: realDisk(walPath),
      snapshots: realDisk(snapshotsPath),
      openMachine: async (logLast) =>
        (await openDatabase({ directory: dbPath, logLast, limits })).machine,
    },
    {
      owner: { ...NODE, incarnation: directory.incarnation },
      segmentBytes: 16 << 20,
      tailBytes: 64 << 20,
      timer: realClock,
    },
  );
  const close = async (): Promise<void> => {
    await server.machine.close();
    await server.log.store.close();
    await directory.close();
  };
  return { ...server, close };
}

/** Stores and applies, as a node would whose clients have written these keys. */
export async function fill(server: RecoveredServer, stored: Stored): Promise<void> {
  const { keys, valueBytes, snapshotAt } = stored;
  const { log, machine, snapshots } = server;
  const value = 'v'.repeat(valueBytes);
  const put = (index: number): Entry => {
    const frame = encodeRequest(index, 'put', { key: keyOf(index, keys), value });
    return makeEntry(index, 1, 'command', frame);
  };
  await log.store.commit([{ hard: { term: 1, vote: 1 }, entries: [], receipt: RECEIPT }]);
  for (let first = 1; first <= keys; first += BATCH) {
    const entries = Array.from({ length: BATCH }, (_, i) => put(first + i));
    await log.store.commit([{ hard: null, entries, receipt: RECEIPT }]);
    machine.apply(entries);
    if (snapshotAt === null || first + BATCH <= snapshotAt || first > snapshotAt) continue;
    await snapshots.take(() => votersOnly([1]));
    const base = await log.store.compact(machine.applied - 10_000);
    await snapshots.keepFrom(base.index);
  }
}

export function keyOf(index: number, keys: number): string {
  return `bench/${String((index * STRIDE) % keys).padStart(10, '0')}`;
}

/** The directory of node 1 below that of all nodes. */
export function rootIn(data: string): string {
  return join(data, '1');
}
