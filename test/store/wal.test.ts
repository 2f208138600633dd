import test from 'ava';
import { InvariantViolation } from '../../lib/kit/errors.ts';
import { MemoryDisk } from '../../lib/store/disk/disk-memory.ts';
import {
  entries,
  hard,
  ManualTimer,
  openLog,
  readAll,
  readRange,
  told,
  write,
} from './log-world.ts';

test('an empty directory becomes a log in term 0, without a vote, without entries', async (t) => {
  const { hard: state, base, last, terms, tail, notes } = await openLog(new MemoryDisk());

  t.deepEqual(state, { term: 0, vote: null });
  t.deepEqual(
    [base, last],
    [
      { index: 0, term: 0 },
      { index: 0, term: 0 },
    ],
  );
  t.deepEqual([terms, tail], [[], []]);
  t.deepEqual(notes, ['memory was empty: made a new log']);
});

test('what was committed is there after a restart, with its term and vote', async (t) => {
  const disk = new MemoryDisk();
  const { store } = await openLog(disk);
  await store.commit([write(entries(1, 2, 'a', 'b'), hard(2, 3)), write(entries(3, 2, 'c'))]);
  await store.commit([write(entries(4, 5, 'd'), hard(5))]);

  const again = await openLog(disk);
  t.deepEqual(again.hard, { term: 5, vote: null });
  t.deepEqual(again.last, { index: 4, term: 5 });
  t.deepEqual(again.terms, [
    { term: 2, first: 1 },
    { term: 5, first: 4 },
  ]);
  t.deepEqual(again.tail.map(told), ['1/2 a', '2/2 b', '3/2 c', '4/5 d']);
  t.deepEqual(await readAll(again), ['1/2 a', '2/2 b', '3/2 c', '4/5 d']);
  t.deepEqual(again.notes, []);
});

test('a write at or below the last entry replaces what was there', async (t) => {
  const disk = new MemoryDisk();
  const { store } = await openLog(disk);
  await store.commit([write(entries(1, 1, 'a', 'b', 'c', 'd'), hard(1))]);
  await store.commit([write(entries(3, 2, 'C'), hard(2))]);
  t.deepEqual((await readRange(store, 1, 3)).map(told), ['1/1 a', '2/1 b', '3/2 C']);

  const again = await openLog(disk);
  t.deepEqual(await readAll(again), ['1/1 a', '2/1 b', '3/2 C']);
  t.deepEqual(again.terms, [
    { term: 1, first: 1 },
    { term: 2, first: 3 },
  ]);
});

test('of writes in one commit a later one replaces what an earlier one brought', async (t) => {
  const disk = new MemoryDisk();
  const { store } = await openLog(disk);
  await store.commit([write(entries(1, 1, 'a', 'b'), hard(1))]);
  await store.commit([
    write(entries(3, 1, 'c', 'd', 'e')),
    write(entries(4, 2, 'D'), hard(2)),
    write([], hard(3, 2)),
    write(entries(2, 3, 'B', 'C')),
    write(entries(4, 3, 'X')),
  ]);

  const again = await openLog(disk);
  t.deepEqual(await readAll(again), ['1/1 a', '2/3 B', '3/3 C', '4/3 X']);
  t.deepEqual(again.hard, { term: 3, vote: 2 });
});

test('the log goes on in further segments, and every segment is full size and durable first', async (t) => {
  const disk = new MemoryDisk();
  const segmentBytes = 8192;
  const { store } = await openLog(disk, { segmentBytes });
  const wanted: string[] = [];
  for (let index = 1; index <= 100; index += 1) {
    await store.commit([write(entries(index, 1, `${index}`.repeat(100)), hard(1))]);
    wanted.push(`${index}/1 ${`${index}`.repeat(100)}`);
  }
  const segments = (await disk.list()).filter((name) => name.endsWith('.wal'));
  t.true(segments.length > 5);
  for (const name of segments) t.is(await (await disk.open(name)).size(), segmentBytes);

  t.deepEqual((await readRange(store, 1, 100)).map(told), wanted);
  t.deepEqual(await readAll(await openLog(disk, { segmentBytes })), wanted);
});

