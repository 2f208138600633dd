import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { foundedBy } from '../../../lib/core/quorum.ts';
import { Closers } from '../../../lib/kit/closers.ts';
import { openDataDirectory } from '../../../lib/store/directory/data-directory.ts';
import { findings, LAST, leftBy, NODE, refusalOfStart, startIn } from './node-directory.ts';

/** A directory with a snapshot of all there is, and a log that begins as late as it may. */
async function compacted(t: { teardown(undo: () => void): void }): Promise<string> {
  const root = await leftBy(t, 'closed');
  const opened = new Closers();
  const directory = opened.add(await openDataDirectory(root, NODE));
  const owner = { ...NODE, incarnation: directory.incarnation };
  const { log, machine, snapshots } = await startIn(directory, owner);
  opened.add(log.store);
  opened.add(machine);
  await snapshots.take(() => foundedBy(NODE.members));
  const base = await log.store.compact(LAST);
  if (base.index === 0) throw new Error('nothing was compacted');
  await opened.close();
  return root;
}

function snapshotIn(root: string): string {
  const [name] = readdirSync(join(root, 'snapshots'));
  return join(root, 'snapshots', name ?? '');
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  const place = at < 0 ? bytes.length + at : at;
  bytes[place] = (bytes[place] ?? 0) ^ 4;
  writeFileSync(path, bytes);
}

test('a snapshot that is whole is told, with what it says about itself', async (t) => {
  const root = await compacted(t);
  const found = await findings(root);
  t.deepEqual(
    found.filter(({ level }) => level !== 'ok'),
    [],
  );
  const [told] = found.filter(({ part }) => part === 'snapshots');
  t.regex(
    told?.says ?? '',
    /\.snapshot: taken here, entry 16 of term 1, rev 0, \d+ bytes as they were written, voters 1, 2, 3$/,
  );
  t.is(await refusalOfStart(root), null);
});

test('a damaged snapshot is a warning, and a refusal if nothing else has what it had', async (t) => {
  const root = await compacted(t);
  flip(snapshotIn(root), 5000);
  const warned = (await findings(root)).filter(({ level }) => level !== 'ok');
  t.deepEqual(
    warned.map(({ level, part }) => [level, part]),
    [['warning', 'snapshots']],
  );
  t.regex(warned[0]?.says ?? '', /its content is damaged/);
  t.is(await refusalOfStart(root), null);

  rmSync(join(root, 'db'), { recursive: true });
  const refused = (await findings(root)).filter(({ level }) => level === 'refuses');
  const reason = await refusalOfStart(root);
  t.deepEqual([refused[0]?.code, refused[0]?.says], [reason?.code, reason?.message]);
  t.regex(reason?.message ?? '', /what lies between is nowhere on this disk/);
});

test('one that does not say what it is counts for nothing: the log begins too late then', async (t) => {
  const root = await compacted(t);
  flip(snapshotIn(root), -40);
  const found = await findings(root);
  t.deepEqual(
    found.filter(({ level }) => level !== 'ok').map(({ level, part }) => [level, part]),
    [
      ['warning', 'snapshots'],
      ['refuses', 'log'],
    ],
  );
  const reason = await refusalOfStart(root);
  t.is(found.find(({ level }) => level === 'refuses')?.says, reason?.message);
});

test('what was being taken, or is received in part, is a note', async (t) => {
  const root = await compacted(t);
  writeFileSync(join(root, 'snapshots', 'taking.tmp'), 'x');
  writeFileSync(`${snapshotIn(root)}.part`, 'x');
  const notes = (await findings(root)).filter(({ level }) => level !== 'ok');
  t.deepEqual(
    notes.map(({ level, part }) => [level, part]),
    [
      ['note', 'snapshots'],
      ['note', 'files'],
    ],
  );
});
