import test from 'ava';
import { StorageError } from '../../../lib/kit/errors.ts';
import { openInMemory } from '../../../lib/store/database/memory-image.ts';
import { MemoryTables } from '../../../lib/store/database/tables-memory.ts';
import { MemoryDisk } from '../../../lib/store/disk/disk-memory.ts';
import { snapshotName } from '../../../lib/store/snapshot/names.ts';
import { openSnapshots } from '../../../lib/store/snapshot/open-snapshots.ts';
import { generatedEntries } from '../generated.ts';
import { LIMITS } from '../machine-world.ts';
import {
  applyUpTo,
  CLUSTER,
  handOver,
  KINDS,
  MEMBERS,
  newServer,
  type Server,
  send,
  serverOn,
  takeAt,
} from './snapshot-world.ts';

for (const kind of KINDS) {
  test(`S23: what a snapshot is installed to is as what it was taken of, ${kind}`, async (t) => {
    const from = await newServer(t, kind);
    const to = await newServer(t, kind);
    const snapshot = await takeAt(from, 700);
    t.deepEqual(snapshot.configuration, MEMBERS);
    t.deepEqual([snapshot.index, snapshot.term, snapshot.rev], [700, 1, from.machine.rev]);

    // what the other one has applied does not matter, and it goes on from there
    applyUpTo(to.machine, 30);
    t.is(await handOver(from, to, snapshot), 'complete');
    t.is(to.machine.digest(), from.machine.digest());
    for (const { machine } of [from, to]) applyUpTo(machine, 900);
    t.is(to.machine.digest(), from.machine.digest());
    t.is(to.machine.rev, from.machine.rev);
    await from.machine.close();
    await to.machine.close();
  });

  test(`S21: entries go on being applied while the state is copied, ${kind}`, async (t) => {
    const from = await newServer(t, kind);
    applyUpTo(from.machine, 500);
    const digest = from.machine.digest();
    const taking = from.snapshots.take(() => MEMBERS);
    let isTaken = false;
    void taking.then(() => {
      isTaken = true;
    });
    const before = from.machine.applied;
    while (!isTaken) {
      const next = from.machine.applied + 1;
      from.machine.apply(generatedEntries(next, next));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const snapshot = await taking;
    t.true(snapshot !== null && snapshot.index >= before);
    const to = await newServer(t, kind);
    if (snapshot) t.is(await handOver(from, to, snapshot), 'complete');
    const same = await newServer(t, 'in memory');
    applyUpTo(same.machine, to.machine.applied);
    t.is(to.machine.digest(), same.machine.digest());
    if (snapshot?.index === 500) t.is(to.machine.digest(), digest);
    await from.machine.close();
    await to.machine.close();
  });

  test(`S15: a snapshot that was received in part goes on after a restart, ${kind}`, async (t) => {
    const from = await newServer(t, kind);
    const to = await newServer(t, kind);
    const older = await takeAt(from, 200);
    const half = await to.snapshots.receive(older);
    await send(from.snapshots, older, half, 1000, older.bytes / 2);
    await half.abandon();

    const again = await serverOn(to.disk, to.machine);
    const receiving = await again.snapshots.receive(older);
    t.true(receiving.offset >= older.bytes / 2 && receiving.offset < older.bytes);
    await send(from.snapshots, older, receiving, 1000);
    t.is(await receiving.finish(), 'complete');
    t.deepEqual(again.snapshots.newest, older);

    // one that is there is not asked for again
    t.is((await again.snapshots.receive(older)).offset, older.bytes);
    await from.machine.close();
    await to.machine.close();
  });
}

test('S15: parts of two snapshots are never mixed', async (t) => {
  const from = await newServer(t, 'in memory');
  const to = await newServer(t, 'in memory');
  const older = await takeAt(from, 200);
  const release = from.snapshots.hold(older);
  const newer = await takeAt(from, 400);
  const first = await to.snapshots.receive(older);
  await send(from.snapshots, older, first, 1000, 4000);
  await first.abandon();
  const second = await to.snapshots.receive(newer);
  t.is(second.offset, 0);
  await second.abandon();
  t.is((await to.snapshots.receive(older)).offset, 0);
  release();
});

test('D21: a snapshot that arrives otherwise than it left is dropped, and can be sent anew', async (t) => {
  const from = await newServer(t, 'in memory');
  const to = await newServer(t, 'in memory');
  const snapshot = await takeAt(from, 200);
  const receiving = await to.snapshots.receive(snapshot);
  const bytes = Buffer.from((await from.snapshots.read(snapshot, 0, snapshot.bytes)) ?? []);
  bytes[700] = (bytes[700] as number) ^ 1;
  await receiving.write(0, bytes);
  t.is(await receiving.finish(), 'damaged');
  t.is(to.snapshots.newest, null);
  t.is(await handOver(from, to, snapshot), 'complete');
});

test('one of another cluster, configuration or term does not pass for it', async (t) => {
  const from = await newServer(t, 'in memory');
  const snapshot = await takeAt(from, 200);
  const others = [
    { ...snapshot, term: 2 },
    { ...snapshot, index: 201 },
    { ...snapshot, rev: 7 },
    { ...snapshot, configuration: { ...MEMBERS, voters: [1] } },
  ];
  for (const other of others) {
    const to = await newServer(t, 'in memory');
    const receiving = await to.snapshots.receive(other);
    await send(from.snapshots, snapshot, receiving);
    t.is(await receiving.finish(), 'damaged');
  }
  const disk = new MemoryDisk();
  const { snapshots } = await openSnapshots(disk, 'another');
  const receiving = await snapshots.receive(snapshot);
  await send(from.snapshots, snapshot, receiving);
  t.is(await receiving.finish(), 'damaged');
});

test('nothing is taken twice, and nothing of nothing', async (t) => {
  const server = await newServer(t, 'in memory');
  t.is(await server.snapshots.take(() => MEMBERS), null);
  const snapshot = await takeAt(server, 10);
  t.is(await server.snapshots.take(() => MEMBERS), snapshot);
});

test('the newest stays, the one before it as long as the log goes on from it, and what is sent', async (t) => {
  const server = await newServer(t, 'in memory');
  const { disk, snapshots } = server;
  const first = await takeAt(server, 10);
  const release = snapshots.hold(first);
  const second = await takeAt(server, 20);
  const third = await takeAt(server, 30);
  const there = async () => [...(await disk.list())].sort();
  t.deepEqual(await there(), [first, second, third].map(snapshotName));
  t.truthy(await snapshots.read(first, 0, 10));
  release();
  await snapshots.keepFrom(20);
  t.deepEqual(await there(), [second, third].map(snapshotName));
  t.is(await snapshots.read(first, 0, 10), null);
  await snapshots.keepFrom(21);
  t.deepEqual(await there(), [snapshotName(third)]);
});

test('D21: rot is found when a snapshot is read, and it is no snapshot any more', async (t) => {
  const server = await newServer(t, 'in memory');
  const snapshot = await takeAt(server, 100);
  (server.disk as MemoryDisk).flip(snapshotName(snapshot), 500, 3);
  t.is(await server.snapshots.read(snapshot, 0, 100), null);
  t.is(server.snapshots.newest, null);
  await t.throwsAsync(server.snapshots.install(snapshot), {
    instanceOf: StorageError,
    message: /is damaged/,
  });
  t.is(server.machine.applied, 100);
  // the state machine is all right, so there can be another
  t.deepEqual(await server.snapshots.take(() => MEMBERS), snapshot);
  t.truthy(await server.snapshots.read(snapshot, 0, 100));
});

test('a directory of snapshots is opened as it was left; what is of no use is told', async (t) => {
  const server = await newServer(t, 'in memory');
  const disk = server.disk as MemoryDisk;
  const first = await takeAt(server, 10);
  const second = await takeAt(server, 20);
  const third = await takeAt(server, 30);
  t.deepEqual(second, { ...second, index: 20 });
  disk.flip(snapshotName(third), disk.sizeOf(snapshotName(third)) - 50, 1);
  for (const name of ['taking.tmp', 'notes.txt']) await disk.create(name);
  const { snapshots, notes } = await openSnapshots(disk, CLUSTER);
  t.deepEqual(snapshots.newest, second);
  t.false((await disk.list()).includes('taking.tmp'));
  t.is(notes.length, 2);
  t.regex(notes.join('\n'), /notes.txt: not a file of this program/);
  t.regex(notes.join('\n'), /of no use: its description is damaged/);
  t.is(await snapshots.read(first, 0, 1), null);

  // with the next one, what says nothing goes
  snapshots.serve(server.machine);
  applyUpTo(server.machine, 40);
  const fourth = await snapshots.take(() => MEMBERS);
  t.true(fourth !== null && (await disk.list()).includes(snapshotName(fourth)));
  t.false((await disk.list()).includes(snapshotName(third)));

  const other = await openSnapshots(disk, 'another');
  t.is(other.snapshots.newest, null);
  t.regex(other.notes.join('\n'), /of no use: it is of cluster "test"/);
});

test('S18: of two snapshots that come in the newest counts, whichever is whole first', async (t) => {
  const from = await newServer(t, 'in memory');
  const older = await takeAt(from, 200);
  const release = from.snapshots.hold(older);
  const newer = await takeAt(from, 400);
  const to = await newServer(t, 'in memory');
  t.is(await handOver(from, to, newer), 'complete');
  const late = await to.snapshots.receive(older);
  await send(from.snapshots, older, late);
  t.is(await late.finish(), 'complete');
  t.deepEqual(to.snapshots.newest, newer);
  release();
});

test('a disk that is full leaves all as it was', async (t) => {
  const tables = new MemoryTables();
  const machine = openInMemory(tables, LIMITS);
  const disk = new MemoryDisk({ capacityBytes: 1000 });
  const server: Server = await serverOn(disk, machine);
  applyUpTo(machine, 300);
  const refused = await t.throwsAsync(server.snapshots.take(() => MEMBERS));
  t.is((refused as StorageError).code, 'FULL');
  t.deepEqual(disk.names, []);
  t.is(server.snapshots.newest, null);
});
