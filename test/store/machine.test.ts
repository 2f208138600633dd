import test from 'ava';
import { makeEntry } from '../../lib/core/entry.ts';
import { InvariantViolation, StorageError } from '../../lib/kit/errors.ts';
import { openMachine } from '../../lib/store/database/machine.ts';
import { MemoryTables } from '../../lib/store/database/tables-memory.ts';
import {
  apply,
  entriesAfter,
  LIMITS,
  memoryMachine,
  put,
  read,
  request,
  txn,
} from './machine-world.ts';

test('every put is a write: it counts rev and version up and keeps when the key was made', (t) => {
  const machine = memoryMachine();
  t.deepEqual(apply(machine, put('a', 1), put('b', 2), put('a', 1)), [
    { ok: true, rev: 1, index: 1 },
    { ok: true, rev: 2, index: 2 },
    { ok: true, rev: 3, index: 3 },
  ]);
  t.deepEqual(read(machine, { op: 'get', key: 'a' }), {
    ok: true,
    found: true,
    value: 1,
    rev: 3,
    created: 1,
    version: 2,
    at: 3,
  });
  t.deepEqual(read(machine, { op: 'get', key: 'c' }), { ok: true, found: false, at: 3 });
});

test('a delete of what is there is a write, a delete of what is not is none', (t) => {
  const machine = memoryMachine();
  t.deepEqual(apply(machine, put('a', 1), { op: 'delete', key: 'a' }, { op: 'delete', key: 'a' }), [
    { ok: true, rev: 1, index: 1 },
    { ok: true, deleted: true, rev: 2, index: 2 },
    { ok: true, deleted: false, rev: 2, index: 3 },
  ]);
  t.is(machine.rev, 2);
});

test('a key that was deleted and put again is a new key', (t) => {
  const machine = memoryMachine();
  apply(machine, put('a', 1), put('a', 2), { op: 'delete', key: 'a' }, put('a', 3));
  const { value, rev, created, version } = read(machine, { op: 'get', key: 'a' });
  t.deepEqual({ value, rev, created, version }, { value: 3, rev: 4, created: 4, version: 1 });
});

const casOn = test.macro({
  exec(t, expect: object, swaps: boolean) {
    const machine = memoryMachine();
    apply(machine, put('other', 0), put('a', { x: [1] }));
    const [swap] = apply(machine, { op: 'cas', key: 'a', expect, value: 'new' });
    t.deepEqual(
      swap,
      swaps
        ? { ok: true, swapped: true, rev: 3, index: 3 }
        : { ok: true, swapped: false, current: { x: [1] }, rev: 2, index: 3 },
    );
    t.deepEqual(read(machine, { op: 'get', key: 'a' })['value'], swaps ? 'new' : { x: [1] });
  },
  title: (_, expect, swaps) =>
    `cas on a key of rev 2 expecting ${JSON.stringify(expect)} ${swaps ? 'swaps' : 'does not'}`,
});

test(casOn, { value: { x: [1] } }, true);
test(casOn, { value: { x: [2] } }, false);
test(casOn, { value: null }, false);
test(casOn, { rev: 2 }, true);
test(casOn, { rev: 1 }, false);
test(casOn, { absent: true }, false);

test('cas on a key that is not there swaps only if that is expected, and has no current', (t) => {
  const machine = memoryMachine();
  const cas = (expect: object) => ({ op: 'cas', key: 'a', expect, value: 1 });
  t.deepEqual(
    apply(
      machine,
      cas({ value: null }),
      cas({ rev: 1 }),
      cas({ absent: true }),
      cas({ absent: true }),
    ),
    [
      { ok: true, swapped: false, rev: 0, index: 1 },
      { ok: true, swapped: false, rev: 0, index: 2 },
      { ok: true, swapped: true, rev: 1, index: 3 },
      { ok: true, swapped: false, current: 1, rev: 1, index: 4 },
    ],
  );
});

