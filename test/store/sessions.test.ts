import test from 'ava';
import { CLOCK_STEP_MS } from '../../lib/core/log-clock.ts';
import { type KeyValueMachine, openMachine } from '../../lib/store/database/machine.ts';
import { REPLIES_BYTES_MAX, REPLIES_MAX } from '../../lib/store/database/reply-window.ts';
import { MemoryTables } from '../../lib/store/database/tables-memory.ts';
import {
  type Asked,
  apply,
  LIMITS,
  memoryMachine,
  pass,
  put,
  read,
  request,
  txn,
} from './machine-world.ts';

/** Opens a session as the entry after those that were applied. */
function open(machine: KeyValueMachine, ttl?: number): number {
  const [reply] = apply(machine, { op: 'session.open', ...(ttl !== undefined && { ttl }) });
  return (reply as { session: number }).session;
}

/** The same write as number `seq` of a session. */
function within(session: number, seq: number, asked: Asked, acked?: number): Asked {
  return { ...asked, session, seq, ...(acked !== undefined && { acked }) };
}

const COUNT: Asked = { op: 'cas', key: 'n', expect: { absent: true }, value: 1 };

test('C01: a write that is repeated in its session takes effect once, and gets the first reply', (t) => {
  const machine = memoryMachine();
  const session = open(machine);
  const [first] = apply(machine, within(session, 1, COUNT));
  t.deepEqual(first, { ok: true, swapped: true, rev: 1, index: 2 });
  const again = apply(machine, put('n', 2), within(session, 1, COUNT), within(session, 1, COUNT));
  t.deepEqual(again.slice(1), [first, first]);
  t.is(machine.rev, 2);
});

test('C02: it makes no difference whether repetitions come in one batch or in several', (t) => {
  const once = memoryMachine();
  const apart = memoryMachine();
  const all = [1, 2, 1, 3, 2].map((seq) => within(1, seq, put('a', seq)));
  const opening = { op: 'session.open' };
  const together = apply(once, opening, ...all);
  t.deepEqual(
    [opening, ...all].flatMap((asked) => apply(apart, asked)),
    together,
  );
  t.is(apart.digest(), once.digest());
});

test('C03: an older seq after a newer one takes effect once like any other', (t) => {
  const machine = memoryMachine();
  const session = open(machine);
  apply(machine, within(session, 7, put('a', 7)));
  const [late] = apply(machine, within(session, 5, put('a', 5)));
  t.deepEqual(late, { ok: true, rev: 2, index: 3 });
  t.deepEqual(apply(machine, within(session, 5, put('a', 5))), [late]);
  t.is(machine.rev, 2);
});

test('a refusal is a first reply as well: what was refused never takes effect later', (t) => {
  const machine = memoryMachine();
  const session = open(machine);
  const orphan = within(session, 1, { ...put('a', 1), lease: 3 });
  const [first] = apply(machine, orphan);
  t.like(first, { ok: false, code: 'LEASE_EXPIRED', outcome: 'rejected' });
  const [, again] = apply(machine, { op: 'lease.grant', ttl: 5 }, orphan);
  t.deepEqual(again, first);
});

test('values in a kept reply come back as they went in', (t) => {
  const machine = memoryMachine();
  const session = open(machine);
  apply(machine, put('a', { x: [1.5, null, Buffer.from('b')] }), put('b', 1));
  const swap = within(session, 1, { op: 'cas', key: 'a', expect: { absent: true }, value: 1 });
  const steps = [
    { op: 'get', key: 'a' },
    { op: 'get', key: 'b' },
  ];
  const look = within(session, 2, txn([], steps));
  const first = apply(machine, swap, look);
  t.deepEqual(apply(machine, put('a', 0), swap, look).slice(1), first);
});

test('what a client has acknowledged is forgotten, and never taken again', (t) => {
  const machine = memoryMachine();
  const session = open(machine);
  apply(machine, within(session, 1, put('a', 1)), within(session, 3, put('a', 3), 2));
  const [forgotten, gap] = apply(
    machine,
    within(session, 1, put('a', 1)),
    within(session, 2, put('a', 2)),
  );
  t.like(forgotten, { ok: false, outcome: 'unknown' });
  t.like(gap, { ok: false, outcome: 'unknown' });
  t.is(machine.rev, 2);
});

test(`the newest ${REPLIES_MAX} replies are kept without being acknowledged`, (t) => {
  const machine = memoryMachine();
  const session = open(machine);
  for (let seq = 1; seq <= REPLIES_MAX + 1; seq++) apply(machine, within(session, seq, COUNT));
  t.like(apply(machine, within(session, 1, COUNT))[0], { ok: false, outcome: 'unknown' });
  t.deepEqual(apply(machine, within(session, 2, COUNT)), [
    { ok: true, swapped: false, current: 1, rev: 1, index: 3 },
  ]);
});

