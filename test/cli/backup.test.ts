import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { foundedBy } from '../../lib/core/quorum.ts';
import { Closers } from '../../lib/kit/closers.ts';
import { ReplaceableMachine } from '../../lib/store/database/replaceable-machine.ts';
import { openDataDirectory } from '../../lib/store/directory/data-directory.ts';
import { foundersOf } from '../../lib/store/directory/identity.ts';
import { fingerprint, startIn } from '../store/doctor/node-directory.ts';
import { generatedEntries } from '../store/generated.ts';
import { hard, write } from '../store/log-world.ts';
import { memoryMachine } from '../store/machine-world.ts';
import { temporaryDirectory } from '../store/temporary.ts';
import { raftmq } from './process.ts';

const OLD = { cluster: 'old', node: 1, members: founders([1, 2, 3]) };
const LAST = 100;
const SNAPSHOT = 60;

/** A node that has stored and applied a log, and taken a snapshot on the way. */
async function oldNode(t: ExecutionContext): Promise<string> {
  const root = join(temporaryDirectory(t), 'data', '1');
  const opened = new Closers();
  const directory = opened.add(await openDataDirectory(root, OLD));
  const owner = { ...OLD, incarnation: directory.incarnation };
  const { log, machine, snapshots } = await startIn(directory, owner);
  opened.add(log.store);
  opened.add(machine);
  await log.store.commit([write([], hard(1))]);
  for (let first = 1; first <= LAST; first += 20) {
    const entries = generatedEntries(first, first + 19);
    await log.store.commit([write(entries)]);
    machine.apply(entries);
    if (first + 19 === SNAPSHOT) await snapshots.take(() => foundedBy(OLD.members));
  }
  await opened.close();
  return root;
}

function founders(ids: readonly number[]) {
  return foundersOf(ids.map(addressOf));
}

function addressOf(id: number) {
  return { id, peer: `tcp://h:${id}1`, client: `tcp://h:${id}2`, events: `tcp://h:${id}3` };
}

/** A configuration of a new cluster of these nodes, with data of its own. */
function newCluster(t: ExecutionContext, ids: readonly number[], cluster = 'new') {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'config.json');
  const data = join(directory, 'data');
  const nodes = ids.map(addressOf);
  writeFileSync(file, JSON.stringify({ cluster, nodes, data }));
  return { file, data };
}

/** What a start makes of a directory: the last entry, the configuration, and all keys in one name. */
async function started(root: string, node: number, voters: readonly number[]) {
  const opened = new Closers();
  const applicant = { cluster: 'new', node, members: founders(voters) };
  const directory = opened.add(await openDataDirectory(root, applicant));
  const owner = { ...applicant, incarnation: directory.incarnation };
  const { log, machine, snapshot } = await startIn(directory, owner);
  opened.add(log.store);
  opened.add(machine);
  const digest = machine instanceof ReplaceableMachine ? machine.digest() : '';
  await opened.close();
  return { last: log.last.index, voters: snapshot?.configuration.voters, digest };
}

function digestAt(index: number): string {
  const machine = memoryMachine();
  machine.apply(generatedEntries(1, index));
  return machine.digest();
}

test('O03: a backup restored to a new cluster begins with the same state on every node', async (t) => {
  const root = await oldNode(t);
  const before = fingerprint(root);
  const out = join(temporaryDirectory(t), 'backup');
  const backup = await raftmq(t, 'backup', root, '--out', out).ended();
  t.deepEqual([backup.code, backup.stderr], [0, '']);
  t.regex(backup.stdout, /backup: cluster "old" as of entry 60 of term 1, rev \d+, \d+ bytes/);
  t.is(fingerprint(root), before);

  const { file, data } = newCluster(t, [1, 2]);
  const restore = await raftmq(t, 'restore', '--in', out, '--config', file).ended();
  t.deepEqual([restore.code, restore.stderr, restore.lines.length], [0, '', 2]);
  for (const id of [1, 2]) {
    const state = await started(join(data, `${id}`), id, [1, 2]);
    t.deepEqual(state, { last: SNAPSHOT, voters: [1, 2], digest: digestAt(SNAPSHOT) });
  }
});

