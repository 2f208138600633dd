import { chmodSync, chownSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { openDataDirectory } from '../../../lib/store/directory/data-directory.ts';
import { realDisk } from '../../../lib/store/disk/disk-real.ts';
import { checkDirectory } from '../../../lib/store/doctor/check-directory.ts';
import { checkRecordings } from '../../../lib/store/doctor/check-recordings.ts';
import { checkSpace } from '../../../lib/store/doctor/check-space.ts';
import { SECTOR_BYTES } from '../../../lib/store/log/segment.ts';
import { FIRST, flipped, OPTIONS, SECOND } from '../damage.ts';
import { chance, entries, openLog, write } from '../log-world.ts';
import { temporaryDirectory } from '../temporary.ts';
import { changeFile, lastBatch, SECOND_BATCH, THIRD } from './damages.ts';
import { DIRECTORY_ROWS } from './damages-of-directories.ts';
import { LOG_ROWS } from './damages-of-logs.ts';
import {
  changeLog,
  EXPECTED,
  findings,
  fingerprint,
  LAST,
  leftBy,
  membersOf,
  NODE,
  refusalOfStart,
} from './node-directory.ts';

for (const [name, how, damage, said] of [...LOG_ROWS, ...DIRECTORY_ROWS]) {
  test(`of ${name} it says what a start makes of it`, async (t) => {
    const root = await leftBy(t, how);
    damage(root);
    const found = (await findings(root)).filter(({ level }) => level !== 'ok');
    const rest = [...found];
    for (const [level, part, says, code = null] of said) {
      const place = rest.findIndex((one) => one.part === part && says.test(one.says));
      t.true(place >= 0, `${part} ${says} in ${JSON.stringify(found)}`);
      const [one] = rest.splice(place, 1);
      t.deepEqual([one?.level, one?.code], [level, code]);
    }
    t.deepEqual(rest, [], 'and nothing else');

    const refusals = found.filter(({ level }) => level === 'refuses');
    const reason = await refusalOfStart(root);
    t.deepEqual([refusals[0]?.code, refusals[0]?.says], [reason?.code, reason?.message]);
  });
}

test('a database that is ahead of the log is refused by both', async (t) => {
  const root = await leftBy(t, 'killed');
  // as a disk that lied about its last sync leaves it
  changeFile(join(root, 'wal', THIRD), (bytes) => {
    const end = lastBatch(bytes) + 1024;
    bytes.fill(0, end - SECTOR_BYTES, end);
  });
  const refused = (await findings(root)).find(({ level }) => level === 'refuses');
  t.regex(refused?.says ?? '', /has applied entry 16, but the log ends at 15/);
  const reason = await refusalOfStart(root);
  t.deepEqual([refused?.code, refused?.says], [reason?.code, reason?.message]);
});

test('a directory that the configuration does not name is a warning, one of another cluster is refused', async (t) => {
  const root = await leftBy(t, 'closed');
  const among = (ids: number[], name = 'test') =>
    findings(root, { ...EXPECTED, cluster: { name, nodes: membersOf(ids) } });
  const strange = (await among([4, 5])).filter(({ level }) => level === 'warning');
  t.regex(strange[0]?.says ?? '', /names the nodes 4, 5, and none of them is 1/);
  const foreign = (await among([1, 2, 3], 'prod')).filter(({ level }) => level === 'refuses');
  t.deepEqual(
    foreign.map(({ part, code }) => [part, code]),
    [['identity', 'FOREIGN']],
  );
  const alone = await findings(root, { ...EXPECTED, cluster: null });
  t.true(alone.every(({ level }) => level === 'ok' || level === 'note'));
});

test('no room for the next segment is a warning before it is an end', (t) => {
  const root = temporaryDirectory(t);
  const facts = { last: LAST, activeBytes: 1 << 20, spareBytes: 0 };
  t.deepEqual(
    [checkSpace(root, facts, 8192)].map(({ level }) => level),
    ['ok'],
  );
  const full = checkSpace(root, { ...facts, activeBytes: 2 ** 60 }, 2 ** 60);
  t.is(full.level, 'warning');
  t.regex(full.says, /bytes free on the disk of .* takes \d+: .*; make room/);
  // what was made in advance need not be made
  const made = checkSpace(root, { ...facts, activeBytes: 2 ** 60, spareBytes: 2 ** 60 }, 2 ** 60);
  t.is(made.level, 'ok');
});

test('a node that runs is not disturbed, and what it writes is not taken for damage', async (t) => {
  const root = await leftBy(t, 'closed');
  const directory = await openDataDirectory(root, NODE);
  const owner = { ...NODE, incarnation: directory.incarnation };
  const { store } = await openLog(realDisk(directory.walPath), { ...OPTIONS, owner });
  let looks = 0;
  const looking = (async () => {
    for (; looks < 20; looks += 1) {
      const said: string[] = [];
      for await (const { level, says } of checkDirectory(root, EXPECTED)) {
        t.true(level === 'ok' || level === 'note', says);
        said.push(says);
      }
      t.true(said.some((says) => says.startsWith(`held by pid ${process.pid}: the node runs`)));
    }
  })().finally(() => {
    looks = 20;
  });
  for (let index = LAST + 1; looks < 20; index += 1) {
    await store.commit([write(entries(index, 1, 'y'.repeat(index % 1500)))]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await looking;
  t.is((await refusalOfStart(root))?.code, 'LOCKED');
  await store.close();
  await directory.close();
});

test('the database of a node that starts meanwhile is not looked into', async (t) => {
  const root = await leftBy(t, 'closed');
  const parts: string[] = [];
  for await (const { part } of checkDirectory(root, EXPECTED)) {
    parts.push(part);
    if (part !== 'space') continue;
    const directory = await openDataDirectory(root, NODE);
    t.teardown(() => directory.close());
  }
  t.deepEqual(parts, ['rights', 'lock', 'identity', 'log', 'space']);
});

test('damage in the log of a node that runs is told all the same', async (t) => {
  const root = await leftBy(t, 'closed');
  changeLog(root, (files) => flipped(files, FIRST, (SECOND_BATCH + 300) * 8));
  const directory = await openDataDirectory(root, NODE);
  const refused = (await findings(root)).filter(({ level }) => level === 'refuses');
  t.regex(refused[0]?.says ?? '', /000000000001\.wal at offset 1024: no intact batch/);
  await directory.close();
});

test('whatever is in the files, it comes to the verdict of a start', async (t) => {
  const random = chance(7);
  const verdicts = new Map<string, number>();
  for (let round = 0; round < 60; round += 1) {
    const root = await leftBy(t, random() < 0.5 ? 'closed' : 'killed');
    // LMDB itself reads data.mdb, and ends the process over what a stamp wrongly vouches for
    const names = ['identity.json', 'lock', 'db/stamp.json'].concat(
      readdirSync(join(root, 'wal')).flatMap((name) => [`wal/${name}`, `wal/${name}`]),
    );
    const name = names[Math.floor(random() * names.length)] as string;
    changeFile(join(root, name), (bytes) => {
      const used = Math.max(1, bytes.length);
      for (let i = 0; i < 1 + random() * 40; i += 1) {
        bytes[Math.floor(random() * used)] = Math.floor(random() * 256);
      }
    });
    const refused = (await findings(root)).find(({ level }) => level === 'refuses');
    const reason = await refusalOfStart(root);
    t.deepEqual([refused?.code, refused?.says], [reason?.code, reason?.message], name);
    const verdict = reason?.code ?? 'starts';
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
  }
  t.true((verdicts.get('starts') ?? 0) > 3 && (verdicts.get('CORRUPT') ?? 0) > 10);
});

const isRoot = process.getuid?.() === 0;

test('files of another user are a warning', async (t) => {
  const root = await leftBy(t, 'closed');
  if (!isRoot) {
    t.pass('only root can give files away');
    return;
  }
  chownSync(join(root, 'wal', SECOND), 12_345, 12_345);
  const [found] = (await findings(root)).filter(({ level }) => level === 'warning');
  t.regex(found?.says ?? '', /000000000002\.wal: owned by another user .* chown them alike/);
});

test('what may not be written is refused, as a start would', async (t) => {
  const root = await leftBy(t, 'closed');
  if (isRoot) {
    t.pass('root may do everything');
    return;
  }
  chmodSync(join(root, 'wal', SECOND), 0o400);
  const before = fingerprint(root);
  const refused = (await findings(root)).find(({ level }) => level === 'refuses');
  t.regex(refused?.says ?? '', /cannot open .*000000000002\.wal.*give this user the right/);
  t.is(fingerprint(root), before);
  t.is((await refusalOfStart(root))?.code, 'IO');
});

test('recordings that may not be read or written are a warning: the node starts without them', async (t) => {
  if (isRoot) {
    t.pass('root may do everything');
    return;
  }
  const root = await leftBy(t, 'closed');
  const flight = join(root, 'flight');
  mkdirSync(flight);
  writeFileSync(join(flight, '0000000001.flight'), '');
  for (const path of [join(flight, '0000000001.flight'), flight]) {
    chmodSync(path, 0);
    t.is(await refusalOfStart(root), null);
    const levels: string[] = [];
    const warned: string[] = [];
    for await (const { level, says } of checkDirectory(root, EXPECTED)) {
      levels.push(level);
      if (level === 'warning') warned.push(says);
    }
    t.false(levels.includes('refuses'));
    t.deepEqual([warned.length, warned[0]?.startsWith(`cannot open ${path}: `)], [1, true]);
    chmodSync(path, 0o700);
  }
});

test('a recording that its node removes just then is no fault', (t) => {
  const root = temporaryDirectory(t);
  mkdirSync(join(root, 'flight'));
  symlinkSync(join(root, 'gone'), join(root, 'flight', '0000000001.flight'));
  t.deepEqual(
    [...checkRecordings(root)].map(({ level }) => level),
    ['ok'],
  );
});
