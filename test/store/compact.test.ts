import test from 'ava';
import { StorageError } from '../../lib/kit/errors.ts';
import { MemoryDisk } from '../../lib/store/disk/disk-memory.ts';
import { entries, hard, openLog, readAll, told, write } from './log-world.ts';

const SMALL = { segmentBytes: 2048 };

/** A log of many segments: entries 1 to `last`, one a batch, each of a sector. */
async function longLog(disk: MemoryDisk, last: number) {
  const log = await openLog(disk, SMALL);
  await log.store.commit([write([], hard(1))]);
  for (let index = 1; index <= last; index += 1) {
    await log.store.commit([write(entries(index, 1, `${index}`))]);
  }
  return log.store;
}

test('compaction gives back whole segments, and never more than was asked for', async (t) => {
  const disk = new MemoryDisk();
  const store = await longLog(disk, 12);
  const segments = disk.names.length;
  for (const upTo of [0, 1, 4, 5, 9, 12]) {
    const base = await store.compact(upTo);
    t.true(base.index <= upTo, `asked for ${upTo}, got ${base.index}`);
    t.true(upTo - base.index <= 4, 'a segment holds three entries at most');
    t.deepEqual(await store.read(base.index, 1), [], 'what is gone reads as nothing');
    t.deepEqual((await store.read(base.index + 1, 1)).map(told), [
      `${base.index + 1}/1 ${base.index + 1}`,
    ]);
  }
  t.true(disk.names.length < segments);
  await store.close();
});

test('a compacted log is found as it was left, if a snapshot stands for what is gone', async (t) => {
  const disk = new MemoryDisk();
  const store = await longLog(disk, 12);
  const base = await store.compact(8);
  t.true(base.index > 0);
  await store.close();

  const refused = await t.throwsAsync(openLog(disk.restart(), SMALL), { instanceOf: StorageError });
  t.regex(refused.message, /the log begins after entry \d+, and no snapshot stands for/);

  const found = await openLog(disk.restart(), {
    ...SMALL,
    snapshots: [{ index: 8, term: 1, isReceived: false, isDamaged: false }],
  });
  t.deepEqual(found.base, base);
  t.deepEqual(found.last, { index: 12, term: 1 });
  t.deepEqual(
    await readAll(found),
    [...Array(12).keys()].map((i) => `${i + 1}/1 ${i + 1}`).slice(base.index),
  );
  t.deepEqual(found.terms, [{ term: 1, first: base.index + 1 }]);
  await found.store.commit([write(entries(13, 1, 'next'))]);
  t.deepEqual((await found.store.read(13, 1)).map(told), ['13/1 next']);
  await found.store.close();
});

test('a log is not made to begin where later batches replace what lay before', async (t) => {
  const disk = new MemoryDisk();
  const log = await openLog(disk, SMALL);
  await log.store.commit([write(entries(1, 1, 'a', 'b', 'c', 'd'), hard(1))]);
  await log.store.commit([write(entries(5, 1, 'e'))]);
  await log.store.commit([write(entries(6, 1, 'f'))]);
  // a new leader replaces 3 to 6 from a segment that began when 6 was the last entry
  await log.store.commit([write(entries(3, 2, 'C', 'D', 'E', 'F'), hard(2))]);
  for (let index = 7; index <= 12; index += 1) {
    await log.store.commit([write(entries(index, 2, `${index}`))]);
    const base = await log.store.compact(6);
    const again = await openLog(disk.fork(), {
      ...SMALL,
      snapshots: [{ index: 6, term: 2, isReceived: false, isDamaged: false }],
    });
    t.deepEqual(again.base, base);
    t.deepEqual(again.last, { index, term: 2 });
    await again.store.close();
  }
  await log.store.close();
});

test('entries that are being read stay until they were read', async (t) => {
  const disk = new MemoryDisk();
  const store = await longLog(disk, 12);
  const reading = store.read(1, 1);
  await store.compact(12);
  t.deepEqual((await reading).map(told), ['1/1 1']);
  await store.close();
});

test('a log that begins anew holds nothing but what comes after its base', async (t) => {
  const disk = new MemoryDisk();
  const store = await longLog(disk, 5);
  await store.commit([
    write(entries(6, 1, 'lost')),
    { ...write(entries(101, 8, 'a', 'b'), hard(9)), base: { index: 100, term: 7 } },
  ]);
  t.deepEqual((await store.read(101, 100)).map(told), ['101/8 a', '102/8 b']);
  t.deepEqual(await store.compact(50), { index: 100, term: 7 });
  await store.close();

  const found = await openLog(disk.restart(), {
    ...SMALL,
    snapshots: [{ index: 100, term: 7, isReceived: true, isDamaged: false }],
  });
  t.deepEqual(found.base, { index: 100, term: 7 });
  t.deepEqual(found.last, { index: 102, term: 8 });
  t.deepEqual(found.hard, hard(9));
  t.deepEqual(await readAll(found), ['101/8 a', '102/8 b']);
  await found.store.close();
});

test('S12: a snapshot that was received takes the place of a log that does not hold its entry', async (t) => {
  for (const place of [
    { index: 100, term: 7 },
    { index: 4, term: 2 },
  ]) {
    const disk = new MemoryDisk();
    const store = await longLog(disk, 5);
    await store.close();
    const found = await openLog(disk.restart(), {
      ...SMALL,
      snapshots: [{ ...place, isReceived: true, isDamaged: false }],
    });
    t.deepEqual([found.base, found.last, found.tail], [place, place, []]);
    t.deepEqual(found.hard, hard(place.term));
    t.regex(found.notes.join(), /a snapshot that was received takes its place/);
    await found.store.commit([write(entries(place.index + 1, place.term, 'next'))]);
    t.deepEqual((await found.store.read(place.index + 1, 1)).map(told), [
      `${place.index + 1}/${place.term} next`,
    ]);
    await found.store.close();
  }
});

test('a log that holds the entry of a snapshot goes on over it', async (t) => {
  const disk = new MemoryDisk();
  await (await longLog(disk, 5)).close();
  for (const isReceived of [true, false]) {
    const snapshots = [{ index: 4, term: 1, isReceived, isDamaged: false }];
    const found = await openLog(disk.fork(), { ...SMALL, snapshots });
    t.deepEqual([found.base.index, found.last.index], [0, 5]);
    await found.store.close();
  }
});

test('a log that has lost what this node took a snapshot of is refused', async (t) => {
  const disk = new MemoryDisk();
  await (await longLog(disk, 5)).close();
  for (const [index, term, message] of [
    [6, 1, /ends at entry 5, although this node took a snapshot at 6/],
    [4, 2, /entry 4 is not of term 2, although this node took a snapshot of it/],
  ] as const) {
    const snapshots = [{ index, term, isReceived: false, isDamaged: false }];
    const refused = openLog(disk.fork(), { ...SMALL, snapshots });
    await t.throwsAsync(refused, { instanceOf: StorageError, message });
  }
});

test('how much the log holds after an index is known without reading it', async (t) => {
  const store = await longLog(new MemoryDisk(), 12);
  const bytes = [0, 3, 6, 9, 12, 20].map((index) => store.bytesAfter(index));
  t.deepEqual(
    bytes,
    [...bytes].sort((a, b) => b - a),
  );
  t.true((bytes[0] as number) > 512 * 4);
  t.is(bytes.at(-1), 0);
  await store.close();
});
