import test from 'ava';
import { openMachine } from '../../lib/store/database/machine.ts';
import { MemoryTables } from '../../lib/store/database/tables-memory.ts';
import { apply, LIMITS, memoryMachine, put, read } from './machine-world.ts';

const rangeOf = test.macro({
  exec(t, range: object, expected: string, more = false) {
    const machine = memoryMachine();
    const keys = ['a', 'a/', 'a/1', 'a/2', 'a0', 'b', 'é', '\uffff', '\u{1f600}'];
    apply(machine, ...[...keys].sort().map((key) => put(key, key)));
    const reply = read(machine, { op: 'range', ...range });
    const entries = reply['entries'] as readonly { key: string; value: string }[];
    t.is(entries.map(({ key }) => key).join(' '), expected);
    t.true(entries.every(({ key, value }) => key === value));
    t.is(reply['more'], more);
    t.is(reply['at'], keys.length);
  },
  title: (_, range, expected) => `a range of ${JSON.stringify(range)} has ${expected || 'nothing'}`,
});

test(rangeOf, {}, 'a a/ a/1 a/2 a0 b é \uffff \u{1f600}');
test(rangeOf, { from: 'a/1', to: 'b' }, 'a/1 a/2 a0');
test(rangeOf, { from: 'a/1' }, 'a/1 a/2 a0 b é \uffff \u{1f600}');
test(rangeOf, { to: 'a/1' }, 'a a/');
test(rangeOf, { from: '', to: '' }, '');
test(rangeOf, { from: 'b', to: 'a' }, '');
test(rangeOf, { prefix: 'a/' }, 'a/ a/1 a/2');
test(rangeOf, { prefix: '' }, 'a a/ a/1 a/2 a0 b é \uffff \u{1f600}');
test(rangeOf, { prefix: '\uffff' }, '\uffff');
test(rangeOf, { prefix: '\u{1f600}' }, '\u{1f600}');
test(rangeOf, { prefix: 'a/', from: 'a/1' }, 'a/1 a/2');
test(rangeOf, { prefix: 'a/', to: 'a/2' }, 'a/ a/1');
test(rangeOf, { prefix: 'a/', from: 'A', to: 'z' }, 'a/ a/1 a/2');
test(rangeOf, { prefix: 'a/', from: 'a0' }, '');
test(rangeOf, { prefix: 'a/', to: 'a' }, '');
test(rangeOf, { limit: 2 }, 'a a/', true);
test(rangeOf, { limit: 9 }, 'a a/ a/1 a/2 a0 b é \uffff \u{1f600}');
test(rangeOf, { prefix: 'a/', limit: 3 }, 'a/ a/1 a/2');

test('a range has a thousand entries unless it asks for more, and says that there are more', (t) => {
  const machine = memoryMachine();
  const keys = Array.from({ length: 1500 }, (_, i) => `k${String(i).padStart(5, '0')}`);
  apply(machine, ...keys.map((key) => put(key, 1)));
  const first = read(machine, { op: 'range' });
  t.is((first['entries'] as unknown[]).length, 1000);
  t.true(first['more']);
  const rest = read(machine, { op: 'range', from: `${keys[999]}\0` });
  t.is((rest['entries'] as unknown[]).length, 500);
  t.false(rest['more']);
  t.is((read(machine, { op: 'range', limit: 1200 })['entries'] as unknown[]).length, 1200);
});

test('a range stops at about a mebibyte, and one entry always fits', (t) => {
  const machine = memoryMachine();
  const value = Buffer.alloc(400_000);
  apply(machine, put('a', value), put('b', value), put('c', value), put('d', value));
  const reply = read(machine, { op: 'range' });
  t.is((reply['entries'] as unknown[]).length, 3);
  t.true(reply['more']);
  apply(machine, put('a', Buffer.alloc(2_000_000)));
  const one = read(machine, { op: 'range' });
  t.is((one['entries'] as unknown[]).length, 1);
  t.true(one['more']);
});

test('changes come in order, after a rev, with deletes among them', (t) => {
  const machine = memoryMachine();
  apply(machine, put('a', 1), put('b/1', 2));
  apply(machine, { op: 'delete', key: 'a' }, put('b/1', null));
  const all = [
    { rev: 1, key: 'a', value: 1 },
    { rev: 2, key: 'b/1', value: 2 },
    { rev: 3, key: 'a', deleted: true },
    { rev: 4, key: 'b/1', value: null },
  ];
  const changes = (asked: object) => read(machine, { op: 'changes', ...asked });
  t.deepEqual(changes({ since: 0 }), { ok: true, changes: all, at: 4, more: false });
  t.deepEqual(changes({ since: 2 })['changes'], all.slice(2));
  t.deepEqual(changes({ since: 1, prefix: 'b' })['changes'], [all[1], all[3]]);
  for (const since of [4, 5, 2 ** 48, Number.MAX_SAFE_INTEGER]) {
    t.deepEqual(changes({ since }), { ok: true, changes: [], at: 4, more: false });
  }
  t.deepEqual(changes({ since: 0, limit: 2 }), {
    ok: true,
    changes: all.slice(0, 2),
    at: 4,
    more: true,
  });
  t.deepEqual(changes({ since: 0, limit: 2, prefix: 'b' })['more'], false);
});

