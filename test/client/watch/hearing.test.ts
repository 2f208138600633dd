import test from 'ava';
import { hearingsOf } from '../../../lib/client/watch/hearing.ts';

const stamp = { node: 1, at: 0, seq: 1 };

/** What an event says, as `prefix: after–upTo`. */
function told(topic: string, fields: object): string[] {
  return hearingsOf({ topic, event: { ...stamp, ...fields } }, 1).map(
    ({ prefix, claim: { after, upTo, changes } }) =>
      `${prefix}: ${after}–${upTo}${changes.length > 0 ? ' changed' : ''}`,
  );
}

test('a mark is a claim without changes about the prefix in its topic', (t) => {
  t.deepEqual(told('mark.a/', { rev: 9, last: 4 }), ['a/: 4–9']);
  t.deepEqual(told('mark.', { rev: 9, last: 9 }), [': 9–9']);
});

test('a change is a claim about each prefix that its node names by its length', (t) => {
  const change = { rev: 9, key: 'äb/1', value: 1 };
  t.deepEqual(told('kv.äb/1', change), []);
  const after = [
    [0, 8],
    [2, 5],
    [3, 1],
    [5, 0],
  ];
  t.deepEqual(told('kv.äb/1', { ...change, after }), [
    ': 8–9 changed',
    'ä: 5–9 changed',
    'äb: 1–9 changed',
    'äb/1: 0–9 changed',
  ]);
});

test('what cannot be true is no claim', (t) => {
  t.deepEqual(told('mark.a', { rev: 4, last: 9 }), []);
  t.deepEqual(told('mark.a', { rev: 'x', last: 0 }), []);
  t.deepEqual(told('mark.a', { rev: -1, last: -2 }), []);
  t.deepEqual(told('kv.a', { rev: 4, key: 'a', after: [1, [1], [1, 9], ['a', 1], null] }), []);
  t.deepEqual(told('kv.a', { rev: 4, key: 5, after: [[1, 2]] }), []);
  t.deepEqual(told('raft.commit', { rev: 4, key: 'a', after: [[1, 2]] }), []);
});
