import test from 'ava';
import { StorageError } from '../../../lib/kit/errors.ts';
import { MemoryTables } from '../../../lib/store/database/tables-memory.ts';
import { newSite, restarted, ServerProcess, type Site } from './server-world.ts';
import { MEMBERS } from './snapshot-world.ts';

/** Snapshots at 20 and 40, entries up to 50; the log begins at or before `base`. */
async function seasoned(base: number): Promise<Site> {
  const site = newSite();
  const server = await ServerProcess.start(site);
  await server.store(20);
  await server.snapshot();
  await server.store(40);
  await server.snapshot();
  await server.store(50);
  if (base > 0) await server.compact(base);
  await server.log.store.close();
  return restarted(site);
}

/** The same after a power cut: the database is lost. */
function withoutDatabase(site: Site): Site {
  return { ...site, tables: new MemoryTables() };
}

/** Turns over a bit of the content of the newest snapshot. */
function rotNewest({ snapshots }: Site): void {
  const [newest] = snapshots.names
    .filter((name) => name.endsWith('.snapshot'))
    .sort()
    .reverse();
  snapshots.flip(newest as string, 100, 3);
}

test('rule 13: a database that is lost comes back from the snapshot and the log', async (t) => {
  for (const base of [0, 20, 40]) {
    const server = await ServerProcess.start(withoutDatabase(await seasoned(base)));
    t.is(server.machine.applied, 40);
    t.is(await server.fault(50), null);
    t.deepEqual(server.found.snapshot?.configuration, MEMBERS);
    t.regex(server.found.notes.join(), /installed the snapshot of entry 40/);
  }
});

test('a database that is whole is left as it is', async (t) => {
  const server = await ServerProcess.start(await seasoned(40));
  t.is(server.machine.applied, 50);
  t.deepEqual(server.found.notes, []);
  t.is(await server.fault(50), null);
});

test('rule 18: for a damaged snapshot the one before it steps in, if the log goes on from it', async (t) => {
  const site = withoutDatabase(await seasoned(20));
  rotNewest(site);
  const server = await ServerProcess.start(site);
  t.is(server.machine.applied, 20);
  t.is(await server.fault(50), null);
  t.regex(server.found.notes.join(), /its content is damaged/);
  t.is(server.found.snapshots.newest?.index, 20);
});

test('rule 14: what lies neither in a snapshot nor in the log is missed, and the node does not start', async (t) => {
  const site = withoutDatabase(await seasoned(40));
  rotNewest(site);
  const names = site.snapshots.names;
  const refused = await t.throwsAsync(ServerProcess.start(site), { instanceOf: StorageError });
  t.regex(refused.message, /what lies between is nowhere on this disk.*retire this node/);
  t.deepEqual(site.snapshots.names, names);
  await t.throwsAsync(ServerProcess.start(restarted(site)), { message: refused.message });
});

test('a damaged snapshot does no harm while the database is whole, and another one can be taken', async (t) => {
  const site = await seasoned(40);
  rotNewest(site);
  const server = await ServerProcess.start(site);
  t.is(await server.fault(50), null);
  t.is(server.found.snapshot?.index, 40);
  const { snapshots } = server.found;
  const { snapshot } = server.found;
  if (snapshot) t.is(await snapshots.read(snapshot, 0, 1000), null);
  await server.snapshot();
  t.is(snapshots.newest?.index, 50);
});

test('rules 14 and 16: a log that begins later than any snapshot is refused', async (t) => {
  const site = await seasoned(40);
  for (const name of site.snapshots.names) await site.snapshots.remove(name);
  const refused = await t.throwsAsync(ServerProcess.start(site), { instanceOf: StorageError });
  t.regex(refused.message, /no snapshot stands for what came before/);
});

test('rule 15: a log that ends before a snapshot that was taken of it is refused', async (t) => {
  const { wal } = await seasoned(0);
  const later = await seasoned(0);
  const server = await ServerProcess.start({ ...later, wal: later.wal });
  await server.store(60);
  await server.snapshot();
  const { snapshots, tables } = restarted(later);
  const refused = await t.throwsAsync(ServerProcess.start({ wal, snapshots, tables }));
  t.regex(refused?.message ?? '', /ends at entry 50, although this node took a snapshot at 60/);
});

test('S12: a snapshot that was received is gone on from, wherever the process ended', async (t) => {
  const leader = await ServerProcess.start(await seasoned(40));
  for (const stop of ['received', 'begun', 'installed'] as const) {
    const site = newSite();
    const server = await ServerProcess.start(site);
    await server.store(5);
    await server.receive(leader);
    if (stop !== 'received') {
      const { newest } = leader.found.snapshots;
      const base = { index: newest?.index ?? 0, term: 1 };
      await server.log.store.commit([{ hard: null, entries: [], receipt: RECEIPT, base }]);
    }
    if (stop === 'installed') await server.beginAnew(leader);
    const next = restarted(site);
    const again = await ServerProcess.start(next);
    t.is(await again.fault(40), null, stop);
    await again.store(45);
    t.is(await (await ServerProcess.start(restarted(next))).fault(45), null, stop);
  }
});

const RECEIPT = { kind: 'Stored', last: 40, term: 1, epoch: 1 } as const;

test('a snapshot that rotted before the log made way for it never came', async (t) => {
  const leader = await ServerProcess.start(await seasoned(40));
  const site = newSite();
  const server = await ServerProcess.start(site);
  await server.store(5);
  await server.receive(leader);
  rotNewest(site);
  const again = await ServerProcess.start(restarted(site));
  t.is(await again.fault(5), null);
  t.is(again.found.snapshot, null);
  t.is(again.found.snapshots.newest, null);
  // it can be sent again
  await again.takeOver(leader);
  t.is(again.found.snapshots.newest?.index, 40);
  t.is(again.machine.applied, 40);
});
