import test from 'ava';
import { markTopic } from '../../lib/wire/event.ts';
import { MARK_INTERVAL_MS, Marks } from '../../streams/marks.ts';

function watching(rev: number, ...prefixes: readonly string[]): Marks {
  const marks = new Marks(rev);
  marks.watch(prefixes.map(markTopic));
  return marks;
}

test('a change tells what came before it, for each watched prefix of its key', (t) => {
  const marks = watching(10, 'a', 'ab', 'b');
  t.deepEqual(marks.note(11, 'abc'), [
    [1, 10],
    [2, 10],
  ]);
  t.deepEqual(marks.note(12, 'ax'), [[1, 11]]);
  t.deepEqual(marks.note(13, 'x'), []);
  t.deepEqual(marks.note(14, 'ab'), [
    [1, 12],
    [2, 11],
  ]);
});

test('the empty prefix is one of all keys', (t) => {
  const marks = watching(0, '');
  t.deepEqual(marks.note(1, 'a'), [[0, 0]]);
  t.deepEqual(marks.note(2, 'b'), [[0, 1]]);
});

test('lengths are bytes of UTF-8, and a key that is shorter has no such prefix', (t) => {
  const marks = watching(0, 'é', 'éé');
  t.deepEqual(marks.note(1, 'é'), [[2, 0]]);
  t.deepEqual(marks.note(2, 'éé1'), [
    [2, 1],
    [4, 0],
  ]);
});

test('a mark tells what came last, and up to where nothing came after it', (t) => {
  const marks = watching(5, 'a', 'b');
  marks.note(6, 'a1');
  marks.note(7, 'c');
  t.deepEqual(marks.due(), [
    { prefix: 'a', rev: 7, last: 6, every: MARK_INTERVAL_MS },
    { prefix: 'b', rev: 7, last: 5, every: MARK_INTERVAL_MS },
  ]);
});

test('of what came before a prefix was watched nothing is claimed', (t) => {
  const marks = watching(0, 'a');
  marks.note(1, 'b');
  marks.watch(['a', 'b'].map(markTopic));
  t.like(marks.due()[1], { prefix: 'b', rev: 1, last: 1 });
  t.deepEqual(marks.note(2, 'b'), [[1, 1]]);
});

test('who watches again finds nothing of what was known before', (t) => {
  const marks = watching(0, 'a');
  marks.note(1, 'a');
  marks.watch([]);
  t.deepEqual(marks.note(2, 'a'), []);
  marks.watch([markTopic('a')]);
  t.deepEqual(marks.note(3, 'a'), [[1, 2]]);
});

test('after a state that came whole, as a snapshot does, nothing before it is claimed', (t) => {
  const marks = watching(0, 'a');
  marks.note(1, 'a');
  marks.skipTo(50);
  t.like(marks.due()[0], { rev: 50, last: 50 });
  t.deepEqual(marks.note(51, 'a'), [[1, 50]]);
  // and if nobody had said so, the rev of the next change does
  t.deepEqual(marks.note(90, 'a'), [[1, 89]]);
});

test('of very many prefixes each has its turn, less often, and says how often', (t) => {
  const prefixes = Array.from({ length: 250 }, (_, i) => `p${i}/`);
  const marks = watching(0, ...prefixes);
  const told = [marks.due(), marks.due(), marks.due()];
  t.deepEqual(
    told.map((some) => some.length),
    [100, 100, 100],
  );
  t.is(new Set(told.flat().map(({ prefix }) => prefix)).size, 250);
  t.is(told[0]?.[0]?.every, 3 * MARK_INTERVAL_MS);
});
