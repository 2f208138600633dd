import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type StorageCode, StorageError } from '../../lib/kit/errors.ts';
import { openDataDirectory } from '../../lib/store/directory/data-directory.ts';
import {
  type Applicant,
  establishIdentity,
  foundersOf,
} from '../../lib/store/directory/identity.ts';
import { MemoryDisk } from '../../lib/store/disk/disk-memory.ts';
import { realDisk } from '../../lib/store/disk/disk-real.ts';
import { chance, entries, hard, openLog, write } from './log-world.ts';
import { temporaryDirectory } from './temporary.ts';

const MEMBERS = foundersOf([1, 2, 3].map(at));
const NODE: Applicant = { cluster: 'test', node: 3, members: MEMBERS };

function at(id: number) {
  const port = (base: number): string => `tcp://127.0.0.1:${base + id}`;
  return { id, peer: port(7100), client: port(7200), events: port(7300) };
}

async function refused(t: ExecutionContext, path: string, node = NODE): Promise<StorageError> {
  const opening = openDataDirectory(path, node);
  return (await t.throwsAsync(opening, { instanceOf: StorageError })) as StorageError;
}

test('a new directory is made with all above it, and keeps its incarnation', async (t) => {
  const path = join(temporaryDirectory(t), 'a', 'b', '3');
  const first = await openDataDirectory(path, NODE);
  t.is(first.path, path);
  t.is(first.walPath, join(path, 'wal'));
  t.is(first.dbPath, join(path, 'db'));
  t.true(Number.isSafeInteger(first.incarnation) && first.incarnation > 0);
  await first.close();

  const again = await openDataDirectory(path, NODE);
  t.is(again.incarnation, first.incarnation);
  await again.close();
  const other = await openDataDirectory(join(path, 'other'), NODE);
  t.not(other.incarnation, first.incarnation);
  await other.close();
});

test('the log of a new directory is there, empty, and belongs to it', async (t) => {
  const directory = await openDataDirectory(temporaryDirectory(t), NODE);
  const owner = { ...NODE, incarnation: directory.incarnation };
  const { store, last, notes } = await openLog(realDisk(directory.walPath), { owner });

  t.is(last.index, 0);
  t.deepEqual(notes, []);
  await store.close();
  await directory.close();
});

test('a directory is held by one opener at a time', async (t) => {
  const path = temporaryDirectory(t);
  const directory = await openDataDirectory(path, NODE);
  const { code, message } = await refused(t, path);
  t.is(code, 'LOCKED');
  t.regex(message, new RegExp(`another process holds ${path} \\(pid ${process.pid}\\)`));
  await directory.close();
  await (await openDataDirectory(path, NODE)).close();
});

test('a directory is held against other processes, until the holder is gone, even killed', async (t) => {
  const path = temporaryDirectory(t);
  const program = `
    const { openDataDirectory } = await import(process.argv[1]);
    await openDataDirectory(process.argv[2], ${JSON.stringify(NODE)});
    console.log('held');
    setInterval(() => {}, 1000);
  `;
  const module = new URL('../../lib/store/directory/data-directory.js', import.meta.url).href;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, module, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const { code, message } = await refused(t, path);
  t.is(code, 'LOCKED');
  t.regex(message, new RegExp(`pid ${child.pid}`));

  child.kill('SIGKILL');
  await once(child, 'exit');
  await (await openDataDirectory(path, NODE)).close();
});

test('the directory of another node or cluster is refused', async (t) => {
  const path = temporaryDirectory(t);
  await (await openDataDirectory(path, NODE)).close();

  for (const node of [
    { ...NODE, node: 4 },
    { ...NODE, cluster: 'prod' },
  ]) {
    const { code, message } = await refused(t, path, node);
    t.is(code, 'FOREIGN');
    t.regex(
      message,
      /belongs to node 3 of cluster "test", not to node \d of "\w+": give this node/,
    );
  }
  await (await openDataDirectory(path, NODE)).close();
});

test('the members that a directory began with count, whatever the configuration names later', async (t) => {
  const path = temporaryDirectory(t);
  const first = await openDataDirectory(path, NODE);
  t.deepEqual(first.members, MEMBERS);
  await first.close();
  for (const ids of [[3], [1, 2, 3, 4, 5], [1, 3, 4], []]) {
    const members = foundersOf(ids.map(at));
    const again = await openDataDirectory(path, { ...NODE, members });
    t.deepEqual(again.members, MEMBERS);
    t.is(again.incarnation, first.incarnation);
    await again.close();
  }
});

test('a node that is added to a cluster begins without members, and keeps where it listens', async (t) => {
  const path = temporaryDirectory(t);
  const joins = { peer: 'tcp://a:1', client: 'tcp://a:2', events: 'tcp://a:3' };
  const first = await openDataDirectory(path, { ...NODE, joins });
  t.deepEqual(first.members, []);
  t.deepEqual(first.listens, joins);
  await first.close();
  const again = await openDataDirectory(path, NODE);
  t.deepEqual([again.members, again.listens], [[], joins]);
  await again.close();
});

