import test from 'ava';
import { MemoryDisk } from '../../lib/store/disk/disk-memory.ts';
import { chance, fileBytes } from './log-world.ts';

const LOST = { kept: 0, torn: 0 };
const never = (): number => 0.999;

test('a power cut takes what was not synced, and names that were not', async (t) => {
  const disk = new MemoryDisk();
  const file = await disk.create('a');
  file.write(0, [Buffer.from('one')]);
  await file.sync();
  t.deepEqual(await disk.crash(never, LOST).list(), [], 'the name was not synced');

  const second = disk.crash(() => 0, { kept: 1, torn: 0 });
  await second.syncDirectory();
  const again = await second.open('a');
  again.write(1, [Buffer.from('XX'), Buffer.from('Y')]);
  t.is((await fileBytes(second, 'a')).toString(), 'oXXY');
  t.is((await fileBytes(second.crash(never, LOST), 'a')).toString(), 'one');
});

test('a sync covers what was written before it began, and nothing after', async (t) => {
  const ends: (() => void)[] = [];
  const disk = new MemoryDisk({ finish: (end) => ends.push(end) });
  const file = await disk.create('a');
  const named = disk.syncDirectory();
  ends.shift()?.();
  await named;
  file.write(0, [Buffer.from('old')]);
  const synced = file.sync();
  file.write(0, [Buffer.from('new')]);
  ends.shift()?.();
  await synced;

  t.is((await fileBytes(disk, 'a')).toString(), 'new');
  t.is((await fileBytes(disk.crash(never, LOST), 'a')).toString(), 'old');
});

test('each sector that was not synced decides for itself, and the same seed decides the same', async (t) => {
  const crashed = async (seed: number) => {
    const disk = new MemoryDisk();
    const file = await disk.create('a');
    file.write(0, [Buffer.alloc(64 * 512, 1)]);
    file.syncNow();
    await disk.syncDirectory();
    file.write(0, [Buffer.alloc(64 * 512, 2)]);
    const bytes = await fileBytes(disk.crash(chance(seed), { kept: 0.5, torn: 0 }), 'a');
    return Array.from({ length: 64 }, (_, sector) => bytes[sector * 512]).join('');
  };
  const states = new Set<string>();
  for (let seed = 0; seed < 20; seed += 1) states.add(await crashed(seed));

  t.is(states.size, 20);
  t.is(await crashed(3), await crashed(3));
});

test('a sync that fails may lie: what it lost stays visible, and only a new write brings it back', async (t) => {
  let fails = true;
  const make = async () => {
    const disk = new MemoryDisk({ fault: ({ kind }) => (kind === 'sync' && fails ? 'lie' : null) });
    const file = await disk.create('a');
    await disk.syncDirectory();
    fails = true;
    file.write(0, [Buffer.from('data')]);
    await t.throwsAsync(file.sync());
    fails = false;
    return { disk, file };
  };

  const lost = await make();
  await lost.file.sync();
  t.is((await fileBytes(lost.disk, 'a')).toString(), 'data');
  t.not((await fileBytes(lost.disk.crash(never, LOST), 'a')).toString(), 'data');

  const kept = await make();
  kept.file.write(0, [await kept.file.read(0, 4)]);
  await kept.file.sync();
  t.is((await fileBytes(kept.disk.crash(never, LOST), 'a')).toString(), 'data');
});

test('a rename is there after a power cut or it is not; a removal too', async (t) => {
  const disk = new MemoryDisk();
  await disk.create('a');
  await disk.create('b');
  await disk.syncDirectory();
  await disk.rename('a', 'c');
  await disk.remove('b');

  t.deepEqual(await disk.list(), ['c']);
  const names = new Set<string>();
  for (let seed = 0; seed < 30; seed += 1) {
    const after = disk.crash(chance(seed), { kept: 0.5, torn: 0 });
    names.add([...(await after.list())].sort().join());
  }
  t.deepEqual([...names].sort(), ['a', 'a,b', 'b,c', 'c']);
});

test('a disk that is full says so, and one that has ended does nothing', async (t) => {
  const disk = new MemoryDisk({ capacityBytes: 1000 });
  const file = await disk.create('a');
  file.write(0, [Buffer.alloc(1000)]);
  file.write(10, [Buffer.alloc(100)]);
  t.throws(() => file.write(1000, [Buffer.alloc(1)]), { code: 'FULL' });

  disk.restart();
  t.throws(() => file.write(0, [Buffer.alloc(1)]), { code: 'IO' });
  await t.throwsAsync(disk.create('b'), { code: 'IO' });
});
