import test, { type ExecutionContext } from 'ava';
import type { Write } from '../../lib/core/outcome.ts';
import { type StorageCode, StorageError } from '../../lib/kit/errors.ts';
import {
  type DiskFault,
  type DiskOperation,
  MemoryDisk,
} from '../../lib/store/disk/disk-memory.ts';
import type { Crash } from '../../lib/store/disk/memory-file.ts';
import { after, imageOf, type LogImage, NOTHING } from './log-model.ts';
import { chance, entries, hard, ManualTimer, openLog, write } from './log-world.ts';

const OPTIONS = { segmentBytes: 4096 };

/** Append, vote, replace a suffix, and go on into further segments. */
const STORY: readonly (readonly Write[])[] = [
  [write(entries(1, 1, 'a', 'b'), hard(1, 2))],
  [write([], hard(2, 3))],
  [write(entries(3, 2, 'c'.repeat(900), 'd'))],
  [write(entries(3, 4, 'C', 'D'), hard(4)), write(entries(5, 4, 'e'))],
  [write(entries(6, 4, 'f'.repeat(1500)))],
  [write(entries(7, 4, 'g'.repeat(1500)), hard(4, 1))],
  [write(entries(2, 5, 'B'), hard(5))],
  [write(entries(3, 5, 'h'.repeat(5000)))],
  [write(entries(4, 5, 'i'))],
];

type Life = {
  /** What was acknowledged, and what was being stored when it ended, or the same. */
  readonly acknowledged: LogImage;
  readonly attempted: LogImage;
};

/** Opens the log and plays the story from wherever the log is, until something fails. */
async function live(disk: MemoryDisk, from: LogImage, story: typeof STORY): Promise<Life> {
  let acknowledged = from;
  let attempted = from;
  try {
    const timer = new ManualTimer();
    const { store } = await openLog(disk, { ...OPTIONS, timer });
    for (const writes of story) {
      attempted = after(acknowledged, writes);
      await store.commit(writes);
      acknowledged = attempted;
      timer.pass(100);
      await settled();
    }
    await store.close();
  } catch (reason) {
    if (!(reason instanceof StorageError)) throw reason;
  }
  return { acknowledged, attempted };
}

/** Lets a mark that was begun come to its end. */
async function settled(): Promise<void> {
  for (let i = 0; i < 40; i += 1) await null;
}

/** Fails the operation of that number; afterwards the process is gone, so nothing works. */
function failAt(number: number, fault: DiskFault = 'io') {
  let count = 0;
  return {
    fault: (_: DiskOperation): DiskFault | null => {
      count += 1;
      if (count === number) return fault;
      return count > number ? 'io' : null;
    },
    get happened(): boolean {
      return count >= number;
    },
  };
}

/** Recovers, and checks: all that was acknowledged, or that and the whole commit that was on its way. */
async function recovers(t: ExecutionContext, disk: MemoryDisk, life: Life, when: string) {
  const found = await imageOf(await openLog(disk, OPTIONS));
  const isOne = [life.acknowledged, life.attempted].some(
    (image) => JSON.stringify(image) === JSON.stringify(found),
  );
  if (!isOne) t.deepEqual(found, life.attempted, when);
  return found;
}

const CRASHES: readonly Crash[] = [
  { kept: 0, torn: 0 },
  { kept: 1, torn: 0 },
  { kept: 0.5, torn: 0 },
  { kept: 0.5, torn: 0.5 },
  { kept: 0.9, torn: 0.1 },
];

test('D09 D18 D26 D27: after a power cut at any operation the log holds all that was acknowledged, and no part of more', async (t) => {
  let states = 0;
  for (let number = 1; ; number += 1) {
    const death = failAt(number);
    const disk = new MemoryDisk({ fault: death.fault });
    const life = await live(disk, NOTHING, STORY);
    if (!death.happened) break;
    for (const [i, crash] of CRASHES.entries()) {
      for (let seed = 0; seed < 4; seed += 1) {
        const random = chance(number * 100 + i * 10 + seed);
        const when = `operation ${number}, crash ${i}, seed ${seed}`;
        const found = await recovers(t, disk.crash(random, crash), life, when);
        t.true(found.hard.term >= life.acknowledged.hard.term);
        states += 1;
      }
    }
  }
  t.true(states > 1500, `${states} states`);
});

test('D26: a power cut at any operation of the recovery itself loses nothing either', async (t) => {
  const random = chance(11);
  let states = 0;
  for (let first = 5; first < 90; first += 4) {
    const disk = new MemoryDisk({ fault: failAt(first).fault });
    const life = await live(disk, NOTHING, STORY);
    for (let second = 1; ; second += 1) {
      const death = failAt(second);
      const restarted = disk.crash(random, { kept: 0.5, torn: 0.3 }, { fault: death.fault });
      await live(restarted, life.acknowledged, []);
      if (!death.happened) break;
      const crashed = restarted.crash(random, { kept: 0.5, torn: 0.3 });
      await recovers(t, crashed, life, `operations ${first} and ${second}`);
      states += 1;
    }
  }
  t.true(states > 80, `${states} states`);
});

test('a process that dies without a power cut loses nothing that it had written', async (t) => {
  for (let number = 1; ; number += 1) {
    const death = failAt(number);
    const disk = new MemoryDisk({ fault: death.fault });
    const life = await live(disk, NOTHING, STORY);
    if (!death.happened) return t.true(number > 80);
    await recovers(t, disk.restart({}), life, `operation ${number}`);
  }
});

