import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'ava';
import { StorageError } from '../../lib/kit/errors.ts';
import { realDisk } from '../../lib/store/disk/disk-real.ts';
import { entries, hard, openLog, readAll, write } from './log-world.ts';
import { temporaryDirectory } from './temporary.ts';

test('what is written is read back; a read ends where the file ends', async (t) => {
  const disk = realDisk(temporaryDirectory(t));
  const file = await disk.create('a');
  file.write(2, [Buffer.from('one'), Buffer.from('two')]);
  file.write(0, [Buffer.from('..')]);
  await file.sync();
  file.syncNow();

  t.is((await file.read(0, 100)).toString(), '..onetwo');
  t.is((await file.read(5, 2)).toString(), 'tw');
  t.is((await file.read(50, 2)).length, 0);
  t.is(await file.size(), 8);
  await file.close();
  t.is(readFileSync(join(disk.path, 'a'), 'utf8'), '..onetwo');
});

test('files are made, renamed, listed and removed', async (t) => {
  const disk = realDisk(temporaryDirectory(t));
  await (await disk.create('a')).close();
  await disk.rename('a', 'b');
  await disk.syncDirectory();
  t.deepEqual(await disk.list(), ['b']);
  const failed = await t.throwsAsync(disk.create('b'), { instanceOf: StorageError });
  t.is((failed as StorageError).code, 'IO');
  await disk.remove('b');
  t.false(existsSync(join(disk.path, 'b')));
});

test('what the system refuses is an error that says what, where and what to do', async (t) => {
  const disk = realDisk(temporaryDirectory(t));
  const failed = await t.throwsAsync(disk.open('missing'), { instanceOf: StorageError });
  t.is((failed as StorageError).code, 'IO');
  t.regex(failed?.message ?? '', /^cannot open .*missing: ENOENT.*; check the disk/);
});

// The one device that is always full exists on Linux only.
(existsSync('/dev/full') ? test : test.skip)('a full disk is told apart', async (t) => {
  const file = await realDisk('/dev').open('full');
  const failed = t.throws(() => file.write(0, [Buffer.from('x')]), { instanceOf: StorageError });
  t.is((failed as StorageError).code, 'FULL');
  t.regex(failed?.message ?? '', /make room on this disk/);
  await file.close();
});

test('a log on a real disk goes through many segments and comes back', async (t) => {
  const disk = realDisk(temporaryDirectory(t));
  const options = { segmentBytes: 64 * 1024, inThreadBytes: 4096 };
  const { store } = await openLog(disk, options);
  const wanted: string[] = [];
  for (let first = 1; first <= 400; first += 4) {
    const payloads = [0, 1, 2, 3].map((i) => `${first + i}`.padEnd(300 * (i + 1), '.'));
    await store.commit([write(entries(first, 1, ...payloads), hard(1))]);
    payloads.forEach((payload, i) => {
      wanted.push(`${first + i}/1 ${payload}`);
    });
  }
  await store.close();
  t.true((await disk.list()).length > 4);
  for (const name of await disk.list()) t.is(statSync(join(disk.path, name)).size, 64 * 1024);

  const again = await openLog(disk, options);
  t.deepEqual(await readAll(again), wanted);
  t.deepEqual(again.notes, []);
  await again.store.close();
});

test('a process that is killed while it stores has stored all that it said', async (t) => {
  const path = temporaryDirectory(t);
  const program = `
    const { openLog, entries, hard, write } = await import(process.argv[1]);
    const { realDisk } = await import(process.argv[2]);
    const { store, last } = await openLog(realDisk(process.argv[3]), { segmentBytes: 32768 });
    for (let next = last.index + 1; ; next += 3) {
      await store.commit([write(entries(next, 1, 'a'.repeat(next % 2000), 'b', 'c'), hard(1))]);
      console.log(next + 2);
    }
  `;
  const world = new URL('./log-world.js', import.meta.url).href;
  const disk = new URL('../../lib/store/disk/disk-real.js', import.meta.url).href;
  let told = 0;
  for (let life = 1; life <= 3; life += 1) {
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', program, world, disk, path],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    t.teardown(() => child.kill('SIGKILL'));
    const goal = told + 150;
    const ended = once(child, 'close');
    for await (const line of createInterface({ input: child.stdout })) {
      told = Number(line);
      if (told >= goal) child.kill('SIGKILL');
    }
    await ended;
    const recovered = await openLog(realDisk(path), { segmentBytes: 32768 });
    const found = await readAll(recovered);
    t.true(found.length >= told, `${found.length} of ${told}`);
    t.is(found.length % 3, 0);
    await recovered.store.close();
  }
});
