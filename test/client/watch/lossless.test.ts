import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { Change, WatchItem } from '../../../lib/client/client.ts';
import { Player, type Step } from './player.ts';

const KEYS = ['a', 'ab', 'abc', 'b', 'ä', 'äb'];
const PREFIXES = ['', 'a', 'ab', 'ä', 'c'];

const node = fc.nat(2);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write'), key: fc.constantFrom(...KEYS) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('apply'), node, count: fc.nat(4) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('mark'), node }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('install'), node }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart'), node }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('listen'), node }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('drop'), count: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('double') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('swap') }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('hear'), count: fc.nat(5) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('answer'),
      node,
      limit: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fail') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('take'), count: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.nat(800) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compact'), keep: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('status'), node }) },
);
/** What a reader has who began with nothing and did what the items say. */
function mirrorOf(items: readonly WatchItem[]): Map<string, number> {
  const mirror = new Map<string, number>();
  for (const item of items) {
    if ('reread' in item) {
      if (item.reread === 'begin') mirror.clear();
    } else if (item.deleted) mirror.delete(item.key);
    else mirror.set(item.key, item.rev);
  }
  return mirror;
}

function inOrder(t: ExecutionContext, items: readonly WatchItem[]): void {
  let last = 0;
  let rereads: number | null = null;
  for (const item of items) {
    if ('reread' in item) {
      rereads = item.reread === 'begin' ? item.rev : null;
      t.true(item.rev >= last, 'never back');
      last = item.rev;
    } else if (rereads !== null) t.true(item.rev <= rereads);
    else {
      t.true(item.rev > last, 'each change once, in order');
      last = item.rev;
    }
  }
}

const story = fc.record({
  steps: fc.array(step, { maxLength: 120, size: 'max' }),
  prefix: fc.constantFrom(...PREFIXES),
  bufferBytes: fc.constantFrom(1, 200, 100_000),
});

test('whatever is dropped, doubled, late or out of order: every change once, in order', (t) => {
  let gaps = 0;
  fc.assert(
    fc.property(story, fc.nat(3), ({ steps, prefix, bufferBytes }, since) => {
      const player = new Player(prefix, since, bufferBytes, false);
      for (const it of steps) if (it.do !== 'compact') player.play(it as Step);
      gaps += steps.some((it) => it.do === 'drop') ? 1 : 0;
      player.settle();
      t.deepEqual(player.taken, [...player.cluster.changes(prefix, since)]);
    }),
    { numRuns: 2000 },
  );
  t.true(gaps > 100);
});

test('from now on means from a rev between the call and its answer', (t) => {
  fc.assert(
    fc.property(story, ({ steps, prefix, bufferBytes }) => {
      const player = new Player(prefix, null, bufferBytes, false);
      player.cluster.write('a');
      player.play({ do: 'answer', node: 0, limit: 1 });
      for (const it of steps) if (it.do !== 'compact') player.play(it as Step);
      player.settle();
      t.deepEqual(player.taken, [...player.cluster.changes(prefix, 1)]);
    }),
    { numRuns: 500 },
  );
});

test('what was compacted ends a watch, after what came before it; nothing is skipped', (t) => {
  let lost = 0;
  fc.assert(
    fc.property(story, ({ steps, prefix, bufferBytes }) => {
      const player = new Player(prefix, 0, bufferBytes, false);
      for (const it of steps) player.play(it as Step);
      player.settle();
      const all = player.cluster.changes(prefix, 0);
      t.deepEqual(player.taken, all.slice(0, player.taken.length));
      if (player.lostAt === null) t.is(player.taken.length, all.length);
      else {
        lost += 1;
        t.true((player.pursuit.known ?? 0) < player.lostAt);
      }
    }),
    { numRuns: 1000 },
  );
  t.true(lost > 50);
});

test('or the keys are read anew, and whoever does what is told has what the cluster has', (t) => {
  let rereads = 0;
  fc.assert(
    fc.property(story, ({ steps, prefix, bufferBytes }) => {
      const player = new Player(prefix, 0, bufferBytes, true);
      for (const it of steps) player.play(it as Step);
      player.settle();
      inOrder(t, player.taken);
      rereads += player.taken.some((item) => 'reread' in item) ? 1 : 0;
      t.deepEqual(
        [...mirrorOf(player.taken)].sort(),
        [...mirrorOf(player.cluster.changes(prefix, 0) as Change[])].sort(),
      );
    }),
    { numRuns: 1000 },
  );
  t.true(rereads > 50);
});

test('while nobody takes anything, no more waits than the buffer and what one reply holds', (t) => {
  const bufferBytes = 1000;
  const pageBytes = 10 * 80;
  const player = new Player('', 0, bufferBytes, false);
  for (let i = 0; i < 2000; i += 1) {
    player.play({ do: 'write', key: 'a' });
    player.play({ do: 'apply', node: 0, count: 1 });
    if (i % 7 === 0) player.play({ do: 'drop', count: 1 });
    player.play({ do: 'hear', count: 1 });
    player.play({ do: 'answer', node: 0, limit: 10 });
  }
  t.true(player.mostBytes <= bufferBytes + pageBytes, `${player.mostBytes}`);
  player.settle();
  t.deepEqual(player.taken, [...player.cluster.changes('', 0)]);
});

test('a lost tail shows in the next mark, without a change that would show it', (t) => {
  const player = new Player('a', 0, 1000, false);
  player.play({ do: 'answer', node: 0, limit: 1 });
  player.play({ do: 'write', key: 'a' });
  player.play({ do: 'apply', node: 0, count: 1 });
  player.play({ do: 'drop', count: 1 });
  player.play({ do: 'mark', node: 0 });
  player.play({ do: 'hear', count: 9 });
  player.play({ do: 'answer', node: 0, limit: 9 });
  player.play({ do: 'take', count: 9 });
  t.deepEqual(player.taken, [...player.cluster.changes('a', 0)]);
});

test('marks move a watch on though none of its keys changes, so that it is not compacted', (t) => {
  const player = new Player('c', 0, 1000, false);
  player.play({ do: 'answer', node: 0, limit: 1 });
  for (let i = 0; i < 10; i += 1) player.play({ do: 'write', key: 'a' });
  player.play({ do: 'apply', node: 0, count: 10 });
  player.play({ do: 'mark', node: 0 });
  player.play({ do: 'hear', count: 99 });
  t.is(player.pursuit.known, 10);
});
