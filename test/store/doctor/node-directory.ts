import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { Member } from '../../../lib/core/types.ts';
import { Closers } from '../../../lib/kit/closers.ts';
import { StorageError } from '../../../lib/kit/errors.ts';
import { openDatabase } from '../../../lib/store/database/database.ts';
import {
  type DataDirectory,
  openDataDirectory,
} from '../../../lib/store/directory/data-directory.ts';
import { foundersOf } from '../../../lib/store/directory/identity.ts';
import { realDisk } from '../../../lib/store/disk/disk-real.ts';
import { checkDirectory, type Expectation } from '../../../lib/store/doctor/check-directory.ts';
import type { Finding } from '../../../lib/store/doctor/finding.ts';
import type { Owner } from '../../../lib/store/log/segment.ts';
import { type RecoveredServer, recoverServer } from '../../../lib/store/recover-server.ts';
import type { Files } from '../damage.ts';
import { OPTIONS } from '../damage.ts';
import { entries, hard, ManualTimer, openLog, write } from '../log-world.ts';
import { LIMITS } from '../machine-world.ts';
import { temporaryDirectory } from '../temporary.ts';

/** Data directories of a node on a real disk: to damage, to look into and to start. */

/** Nodes on loopback, as a cluster begins with them. */
export function membersOf(ids: readonly number[]): readonly Member[] {
  const at = (port: number): string => `tcp://127.0.0.1:${port}`;
  const places = (id: number) => ({
    peer: at(7100 + id),
    client: at(7200 + id),
    events: at(7300 + id),
  });
  return foundersOf(ids.map((id) => ({ id, ...places(id) })));
}

export const NODE = { cluster: 'test', node: 1, members: membersOf([1, 2, 3]) };
export const EXPECTED: Expectation = {
  cluster: { name: NODE.cluster, nodes: NODE.members },
  segmentBytes: OPTIONS.segmentBytes,
};
export const LAST = 16;

const templates = mkdtempSync(join(tmpdir(), 'raftmq-templates-'));
test.after.always(() => rmSync(templates, { recursive: true, force: true }));

/** Made once: sixteen entries in three segments, applied; `closed` in order, or as of a kill. */
const made = makeTemplates();

async function makeTemplates(): Promise<void> {
  const root = join(templates, 'closed');
  const directory = await openDataDirectory(root, NODE);
  // the log that a directory comes with has a large first segment
  for (const name of readdirSync(directory.walPath)) rmSync(join(directory.walPath, name));
  const owner = { ...NODE, incarnation: directory.incarnation };
  const { store } = await openLog(realDisk(directory.walPath), { ...OPTIONS, owner });
  const { machine } = await openDatabase({
    directory: directory.dbPath,
    logLast: LAST,
    limits: LIMITS,
  });
  for (let index = 1; index <= LAST; index += 1) {
    const stored = entries(index, 1, 'x'.repeat(600));
    await store.commit([write(stored, hard(1))]);
    machine.apply(stored);
  }
  cpSync(root, join(templates, 'killed'), { recursive: true });
  await machine.close();
  await store.close();
  await directory.close();
}

/** A copy of one of them, in a directory by the number of the node. */
export async function leftBy(
  t: { teardown(undo: () => void): void },
  how: 'closed' | 'killed',
): Promise<string> {
  await made;
  const root = join(temporaryDirectory(t), '1');
  cpSync(join(templates, how), root, { recursive: true });
  return root;
}

/** Changes the files of the log. */
export function changeLog(root: string, change: (files: Files) => Files): void {
  const wal = join(root, 'wal');
  const before = Object.fromEntries(
    readdirSync(wal).map((name) => [name, readFileSync(join(wal, name))]),
  );
  for (const name of Object.keys(before)) rmSync(join(wal, name));
  for (const [name, bytes] of Object.entries(change(before))) {
    writeFileSync(join(wal, name), bytes);
  }
}

/** Every name, size and byte of a directory, in one text. */
export function fingerprint(root: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(root, name);
    const { mtimeMs, mode, size } = statSync(path);
    hash.update(JSON.stringify([name, mode, size, mtimeMs]));
    if (statSync(path).isFile()) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** What the doctor says; nothing is changed by it. */
export async function findings(root: string, expected = EXPECTED): Promise<readonly Finding[]> {
  const before = fingerprint(root);
  const found: Finding[] = [];
  for await (const one of checkDirectory(root, expected)) found.push(one);
  if (fingerprint(root) !== before) throw new Error(`${root} was changed`);
  return found;
}

/** What a start makes of the files of a node. */
export function startIn(
  { walPath, snapshotsPath, dbPath }: DataDirectory,
  owner: Owner,
): Promise<RecoveredServer> {
  const files = {
    wal: realDisk(walPath),
    snapshots: realDisk(snapshotsPath),
    openMachine: async (logLast: number) =>
      (await openDatabase({ directory: dbPath, logLast, limits: LIMITS })).machine,
  };
  return recoverServer(files, { ...OPTIONS, owner, tailBytes: 1 << 20, timer: new ManualTimer() });
}

/** Starts as a node does, without its sockets. @returns why it does not, or null. */
export async function refusalOfStart(root: string): Promise<StorageError | null> {
  const opened = new Closers();
  try {
    const directory = opened.add(await openDataDirectory(root, NODE));
    const owner = { ...NODE, incarnation: directory.incarnation };
    const { log, machine } = await startIn(directory, owner);
    opened.add(log.store);
    opened.add(machine);
    return null;
  } catch (reason) {
    if (!(reason instanceof StorageError)) throw reason;
    return reason;
  } finally {
    await opened.close();
  }
}
