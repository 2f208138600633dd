import test from 'ava';
import { MemoryDisk } from '../../lib/store/disk/disk-memory.ts';
import { Spare } from '../../lib/store/log/spare.ts';
import { ManualTimer } from './log-world.ts';

const MEBIBYTE = 1024 * 1024;

/** A spare, and the writes that making it has cost so far. */
function spareOn(timer: ManualTimer) {
  const writes: string[] = [];
  const disk = new MemoryDisk({
    fault: ({ kind, name }) => {
      if (kind === 'write') writes.push(name);
      return null;
    },
  });
  return { disk, writes, spare: new Spare(disk, 1, timer) };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('a segment is made in small steps with pauses between them', async (t) => {
  const timer = new ManualTimer();
  const { disk, writes, spare } = spareOn(timer);
  spare.begin(2, 2 * MEBIBYTE);
  for (let steps = 1; steps <= 4; steps += 1) {
    await settled();
    t.is(writes.length, steps);
    t.is(timer.waiting, steps < 4 ? 1 : 0);
    timer.pass(20);
  }
  t.deepEqual(await disk.list(), ['000000000002.wal']);
  spare.begin(2, 2 * MEBIBYTE);
  const segment = await spare.take(2, 0, 2 * MEBIBYTE);
  t.deepEqual([segment.id, segment.bytes, writes.length], [2, 2 * MEBIBYTE, 4]);
});

test('who needs the segment now does not wait for pauses', async (t) => {
  const timer = new ManualTimer();
  const { spare } = spareOn(timer);
  spare.begin(2, 2 * MEBIBYTE);
  await settled();
  t.is((await spare.take(2, 0, 2 * MEBIBYTE)).bytes, 2 * MEBIBYTE);
  t.is(timer.waiting, 0);
});

test('a segment that is too small for what must go into it is made anew', async (t) => {
  const { disk, spare } = spareOn(new ManualTimer());
  spare.begin(2, 8192);
  await settled();
  t.is((await spare.take(2, 100_352, 8192)).bytes, 100_352);
  t.is(await (await disk.open('000000000002.wal')).size(), 100_352);
});

for (const kind of ['create', 'write', 'sync', 'rename', 'syncDirectory'] as const) {
  test(`a segment whose ${kind} failed while nobody needed it is made anew when somebody does`, async (t) => {
    let isWrong = true;
    const disk = new MemoryDisk({
      fault: (operation) => (isWrong && operation.kind === kind ? 'io' : null),
    });
    const spare = new Spare(disk, 1, new ManualTimer());
    spare.begin(2, 8192);
    await settled();
    isWrong = false;
    t.is((await spare.take(2, 8192, 8192)).bytes, 8192);
    t.deepEqual(await disk.list(), ['000000000002.wal']);
  });

  test(`a segment whose ${kind} fails again when it is needed is told`, async (t) => {
    const disk = new MemoryDisk({ fault: (operation) => (operation.kind === kind ? 'io' : null) });
    const spare = new Spare(disk, 1, new ManualTimer());
    spare.begin(2, 8192);
    await settled();
    await t.throwsAsync(spare.take(2, 8192, 8192), { name: 'StorageError' });
  });
}

test('a spare that is closed is finished first, so that no file stays open', async (t) => {
  const { disk, spare } = spareOn(new ManualTimer());
  spare.begin(2, 2 * MEBIBYTE);
  await settled();
  await spare.close();
  t.deepEqual(await disk.list(), ['000000000002.wal']);
});