test('a txn compares with the state before it, and its steps see those before them', (t) => {
  const machine = memoryMachine();
  apply(machine, put('a', 1));
  const conditions = [
    { key: 'a', expect: { value: 1 } },
    { key: 'b', expect: { absent: true } },
  ];
  const steps = [
    put('b', 2),
    { op: 'get', key: 'b' },
    { op: 'cas', key: 'b', expect: { value: 2 }, value: 3 },
    { op: 'delete', key: 'a' },
    { op: 'delete', key: 'a' },
    { op: 'range' },
  ];
  const [reply] = apply(machine, txn(conditions, steps, [put('c', 1)]));
  t.deepEqual(reply, {
    ok: true,
    succeeded: true,
    results: [
      { rev: 2 },
      { found: true, value: 2, rev: 2, created: 2, version: 1, at: 2 },
      { swapped: true, rev: 3 },
      { deleted: true, rev: 4 },
      { deleted: false, rev: 4 },
      { entries: [{ key: 'b', value: 3, rev: 3, created: 2, version: 2 }], more: false, at: 4 },
    ],
    rev: 4,
    index: 2,
  });
});

test('a txn with a condition that does not hold does the other steps', (t) => {
  const machine = memoryMachine();
  const condition = { key: 'a', expect: { rev: 1 } };
  const [one, two] = apply(
    machine,
    txn([condition], [put('b', 1)], [put('c', 1)]),
    txn([condition], [put('b', 1)]),
  );
  t.deepEqual(one, { ok: true, succeeded: false, results: [{ rev: 1 }], rev: 1, index: 1 });
  t.deepEqual(two, { ok: true, succeeded: false, results: [], rev: 1, index: 2 });
  t.is(read(machine, { op: 'get', key: 'b' })['found'], false);
});

test('an entry tells what changed, for watchers', (t) => {
  const machine = memoryMachine();
  const then = [put('a', 1), { op: 'delete', key: 'a' }, put('b', 2)];
  const entries = entriesAfter(0, [
    { op: 'txn', then },
    { op: 'delete', key: 'x' },
  ]);
  const [one, two] = machine.apply(entries);
  t.deepEqual(
    one?.changes.map(({ rev, key, value }) => [rev, key, value && [...value]]),
    [
      [1, 'a', [1]],
      [2, 'a', null],
      [3, 'b', [2]],
    ],
  );
  t.deepEqual(two?.changes, []);
});

test('a no-op moves what was applied, and nothing else', (t) => {
  const machine = memoryMachine();
  const digest = machine.digest();
  t.deepEqual(machine.apply([makeEntry(1, 7, 'noop')]), [{ index: 1, reply: null, changes: [] }]);
  t.is(machine.applied, 1);
  t.is(machine.appliedTerm, 7);
  t.is(machine.rev, 0);
  t.is(machine.digest(), digest);
});

test('a command in the log that cannot be done is refused without effect, and the rest goes on', (t) => {
  const machine = memoryMachine();
  const junk = makeEntry(1, 1, 'command', Buffer.from([0xc1, 0xff, 0x00]));
  const others = entriesAfter(1, [
    { op: 'fly' },
    { op: 'get', key: 'a' },
    put('', 1),
    { op: 'put', key: 'a' },
    put('a', 1),
  ]);
  const applied = machine.apply([junk, ...others]);
  t.deepEqual(
    applied.map(({ reply }) => (reply?.ok === false ? reply.code : 'ok')),
    ['BAD_REQUEST', 'UNKNOWN_OP', 'BAD_REQUEST', 'BAD_REQUEST', 'BAD_REQUEST', 'ok'],
  );
  t.is(machine.applied, 6);
  t.is(machine.rev, 1);
});

test('applying does not depend on the limit of values, so that nodes may differ in it', (t) => {
  const machine = memoryMachine({ ...LIMITS, valueBytes: 10 });
  const large = put('a', 'longer than ten bytes');
  t.is(machine.check(request(large))?.code, 'TOO_LARGE');
  t.deepEqual(apply(machine, large), [{ ok: true, rev: 1, index: 1 }]);
});