test('D13: after a sync that failed, what the page cache shows is stored anew before it counts', async (t) => {
  for (let number = 1; ; number += 1) {
    for (const kept of [0, 0.5]) {
      const death = failAt(number, 'lie');
      const random = chance(number);
      const disk = new MemoryDisk({ fault: death.fault, chance: () => (random() < kept ? 0 : 1) });
      const life = await live(disk, NOTHING, STORY);
      if (!death.happened) return t.true(number > 80);

      const second = disk.restart({});
      const found = await recovers(t, second, life, `operation ${number}`);
      const next = [write(entries(found.entries.length + 1, 9, 'next'), hard(9))];
      const third = second.restart();
      const later = await live(third, found, [next]);
      t.deepEqual(later.acknowledged, after(found, next));

      const crashed = third.crash(random, { kept: 0, torn: 0 });
      const when = `operation ${number}`;
      t.deepEqual(await imageOf(await openLog(crashed, OPTIONS)), later.acknowledged, when);
    }
  }
});

test('what recovery reports is durable when it reports it', async (t) => {
  let isStuck = false;
  const first = new MemoryDisk({ finish: (end) => isStuck || queueMicrotask(end) });
  const { store } = await openLog(first);
  await store.commit([write(entries(1, 1, 'a'), hard(1))]);
  isStuck = true;
  void store.commit([write(entries(2, 1, 'b'), hard(1, 2))]);

  const second = first.restart({});
  const found = await imageOf(await openLog(second));
  t.deepEqual(found, { hard: { term: 1, vote: 2 }, entries: ['1/1 a', '2/1 b'] });
  const crashed = second.crash(() => 1, { kept: 0, torn: 0 });
  t.deepEqual(await imageOf(await openLog(crashed)), found);
});

const closesTheLog = test.macro({
  async exec(
    t,
    kind: DiskOperation['kind'],
    fault: DiskFault,
    inThreadBytes: number,
    code: StorageCode,
  ) {
    let isArmed = false;
    const disk = new MemoryDisk({
      fault: (operation) => {
        if (!isArmed || operation.kind !== kind) return null;
        isArmed = false;
        return fault;
      },
    });
    const { store } = await openLog(disk, { ...OPTIONS, inThreadBytes });
    await store.commit([write(entries(1, 1, 'a'), hard(1))]);
    isArmed = true;
    const failed = await t.throwsAsync(async () => store.commit([write(entries(2, 1, 'b'))]));
    t.true(failed instanceof StorageError);
    t.is((failed as StorageError).code, code);

    // The disk works again, and still nothing may be stored: who knows what is missing.
    t.is(
      t.throws(() => store.commit([write(entries(2, 1, 'b'))])),
      failed,
    );
    t.is(await t.throwsAsync(store.read(1, 100)), failed);
    await store.close();
  },
  title: (_, kind, fault, inThreadBytes) =>
    `D13 D15: one failed ${kind} (${fault}${inThreadBytes ? ', in this thread' : ''}) closes the log for good`,
});

for (const inThreadBytes of [0, 4096]) {
  test(closesTheLog, 'sync', 'lie', inThreadBytes, 'IO');
  test(closesTheLog, 'write', 'io', inThreadBytes, 'IO');
  test(closesTheLog, 'write', 'full', inThreadBytes, 'FULL');
}

test('a mark that cannot be written closes the log as well', async (t) => {
  const timer = new ManualTimer();
  let isBroken = false;
  const disk = new MemoryDisk({ fault: () => (isBroken ? 'io' : null) });
  const { store } = await openLog(disk, { ...OPTIONS, timer });
  await store.commit([write(entries(1, 1, 'a'), hard(1))]);
  isBroken = true;
  timer.pass(50);
  await settled();
  isBroken = false;

  t.throws(() => store.commit([write(entries(2, 1, 'b'))]), { instanceOf: StorageError });
});

test('on a full disk the log goes on as far as its segments reach, then ends with FULL', async (t) => {
  const disk = new MemoryDisk({ capacityBytes: 10_000 });
  const { store } = await openLog(disk, OPTIONS);
  let stored = 0;
  const failed = await t.throwsAsync(
    async () => {
      for (;;) {
        await store.commit([write(entries(stored + 1, 1, 'x'.repeat(300)), hard(1))]);
        stored += 1;
      }
    },
    { instanceOf: StorageError },
  );
  t.is((failed as StorageError).code, 'FULL');
  await store.close();
  t.true(stored > 10);
  t.is((await openLog(disk, OPTIONS)).last.index, stored);
});

test('room that was made in time lets the log go on', async (t) => {
  let isFull = false;
  const disk = new MemoryDisk({
    fault: ({ kind, name }) =>
      isFull && kind === 'write' && name.endsWith('.tmp') ? 'full' : null,
  });
  const { store } = await openLog(disk, OPTIONS);
  isFull = true;
  for (let index = 1; index <= 5; index += 1) {
    await store.commit([write(entries(index, 1, 'x'.repeat(300)), hard(1))]);
  }
  isFull = false;
  for (let index = 6; index <= 20; index += 1) {
    await store.commit([write(entries(index, 1, 'x'.repeat(300)), hard(1))]);
  }
  t.is((await openLog(disk, OPTIONS)).last.index, 20);
});