test('O05: what one node has left becomes a cluster of one; without --yes it is only told', async (t) => {
  const root = await oldNode(t);
  const before = fingerprint(root);
  const { file, data } = newCluster(t, [1]);
  const dry = await raftmq(t, 'recover', root, '--config', file).ended();
  t.deepEqual([dry.code, dry.stderr], [0, '']);
  t.regex(dry.stdout, /its snapshot of entry 60 and its log, up to entry 100 of term 1/);
  t.regex(dry.stdout, /May be lost: .*\n.*\n.*\nNothing was done/);
  t.false(existsSync(data));

  const done = await raftmq(t, 'recover', root, '--config', file, '--yes').ended();
  t.deepEqual([done.code, done.stderr], [0, '']);
  t.is(fingerprint(root), before);
  t.deepEqual(readdirSync(data), ['1']);
  const state = await started(join(data, '1'), 1, [1]);
  t.deepEqual(state, { last: LAST, voters: [1], digest: digestAt(LAST) });
});

test('bad input is told, and nothing is made or changed', async (t) => {
  const root = await oldNode(t);
  const place = temporaryDirectory(t);
  const out = join(place, 'backup');
  t.is((await raftmq(t, 'backup', root, '--out', out).ended()).code, 0);
  const rotten = join(place, 'rotten');
  const bytes = readFileSync(out);
  bytes[100] = (bytes[100] as number) ^ 1;
  writeFileSync(rotten, bytes);
  const { file, data } = newCluster(t, [1, 2]);
  const same = newCluster(t, [1, 2], 'old');
  const full = newCluster(t, [1, 2]);
  mkdirSync(join(full.data, '2', 'wal'), { recursive: true });
  const other = newCluster(t, [7]);
  const before = [dirname(root), place, dirname(file), dirname(full.file)].map(fingerprint);
  for (const [argv, code, says] of [
    [['backup', root], 2, /--out is missing/],
    [['backup', '--out', join(place, 'x')], 2, /of which node\?/],
    [['backup', place, '--out', join(place, 'x')], 2, /holds no data of a node/],
    [['backup', root, '--out', out], 1, /exists already/],
    [['backup', root, '--out', join(place, 'no', 'where')], 1, /no such file or directory/],
    [['restore', '--config', file], 2, /--in is missing/],
    [['restore', '--in', out, '--id', '9', '--config', file], 2, /there is no such node/],
    [['restore', '--in', join(place, 'none'), '--config', file], 1, /no such file/],
    [['restore', '--in', rotten, '--config', file], 1, /rotten is damaged: use another copy/],
    [['restore', '--in', file, '--config', file], 1, /does not end like a snapshot/],
    [['restore', '--in', out, '--config', same.file], 1, /needs a name of its own/],
    [['restore', '--in', out, '--config', full.file], 1, /only an empty directory is filled/],
    [['recover'], 2, /which node has survived\?/],
    [['recover', root, '--config', other.file], 2, /does not name node 1/],
    [['recover', root, '--yes', '--config', same.file], 1, /needs a name of its own/],
  ] as const) {
    const ended = await raftmq(t, ...argv).ended();
    t.is(ended.code, code, argv.join(' '));
    t.regex(ended.stderr, says, argv.join(' '));
  }
  t.deepEqual([dirname(root), place, dirname(file), dirname(full.file)].map(fingerprint), before);
  t.false(existsSync(data));
});

test('a node that runs is not recovered, and is asked for a snapshot before it is backed up', async (t) => {
  const root = await oldNode(t);
  const directory = await openDataDirectory(root, OLD);
  const { file } = newCluster(t, [1]);
  const recover = await raftmq(t, 'recover', root, '--yes', '--config', file).ended();
  t.is(recover.code, 1);
  t.regex(recover.stderr, /a node runs in/);

  const out = join(temporaryDirectory(t), 'backup');
  const other = newCluster(t, [7]).file;
  const unnamed = await raftmq(t, 'backup', root, '--out', out, '--config', other).ended();
  t.is(unnamed.code, 2);
  t.regex(unnamed.stderr, /can be asked for a snapshot, or say --as-is/);
  const asIs = await raftmq(t, 'backup', root, '--out', out, '--as-is').ended();
  await directory.close();
  t.is(asIs.code, 0);
});