test('a removed node does not start from its directory again, unless it joins anew', async (t) => {
  const path = temporaryDirectory(t);
  const directory = await openDataDirectory(path, NODE);
  await directory.setRemoved(12);
  await directory.close();
  const { code, message } = await refused(t, path);
  t.is(code, 'REMOVED');
  t.regex(message, /was removed from its cluster \(entry 12\): start it with --join/);

  const joins = { peer: 'tcp://a:1', client: 'tcp://a:2', events: 'tcp://a:3' };
  const back = await openDataDirectory(path, { ...NODE, joins });
  t.is(back.incarnation, directory.incarnation);
  t.deepEqual(back.members, MEMBERS);
  await back.close();
  await (await openDataDirectory(path, NODE)).close();
});

test('an identity of format 1, which names ids only, is read and written anew', async (t) => {
  const path = temporaryDirectory(t);
  const { incarnation, ...made } = await openDataDirectory(path, NODE);
  await made.close();
  const file = join(path, 'identity.json');
  const old = { format: 1, cluster: 'test', node: 3, incarnation, voters: [1, 2, 3], hasLog: true };
  writeFileSync(file, JSON.stringify(old));

  const { code, message } = await refused(t, path, { ...NODE, members: foundersOf([at(3)]) });
  t.is(code, 'FOREIGN');
  t.regex(message, /of nodes 1, 2, 3, and the configuration does not say where node 1 is/);
  const read = await openDataDirectory(path, NODE);
  t.deepEqual([read.members, read.incarnation], [MEMBERS, incarnation]);
  await read.close();
  t.like(JSON.parse(readFileSync(file, 'utf8')), { format: 2, members: MEMBERS });
  await (await openDataDirectory(path, { ...NODE, members: [] })).close();
});

const refusesIdentity = test.macro({
  async exec(t, text: string, code: StorageCode, message: RegExp) {
    const path = temporaryDirectory(t);
    await (await openDataDirectory(path, NODE)).close();
    writeFileSync(join(path, 'identity.json'), text);
    const error = await refused(t, path);
    t.is(error.code, code);
    t.regex(error.message, message);
  },
  title: (title = '') => `an identity that is ${title} is refused`,
});

test('of a newer format', refusesIdentity, '{"format":3,"x":1}', 'TOO_NEW', /has format 3/);
test('empty', refusesIdentity, '', 'CORRUPT', /identity\.json cannot be read/);
test('not JSON', refusesIdentity, '{"format":1', 'CORRUPT', /identity\.json cannot be read/);
test('incomplete', refusesIdentity, '{"format":1,"cluster":"test"}', 'CORRUPT', /cannot be read/);

test('a directory that has lost its log is refused', async (t) => {
  const path = temporaryDirectory(t);
  await (await openDataDirectory(path, NODE)).close();
  rmSync(join(path, 'wal'), { recursive: true });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const { code, message } = await refused(t, path);
    t.is(code, 'CORRUPT');
    t.regex(message, /says that there is a log, but it is gone.*put the missing files back/);
  }
});

test('a log without an identity is refused', async (t) => {
  const path = temporaryDirectory(t);
  await (await openDataDirectory(path, NODE)).close();
  rmSync(join(path, 'identity.json'));
  const { code, message } = await refused(t, path);
  t.is(code, 'CORRUPT');
  t.regex(message, /there is a log, but no identity\.json/);
});

test('the path of a file, or one that may not be made, is an error that names it', async (t) => {
  const path = temporaryDirectory(t);
  writeFileSync(join(path, 'file'), '');
  const { code, message } = await refused(t, join(path, 'file', 'x'));
  t.is(code, 'IO');
  t.regex(message, /cannot make .*file\/x\/wal: ENOTDIR/);
});

test('other files in the directory do not matter', async (t) => {
  const path = temporaryDirectory(t);
  mkdirSync(join(path, 'db'));
  writeFileSync(join(path, 'README'), 'mine');
  await (await openDataDirectory(path, NODE)).close();
  t.deepEqual(readdirSync(path).sort(), [
    'README',
    'db',
    'identity.json',
    'lock',
    'snapshots',
    'wal',
  ]);
  t.is(JSON.parse(readFileSync(join(path, 'identity.json'), 'utf8')).node, 3);
});

test('D09: a first start that is cut short at any operation can be repeated, and a later loss is still seen', async (t) => {
  let states = 0;
  for (let number = 1; ; number += 1) {
    let count = 0;
    const fault = () => {
      count += 1;
      return count >= number ? ('io' as const) : null;
    };
    for (let seed = 0; seed < 2; seed += 1) {
      count = 0;
      const [root, wal] = [new MemoryDisk({ fault }), new MemoryDisk({ fault })];
      await establishIdentity(root, wal, NODE, 1).catch((reason: unknown) => {
        if (!(reason instanceof StorageError)) throw reason;
      });
      const random = chance(number * 10 + seed);
      const crash = { kept: random(), torn: 0 };
      const [root2, wal2] = [root.crash(random, crash), wal.crash(random, crash)];
      const owner = await establishIdentity(root2, wal2, NODE, 2);
      const { store, last } = await openLog(wal2, { owner });
      t.is(last.index, 0);
      await store.commit([write(entries(1, 1, 'a'), hard(1))]);
      await store.close();
      states += 1;

      const gone = establishIdentity(root2.restart(), new MemoryDisk(), NODE, 3);
      await t.throwsAsync(gone, { instanceOf: StorageError, code: 'CORRUPT' });
    }
    if (count < number) break;
  }
  t.true(states > 25, `${states}`);
});