test('changes stop at about a mebibyte', (t) => {
  const machine = memoryMachine({ ...LIMITS, history: { revs: 100, bytes: 1 << 24 } });
  const value = Buffer.alloc(400_000);
  apply(machine, ...['a', 'b', 'c', 'd'].map((key) => put(key, value)));
  const reply = read(machine, { op: 'changes', since: 0 });
  t.is((reply['changes'] as unknown[]).length, 3);
  t.true(reply['more']);
});

test('exactly the promised revs can be asked for, however they were batched', (t) => {
  for (const batch of [1, 7, 64, 500]) {
    const machine = memoryMachine({ ...LIMITS, history: { revs: 100, bytes: 1 << 24 } });
    for (let rev = 0; rev < 1000; rev += batch) {
      apply(machine, ...Array.from({ length: batch }, (_, i) => put('k', rev + i)));
    }
    const { rev } = machine;
    const gone = read(machine, { op: 'changes', since: rev - 101 });
    t.is(gone['code'], 'COMPACTED');
    t.is(gone['outcome'], 'rejected');
    t.is(gone['oldest'], rev - 100);
    const kept = read(machine, { op: 'changes', since: gone['oldest'] })['changes'];
    t.deepEqual(
      (kept as { rev: number; value: number }[]).map((change) => change.value),
      Array.from({ length: 100 }, (_, i) => rev - 100 + i),
    );
  }
});

test('history is dropped a little at a time, and what is kept stays bounded', (t) => {
  const tables = new MemoryTables();
  const machine = openMachine(tables, { ...LIMITS, history: { revs: 100, bytes: 1 << 24 } });
  const blocks = (): number => [...tables.open('history').keys(null, null)].length;
  for (let i = 0; i < 2000; i++) {
    const before = blocks();
    apply(machine, put('k', i));
    t.true(before - blocks() <= 256);
  }
  t.true(blocks() >= 100 && blocks() <= 100 + 256 + 1, `${blocks()} blocks`);
});

test('history has a limit in bytes too, and says what is gone', (t) => {
  const machine = memoryMachine({ ...LIMITS, history: { revs: 1000, bytes: 100_000 } });
  for (let i = 1; i <= 50; i++) apply(machine, put('k', Buffer.alloc(10_000, i)));
  const gone = read(machine, { op: 'changes', since: 0 });
  t.is(gone['code'], 'COMPACTED');
  const oldest = gone['oldest'] as number;
  t.true(oldest >= 40 && oldest < 49, `${oldest}`);
  const kept = read(machine, { op: 'changes', since: oldest })['changes'] as { rev: number }[];
  t.deepEqual(
    kept.map(({ rev }) => rev),
    Array.from({ length: 50 - oldest }, (_, i) => oldest + 1 + i),
  );
});

test('history goes on over a restart, with other limits too', (t) => {
  const tables = new MemoryTables();
  const limits = (revs: number) => ({ ...LIMITS, history: { revs, bytes: 1 << 24 } });
  const before = openMachine(tables, limits(1000));
  for (let i = 1; i <= 300; i++) apply(before, put('k', i));
  const few = openMachine(tables, limits(10));
  t.is(read(few, { op: 'changes', since: 200 })['oldest'], 290);
  for (let i = 301; i <= 600; i++) apply(few, put('k', i));
  const many = openMachine(tables, limits(1000));
  const { oldest } = read(many, { op: 'changes', since: 0 });
  t.true((oldest as number) <= 590);
  const { changes } = read(many, { op: 'changes', since: oldest });
  t.deepEqual(
    (changes as { rev: number; value: number }[]).map(({ rev, value }) => rev === value),
    Array.from({ length: 600 - (oldest as number) }, () => true),
  );
  const none = openMachine(tables, limits(0));
  t.is(read(none, { op: 'changes', since: 599 })['oldest'], 600);
  t.deepEqual(read(none, { op: 'changes', since: 600 })['changes'], []);
});

test('what a large batch changed can be read from any point in it', (t) => {
  const machine = memoryMachine({ ...LIMITS, history: { revs: 10_000, bytes: 1 << 26 } });
  const value = Buffer.alloc(700);
  apply(machine, ...Array.from({ length: 1000 }, (_, i) => put(`k${i}`, value)));
  for (const since of [0, 1, 90, 91, 92, 93, 94, 500, 998, 999]) {
    const { changes } = read(machine, { op: 'changes', since, limit: 3 });
    t.deepEqual(
      (changes as { rev: number; key: string }[]).map(({ rev, key }) => `${rev} ${key}`),
      [1, 2, 3].map((i) => `${since + i} k${since + i - 1}`).slice(0, 1000 - since),
    );
  }
});
