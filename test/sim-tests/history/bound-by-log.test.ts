import test from 'ava';
import { boundByLog } from '../../sim/history/bound-by-log.ts';
import { checkKeyValueLinearizable } from '../../sim/history/key-value-history.ts';
import type { Ask, Put } from '../../sim/history/operation.ts';
import { Story } from './story.ts';

const GET: Ask = { op: 'get', key: 'a' };

function put(value: string): Put {
  return { op: 'put', key: 'a', value };
}

test('the log tells which writes of unknown outcome took effect, and by when at the latest', (t) => {
  const story = new Story();
  const never = story.call(1, put('never'));
  const early = story.call(2, put('early'));
  const late = story.call(3, put('late'));
  story.take(early);
  const known = story.call(4, put('known'));
  story.take(known);
  story.noop();
  story.answer(known);
  story.take(late);
  const bounds = boundByLog(story.history(), () => true);
  t.deepEqual(
    [...bounds],
    [
      [never.id, null],
      [early.id, known.returnedAt],
      [late.id, Number.POSITIVE_INFINITY],
    ],
  );
});

test('only what may be bounded is, and no time before a call is one', (t) => {
  const story = new Story();
  const write = story.call(1, put('x'));
  story.take(write);
  story.all(2, put('y'));
  t.is(boundByLog(story.history(), () => false).get(write.id), Number.POSITIVE_INFINITY);

  const wrong = new Story();
  wrong.append(2, put('x'));
  wrong.all(1, put('y'));
  const tooLate = wrong.call(2, put('x'));
  t.is(boundByLog(wrong.history(), () => true).get(tooLate.id), Number.POSITIVE_INFINITY);
});

test('the log helps to see that a write came too late', (t) => {
  const story = new Story();
  story.call(1, put('x'));
  story.committed.push({ index: 1, id: 1, ask: put('x') });
  story.all(2, { op: 'put', key: 'b', value: 'y' });
  story.answer(story.call(2, GET), { found: false, at: 2 });
  const { operations, committed } = story.history();
  t.is(checkKeyValueLinearizable(operations).result, 'linearizable');
  t.is(checkKeyValueLinearizable(operations, { committed }).result, 'violated');
});

test('a swap by rev is not bounded: who knows which rev a write of unknown outcome got', (t) => {
  const story = new Story();
  const write = story.call(1, put('x'));
  story.take(write);
  const swap = story.call(2, { op: 'cas', key: 'a', expect: { rev: 9 }, value: 'y' });
  story.take(swap);
  story.all(3, { op: 'put', key: 'b', value: 'z' });
  story.all(3, GET);
  const { operations, committed } = story.history();
  t.is(checkKeyValueLinearizable(operations, { committed }).result, 'linearizable');
});
