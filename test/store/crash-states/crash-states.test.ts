import test from 'ava';
import { MemoryDisk } from '../../../lib/store/disk/disk-memory.ts';
import { fileBytes } from '../log-world.ts';
import { explore, replay, SETTINGS } from './hunt.ts';
import type { Setting } from './life.ts';
import { OPERATIONS, sequencesOf } from './operations.ts';
import { remainsOf, stateKey } from './remains.ts';

for (const [number, setting] of SETTINGS.entries()) {
  // One after the other: together they would look as if nothing went on for long.
  test.serial(
    `D26: every crash state of two operations recovers to what was acknowledged (${number})`,
    async (t) => {
      const hunt = { operations: 2, seconds: 100, settings: [setting] };
      const { sequences, states, distinct, rotten, exhaustiveTo, failure } = await explore(hunt);
      t.is(failure, null);
      t.is(exhaustiveTo, 2);
      t.is(sequences, 1 + 6 + 36);
      t.true(states > 10_000 && distinct > 3000 && rotten > 1000, `${[states, distinct, rotten]}`);
    },
  );
}

test('D26: a longer sequence goes through two segments and survives as well', async (t) => {
  const operations = ['small', 'large', 'replace', 'two', 'vote'] as const;
  for (const setting of SETTINGS) {
    const { failure, distinct } = await replay(setting, operations, false);
    t.is(failure, null);
    t.true(distinct > 30);
  }
});

test('the same sequence meets the same states', async (t) => {
  const [one, other] = [await counts(), await counts()];
  t.deepEqual(one, other);
});

async function counts(): Promise<readonly number[]> {
  const { states, distinct, rotten } = await replay(SETTINGS[1] as Setting, ['large'], false);
  return [states, distinct, rotten];
}

test('sequences are all that there are, each once', (t) => {
  const all = [...sequencesOf(3)].map(String);
  t.is(all.length, OPERATIONS.length ** 3);
  t.is(new Set(all).size, all.length);
});

/** What may be in the file after a power cut, a letter a sector; torn ones as `old|new`. */
function sectorsOf(disk: MemoryDisk): Set<string> {
  const found = new Set<string>();
  for (const { files } of remainsOf(disk)) {
    for (const [name, bytes] of files) {
      const sectors = Array.from({ length: bytes.length / 512 }, (_, sector) => {
        const letters = new Set(bytes.toString('latin1', sector * 512, sector * 512 + 512));
        return [...letters].join('|').replace('\0', '-');
      });
      found.add(`${name} ${sectors.join(' ')}`);
    }
    if (files.length === 0) found.add('nothing');
  }
  return found;
}

test('a power cut keeps or loses each sector on its own, and may tear one', async (t) => {
  const disk = MemoryDisk.holding([['a', Buffer.alloc(1024, 'o')]]);
  const file = await disk.open('a');
  file.write(0, [Buffer.alloc(1024, 'n')]);
  const whole = ['a o o', 'a n o', 'a o n', 'a n n'];
  const torn = ['a n|o o', 'a o|n o', 'a o n|o', 'a o o|n', 'a n|o n', 'a o|n n', 'a n n|o'];
  t.deepEqual([...sectorsOf(disk)].sort(), [...whole, ...torn, 'a n o|n'].sort());

  await file.sync();
  t.deepEqual([...sectorsOf(disk)], ['a n n']);
});

test('a power cut may leave any content that a sector had since it was synced', async (t) => {
  const disk = MemoryDisk.holding([['a', Buffer.alloc(512, '0')]]);
  const file = await disk.open('a');
  for (const content of ['1', '2', '3']) file.write(0, [Buffer.alloc(512, content)]);
  const whole = [...sectorsOf(disk)].filter((content) => !content.includes('|'));
  t.deepEqual(whole.sort(), ['a 0', 'a 1', 'a 2', 'a 3']);
});

test('a power cut may undo each change of a name that was not synced', async (t) => {
  const disk = MemoryDisk.holding([['a', Buffer.alloc(512, 'a')]]);
  await disk.create('b');
  await disk.rename('a', 'c');
  t.deepEqual([...sectorsOf(disk)].sort(), ['a a', 'b ', 'c a']);
  const names = [...remainsOf(disk)].map(({ files }) => files.map(([name]) => name).join());
  t.deepEqual(names.sort(), ['a', 'a,b', 'b,c', 'c']);
});

test('of many sectors each is lost alone, each is kept alone, and they end and begin anywhere', async (t) => {
  const count = 20;
  const disk = MemoryDisk.holding([['a', Buffer.alloc(count * 512, 'o')]]);
  (await disk.open('a')).write(0, [Buffer.alloc(count * 512, 'n')]);
  const found = sectorsOf(disk);
  const wanted = (isNew: (sector: number) => boolean) =>
    `a ${Array.from({ length: count }, (_, i) => (isNew(i) ? 'n' : 'o')).join(' ')}`;
  for (let at = 0; at < count; at += 1) {
    t.true(found.has(wanted((i) => i !== at)));
    t.true(found.has(wanted((i) => i === at)));
    t.true(found.has(wanted((i) => i < at)));
    t.true(found.has(wanted((i) => i > at)));
  }
});

test('a fork of a disk goes its own way, and differs as soon as anything differs', async (t) => {
  const disk = MemoryDisk.holding([['a', Buffer.from('one')]]);
  const fork = disk.fork();
  t.is(stateKey(fork), stateKey(disk));
  (await fork.open('a')).write(0, [Buffer.from('two')]);
  await fork.create('b');
  t.not(stateKey(fork), stateKey(disk));
  t.is((await fileBytes(disk, 'a')).toString(), 'one');
  t.deepEqual(await disk.list(), ['a']);

  const state = stateKey(fork);
  fork.failSync('a', () => 1);
  t.not(stateKey(fork), state, 'what is seen is the same, what is durable is not');
  t.is((await fileBytes(fork, 'a')).toString(), 'two');
  t.is(
    (
      await fileBytes(
        fork.crash(() => 1, { kept: 0, torn: 0 }),
        'a',
      )
    ).toString(),
    'one',
  );
});