test('what can be refused is refused before it is proposed or read', (t) => {
  const machine = memoryMachine();
  t.is(machine.check(request(put('a', 1))), null);
  t.is(machine.check(request({ op: 'get', key: 'a', read: 'stale', atLeast: 9 })), null);
  t.is(machine.check(request({ op: 'get', key: 'a', read: 'lease' })), null);
  t.is(machine.check(request({ op: 'get', key: 'a', read: 'soon' }))?.code, 'BAD_REQUEST');
  t.is(machine.check(request({ op: 'get', key: 'a', atLeast: -1 }))?.code, 'BAD_REQUEST');
  t.is(machine.check(request(put('x'.repeat(1025), 1)))?.code, 'BAD_REQUEST');
  t.is(machine.check(request({ op: 'fly' }))?.code, 'UNKNOWN_OP');
  t.is(read(machine, put('a', 1))['code'], 'BAD_REQUEST');
});

test('operations are writes or reads, and others are not known', (t) => {
  const machine = memoryMachine();
  for (const op of ['put', 'delete', 'cas', 'txn']) t.is(machine.route(op), 'write');
  for (const op of ['get', 'range', 'changes']) t.is(machine.route(op), 'read');
  for (const op of ['status', '', 'constructor', '__proto__']) t.is(machine.route(op), null);
});

test('the longest key can be kept', (t) => {
  const machine = memoryMachine();
  const key = 'é'.repeat(512);
  apply(machine, put(key, 1));
  t.is(read(machine, { op: 'get', key })['value'], 1);
});

test('entries that do not follow what was applied are a bug, and change nothing', (t) => {
  const machine = memoryMachine();
  const entries = entriesAfter(0, [put('a', 1), put('a', 2), put('a', 3)]);
  t.throws(() => machine.apply(entries.slice(1)), { instanceOf: InvariantViolation });
  machine.apply(entries.slice(0, 2));
  t.throws(() => machine.apply(entries.slice(1)), { instanceOf: InvariantViolation });
  t.throws(() => machine.apply(entries.slice(0, 1)), { instanceOf: InvariantViolation });
  t.is(machine.applied, 2);
  t.is(read(machine, { op: 'get', key: 'a' })['value'], 2);
});

test('a machine goes on where the one before it stopped', (t) => {
  const tables = new MemoryTables();
  const before = openMachine(tables, LIMITS);
  apply(before, put('a', 1), put('b', 2));
  const after = openMachine(tables, LIMITS);
  t.deepEqual([after.applied, after.appliedTerm, after.rev], [2, 1, 2]);
  t.is(after.digest(), before.digest());
  t.deepEqual(apply(after, put('a', 3)), [{ ok: true, rev: 3, index: 3 }]);
});

test('a digest tells apart what differs in a key, a value or a rev, and nothing else', (t) => {
  const after = (...asked: Parameters<typeof apply>[1][]): string => {
    const machine = memoryMachine();
    apply(machine, ...asked);
    return machine.digest();
  };
  const base = after(put('a', 1), put('b', 1));
  t.is(after(put('a', 1), put('b', 1), { op: 'delete', key: 'x' }), base);
  t.not(after(put('b', 1), put('a', 1)), base);
  t.not(after(put('a', 1), put('b', 2)), base);
  t.not(after(put('a', 1), put('c', 1)), base);
  t.not(after(put('a', 1), put('b', 1), put('c', 1), { op: 'delete', key: 'c' }), base);
});

test('tables that no machine left so are refused', (t) => {
  const keysOnly = new MemoryTables();
  const keys = keysOnly.open('keys');
  keysOnly.transaction(() => {
    keys.put(Buffer.from('a'), Buffer.alloc(18));
  });
  const short = new MemoryTables();
  const meta = short.open('meta');
  short.transaction(() => {
    meta.put(Buffer.from('state'), Buffer.alloc(3));
  });
  for (const tables of [keysOnly, short]) {
    const refused = t.throws(() => openMachine(tables, LIMITS), { instanceOf: StorageError });
    t.is(refused?.code, 'CORRUPT');
  }
});