test('large replies are kept as far as they fit, the newest always', (t) => {
  const machine = memoryMachine();
  const session = open(machine);
  const bytes = REPLIES_BYTES_MAX / 2;
  apply(machine, put('n', 'x'.repeat(bytes)));
  const [one, two, three] = [1, 2, 3].map((seq) => within(session, seq, COUNT)) as Asked[];
  const [, , last] = apply(machine, one as Asked, two as Asked, three as Asked);
  t.like(apply(machine, two as Asked)[0], { ok: false, outcome: 'unknown' });
  t.deepEqual(apply(machine, three as Asked), [last]);
});

test('a session that nobody heard of for its ttl is forgotten, and its writes are refused', (t) => {
  const machine = memoryMachine();
  const session = open(machine, 500);
  apply(machine, within(session, 1, put('a', 1)));
  pass(machine, 500 + CLOCK_STEP_MS - 1);
  t.like(apply(machine, within(session, 2, put('a', 2)))[0], { ok: true });
  pass(machine, 500 + CLOCK_STEP_MS);
  t.like(apply(machine, within(session, 3, put('a', 3)))[0], {
    ok: false,
    code: 'SESSION_EXPIRED',
    outcome: 'rejected',
  });
  t.is(machine.rev, 2);
});

test('a session lives on by being kept, and ends by being closed', (t) => {
  const machine = memoryMachine();
  const session = open(machine, 500);
  for (let i = 0; i < 5; i++) {
    pass(machine, 400);
    t.like(apply(machine, { op: 'session.keep', session })[0], { ok: true, session, ttl: 500 });
  }
  t.like(apply(machine, { op: 'session.close', session })[0], { ok: true, session });
  t.like(apply(machine, { op: 'session.close', session })[0], { code: 'SESSION_EXPIRED' });
  t.is(machine.logTime.next, null, 'nothing is left to end');
});

test('repeats prolong a session too', (t) => {
  const machine = memoryMachine();
  const session = open(machine, 500);
  apply(machine, within(session, 1, put('a', 1)));
  for (let i = 0; i < 3; i++) {
    pass(machine, 400);
    t.like(apply(machine, within(session, 1, put('a', 1)))[0], { ok: true, rev: 1 });
  }
});

test('C05: sessions, their replies and log time are still there when the database is opened again', (t) => {
  const tables = new MemoryTables();
  const machine = openMachine(tables, LIMITS);
  const session = open(machine, 500);
  const [first] = apply(machine, within(session, 1, COUNT));
  pass(machine, 300);
  const reopened = openMachine(tables.clone(), LIMITS);
  t.is(reopened.logTime.now, 300);
  t.is(reopened.digest(), machine.digest());
  t.deepEqual(apply(reopened, within(session, 1, COUNT)), [first]);
  pass(reopened, 500 + CLOCK_STEP_MS);
  t.like(apply(reopened, within(session, 1, COUNT))[0], { code: 'SESSION_EXPIRED' });
});

test('a digest tells sessions apart by what they keep', (t) => {
  const [a, b] = [memoryMachine(), memoryMachine()];
  for (const machine of [a, b]) open(machine);
  apply(a, within(1, 1, { op: 'delete', key: 'x' }));
  apply(b, { op: 'delete', key: 'x' });
  t.not(a.digest(), b.digest());
});

test('no more sessions are let in than there may be, and none is ended for another', (t) => {
  const machine = openMachine(new MemoryTables(), { ...LIMITS, sessions: 2 });
  const [first] = [open(machine), open(machine)];
  const opening = request({ op: 'session.open' });
  t.like(machine.check(opening), { code: 'BUSY', outcome: 'rejected' });
  t.is(machine.check(request({ op: 'lease.grant', ttl: 5 })), null);
  apply(machine, { op: 'session.close', session: first });
  t.is(machine.check(opening), null);
});

test('reads know nothing of sessions', (t) => {
  const machine = memoryMachine();
  apply(machine, put('a', 1));
  t.like(read(machine, { op: 'get', key: 'a', session: 99, seq: 1 }), { found: true, value: 1 });
});

test('log time is wanted in front of what begins or prolongs a life, and of nothing else', (t) => {
  const machine = memoryMachine();
  const isTimed = (asked: Asked): boolean => machine.logTime.isTimed(request(asked));
  for (const asked of [
    { op: 'session.open' },
    { op: 'session.keep', session: 1 },
    within(1, 1, put('a', 1)),
    { op: 'lease.grant', ttl: 5 },
    { op: 'lease.keep', lease: 1 },
  ]) {
    t.true(isTimed(asked), asked.op);
  }
  for (const asked of [put('a', 1), { op: 'lease.revoke', lease: 1 }]) {
    t.false(isTimed(asked), asked.op);
  }
});