test('the suffix can be replaced from a segment far back', async (t) => {
  const disk = new MemoryDisk();
  const { store } = await openLog(disk, { segmentBytes: 8192 });
  for (let index = 1; index <= 60; index += 1) {
    await store.commit([write(entries(index, 1, 'x'.repeat(400)), hard(1))]);
  }
  await store.commit([write(entries(5, 2, 'new'), hard(2))]);
  await store.commit([write(entries(6, 2, 'newer'))]);

  const again = await openLog(disk, { segmentBytes: 8192 });
  t.deepEqual(again.last, { index: 6, term: 2 });
  t.deepEqual((await readAll(again)).slice(3), [`4/1 ${'x'.repeat(400)}`, '5/2 new', '6/2 newer']);
});

test('an entry larger than a segment gets a segment of its own size', async (t) => {
  const disk = new MemoryDisk();
  const { store } = await openLog(disk, { segmentBytes: 8192 });
  const large = 'L'.repeat(100_000);
  await store.commit([write(entries(1, 1, 'a'), hard(1))]);
  await store.commit([write(entries(2, 1, large))]);
  await store.commit([write(entries(3, 1, 'b'))]);

  const again = await openLog(disk, { segmentBytes: 8192 });
  const found = await readAll(again);
  t.deepEqual([found[0], found[1] === `2/1 ${large}`, found[2]], ['1/1 a', true, '3/1 b']);
});

test('any segment size will do', async (t) => {
  for (const segmentBytes of [1, 512, 2049, 5000]) {
    const disk = new MemoryDisk();
    const { store } = await openLog(disk, { segmentBytes });
    for (let index = 1; index <= 9; index += 1) {
      await store.commit([write(entries(index, 1, 'x'.repeat(index * 100)), hard(1))]);
    }
    await store.close();
    t.is((await readAll(await openLog(disk, { segmentBytes }))).length, 9);
  }
});

test('a read returns about as many bytes as asked for, and at least one entry', async (t) => {
  const { store } = await openLog(new MemoryDisk());
  await store.commit([write(entries(1, 1, ...Array(10).fill('p'.repeat(100))), hard(1))]);

  t.is((await store.read(1, 0)).length, 1);
  t.is((await store.read(3, 1)).length, 1);
  t.is((await store.read(1, 3 * 124)).length, 3);
  t.is((await store.read(6, 1_000_000)).length, 5);
});

test('of the entries in memory at the start there are at most as many bytes as allowed', async (t) => {
  const disk = new MemoryDisk();
  const { store } = await openLog(disk);
  for (let index = 1; index <= 9; index += 1) {
    await store.commit([write(entries(index, 1, 'p'.repeat(76)), hard(1))]);
  }
  await store.commit([write(entries(9, 2, 'q'.repeat(76)), hard(2))]);

  const { tail } = await openLog(disk, { tailBytes: 350 });
  t.deepEqual(
    tail.map(({ index, term }) => [index, term]),
    [
      [7, 1],
      [8, 1],
      [9, 2],
    ],
  );
  t.deepEqual((await openLog(disk, { tailBytes: 99 })).tail, []);
});

test('after a quiet time a mark is written, once, and only then', async (t) => {
  const timer = new ManualTimer();
  const written: string[] = [];
  const { store } = await openLog(
    new MemoryDisk({
      fault: ({ kind, name }) => {
        if (kind === 'write') written.push(name);
        return null;
      },
    }),
    { timer },
  );
  t.is(timer.waiting, 0, 'a new log has nothing to mark');
  await store.commit([write(entries(1, 1, 'a'), hard(1))]);
  written.length = 0;
  timer.pass(40);
  await store.commit([write(entries(2, 1, 'b'))]);
  timer.pass(40);
  await settled();
  t.is(written.length, 1, 'not quiet yet');
  timer.pass(50);
  await settled();
  t.is(written.length, 2);
  timer.pass(1000);
  await settled();
  t.is(written.length, 2);
  t.is(timer.waiting, 0);
});

