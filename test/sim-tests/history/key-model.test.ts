import test from 'ava';
import { KEY_MODEL } from '../../sim/history/key-model.ts';
import type { Ask, Expect, Members, Value } from '../../sim/history/operation.ts';

type Exchange = readonly [Ask, Members | null];

const key = 'a';
const get = (reply: Members): Exchange => [{ op: 'get', key }, reply];
const put = (value: Value, rev: number | null): Exchange => [
  { op: 'put', key, value },
  rev === null ? null : { rev },
];
const cas = (expect: Expect, value: Value, reply: Members | null): Exchange => [
  { op: 'cas', key, expect, value },
  reply,
];
const remove = (reply: Members | null): Exchange => [{ op: 'delete', key }, reply];

/** Whether one client can have been told all of this, one after the other. */
function fits(exchanges: readonly Exchange[]): boolean {
  let state: typeof KEY_MODEL.init | null = KEY_MODEL.init;
  for (const [ask, reply] of exchanges) {
    if (state !== null) state = KEY_MODEL.step(state, ask, reply);
  }
  return state !== null;
}

const X = { found: true, value: 'x', rev: 4, created: 4, version: 1, at: 4 };

const last = test.macro({
  exec(t, before: readonly Exchange[], possible: Exchange, impossible: Exchange) {
    t.true(fits([...before, possible]), JSON.stringify(possible));
    t.false(fits([...before, impossible]), JSON.stringify(impossible));
  },
  title: (what) => `of one key: ${what}`,
});

const NOTHING: readonly Exchange[] = [];
const WRITTEN = [put('x', 4)];
const UNTOLD = [put('x', null)];

test('a key is absent at first', last, NOTHING, get({ found: false, at: 3 }), get(X));
test('a read sees what was written', last, WRITTEN, get(X), get({ ...X, value: 'y' }));
test('a key that is there is found', last, WRITTEN, get(X), get({ found: false, at: 4 }));
test('a version counts', last, WRITTEN, get(X), get({ ...X, version: 2 }));
test('a read tells the rev of the write', last, WRITTEN, get(X), get({ ...X, rev: 3 }));
test('a key keeps when it was created', last, WRITTEN, get(X), get({ ...X, created: 3 }));
test('a read sees a rev at least as high', last, WRITTEN, get(X), get({ ...X, at: 3 }));
test('revs rise', last, WRITTEN, put('y', 5), put('y', 4));
test(
  'what nobody was told may be any rev',
  last,
  UNTOLD,
  get({ ...X, rev: 9, created: 9, at: 9 }),
  get({ ...X, version: 3 }),
);
test(
  'a second write keeps the creation',
  last,
  [...WRITTEN, put('y', 7)],
  get({ found: true, value: 'y', rev: 7, created: 4, version: 2, at: 9 }),
  get({ found: true, value: 'y', rev: 7, created: 7, version: 1, at: 9 }),
);
test(
  'a deletion is told',
  last,
  WRITTEN,
  remove({ deleted: true, rev: 5 }),
  remove({ deleted: false, rev: 4 }),
);
test(
  'what is deleted is gone, and its revs are used',
  last,
  [...WRITTEN, remove({ deleted: true, rev: 5 })],
  put('y', 6),
  put('y', 5),
);
test(
  'a deletion of nothing is told',
  last,
  NOTHING,
  remove({ deleted: false, rev: 0 }),
  remove({ deleted: true, rev: 1 }),
);
test(
  'a swap compares with the value',
  last,
  WRITTEN,
  cas({ value: 'x' }, 'y', { swapped: true, rev: 5 }),
  cas({ value: 'w' }, 'y', { swapped: true, rev: 5 }),
);
test(
  'a swap that fails tells the value',
  last,
  WRITTEN,
  cas({ absent: true }, 'y', { swapped: false, current: 'x', rev: 4 }),
  cas({ absent: true }, 'y', { swapped: false, current: 'w', rev: 4 }),
);
test(
  'a swap compares with the rev',
  last,
  WRITTEN,
  cas({ rev: 4 }, 'y', { swapped: true, rev: 5 }),
  cas({ rev: 3 }, 'y', { swapped: true, rev: 5 }),
);
test(
  'a swap by a rev that nobody was told may have done either',
  last,
  UNTOLD,
  cas({ rev: 4 }, 'y', { swapped: false, current: 'x', rev: 9 }),
  cas({ rev: 4 }, 'y', { swapped: false, current: 'w', rev: 9 }),
);
test(
  'a swap of unknown outcome does what it can',
  last,
  [...WRITTEN, cas({ value: 'x' }, 'y', null), cas({ value: 'x' }, 'z', null)],
  get({ found: true, value: 'y', rev: 5, created: 4, version: 2, at: 5 }),
  get({ found: true, value: 'z', rev: 5, created: 4, version: 2, at: 5 }),
);
test(
  'a deletion of unknown outcome deletes',
  last,
  [...WRITTEN, remove(null)],
  get({ found: false, at: 5 }),
  get(X),
);

test('an operation on several keys is not of one key', (t) => {
  t.is(KEY_MODEL.step(KEY_MODEL.init, { op: 'range' }, {}), null);
  t.is(KEY_MODEL.partition({ op: 'range' }), null);
});