test('a commit that meets a mark on its way waits for it and is stored after it', async (t) => {
  const ends: (() => void)[] = [];
  let hold = false;
  const disk = new MemoryDisk({ finish: (end) => (hold ? ends.push(end) : queueMicrotask(end)) });
  const timer = new ManualTimer();
  const { store } = await openLog(disk, { timer, inThreadBytes: 4096 });
  await store.commit([write(entries(1, 1, 'a'), hard(1))]);
  hold = true;
  timer.pass(50);
  let stored = false;
  const commit = Promise.resolve(store.commit([write(entries(2, 1, 'b'))])).then(() => {
    stored = true;
  });
  await settled();
  t.is(ends.length, 1);
  t.false(stored);
  hold = false;
  ends[0]?.();
  await commit;

  t.deepEqual(await readAll(await openLog(disk)), ['1/1 a', '2/1 b']);
});

test('a lone small write is durable on return; a larger one, or more of them, in a promise', async (t) => {
  const { store } = await openLog(new MemoryDisk(), { inThreadBytes: 4096 });

  t.is(store.commit([write(entries(1, 1, 'a', 'b'), hard(1))]), undefined);
  const many = store.commit([write(entries(3, 1, 'c', 'd', 'e'))]);
  t.true(many instanceof Promise);
  await many;
  const large = store.commit([write(entries(6, 1, 'x'.repeat(5000)))]);
  t.true(large instanceof Promise);
  await large;
});

test('on a slow disk nothing is synced in this thread', async (t) => {
  const timer = new ManualTimer();
  const disk = new MemoryDisk({
    finish: (end) => {
      timer.pass(20);
      end();
    },
  });
  const { store } = await openLog(disk, { timer, inThreadBytes: 4096 });
  await store.commit([write(entries(1, 1, 'a', 'b', 'c'), hard(1))]);

  t.true(store.commit([write(entries(4, 1, 'd'))]) instanceof Promise);
});

test('writes without content cost no sync', async (t) => {
  const disk = new MemoryDisk();
  const { store } = await openLog(disk);
  const before = await disk.open('000000000001.wal').then((file) => file.read(0, 65536));
  t.is(store.commit([write([])]), undefined);
  const after = await disk.open('000000000001.wal').then((file) => file.read(0, 65536));
  t.true(after.equals(before));
});

test('what cannot be a Raft log is a bug of the caller', async (t) => {
  const { store } = await openLog(new MemoryDisk());
  await store.commit([write(entries(1, 2, 'a', 'b'), hard(2, 1))]);

  const bugs = [
    () => store.commit([write(entries(4, 2, 'gap'))]),
    () => store.commit([write(entries(3, 3, 'term that is not stored'))]),
    () => store.commit([write([], hard(1))]),
    () => store.commit([write([], hard(2, 3))]),
    () => store.commit([write([...entries(3, 2, 'a'), ...entries(5, 2, 'b')])]),
    () => store.commit([write([...entries(3, 2, 'a'), ...entries(4, 1, 'b')])]),
  ];
  for (const bug of bugs) t.throws(bug, { instanceOf: InvariantViolation });
  await t.throwsAsync(store.read(3, 100), { instanceOf: InvariantViolation });
});

test('a closed log takes and gives nothing; closing marks what is stored', async (t) => {
  const disk = new MemoryDisk();
  const { store } = await openLog(disk);
  await store.commit([write(entries(1, 1, 'a'), hard(1))]);
  await store.close();
  t.throws(() => store.commit([write(entries(2, 1, 'b'))]), { message: /closed/ });
  await t.throwsAsync(store.read(1, 100), { message: /closed/ });

  const timer = new ManualTimer();
  await openLog(disk, { timer });
  t.is(timer.waiting, 0, 'there is nothing left to mark');
});

test('a log that is being closed takes nothing: its last mark would lie in the same place', async (t) => {
  const disk = new MemoryDisk();
  const { store } = await openLog(disk);
  const inFlight = store.commit([write(entries(1, 1, 'a'), hard(1))]);
  const closed = store.close();
  await inFlight;
  t.throws(() => store.commit([write(entries(2, 1, 'b'))]), { message: /being closed/ });
  await closed;
  t.is((await openLog(disk)).last.index, 1);
});

/** Lets everything that is only waiting for microtasks go on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
