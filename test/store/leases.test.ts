import test from 'ava';
import { CLOCK_STEP_MS } from '../../lib/core/log-clock.ts';
import { LEASE_KEYS_MAX } from '../../lib/store/database/leases.ts';
import { type KeyValueMachine, openMachine } from '../../lib/store/database/machine.ts';
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

function grant(machine: KeyValueMachine, ttl = 500): number {
  const [reply] = apply(machine, { op: 'lease.grant', ttl });
  return (reply as { lease: number }).lease;
}

function leased(key: string, lease: number): Asked {
  return { ...put(key, 1), lease };
}

function keys(machine: KeyValueMachine): readonly string[] {
  const { entries } = read(machine, { op: 'range' });
  return (entries as readonly { key: string }[]).map(({ key }) => key);
}

test('the keys of a lease go when it ends, each as a change with a rev, and not before', (t) => {
  const machine = memoryMachine();
  const lease = grant(machine);
  t.deepEqual(apply(machine, leased('b', lease), put('c', 1), leased('a', lease))[2], {
    ok: true,
    rev: 3,
    index: 4,
  });
  t.deepEqual(pass(machine, 500 + CLOCK_STEP_MS - 1), []);
  t.deepEqual(keys(machine), ['a', 'b', 'c']);
  t.deepEqual(pass(machine, 1), [
    { rev: 4, key: 'a', value: null },
    { rev: 5, key: 'b', value: null },
  ]);
  t.deepEqual(keys(machine), ['c']);
  t.like(read(machine, { op: 'changes', since: 3 }), {
    changes: [
      { rev: 4, key: 'a', deleted: true },
      { rev: 5, key: 'b', deleted: true },
    ],
  });
  t.is(machine.logTime.next, null, 'nothing is left to end');
});

test('a lease lives on by being kept', (t) => {
  const machine = memoryMachine();
  const lease = grant(machine);
  apply(machine, leased('a', lease));
  for (let i = 0; i < 5; i++) {
    pass(machine, 400);
    t.like(apply(machine, { op: 'lease.keep', lease })[0], { ok: true, lease, ttl: 500 });
  }
  t.deepEqual(keys(machine), ['a']);
  pass(machine, 500 + CLOCK_STEP_MS);
  t.deepEqual(keys(machine), []);
  t.like(apply(machine, { op: 'lease.keep', lease })[0], {
    ok: false,
    code: 'LEASE_EXPIRED',
    outcome: 'rejected',
  });
});

test('a lease that is revoked ends at once', (t) => {
  const machine = memoryMachine();
  const lease = grant(machine);
  apply(machine, leased('a', lease), leased('b', lease));
  const revoked = apply(machine, { op: 'lease.revoke', lease });
  t.deepEqual(revoked, [{ ok: true, lease, ttl: 500, rev: 4, index: 4 }]);
  t.deepEqual(keys(machine), []);
  t.like(apply(machine, { op: 'lease.revoke', lease })[0], { code: 'LEASE_EXPIRED' });
  t.deepEqual(pass(machine, 10_000), []);
});

test('a key belongs to the lease that it was written with last, or to none', (t) => {
  const machine = memoryMachine();
  const [one, two] = [grant(machine), grant(machine)];
  apply(machine, leased('a', one), leased('b', one), leased('c', one), leased('d', one));
  const swap = { op: 'cas', key: 'c', expect: { value: 1 }, value: 2 };
  apply(machine, leased('a', two), put('b', 1), swap, { op: 'delete', key: 'd' }, put('d', 1));
  apply(machine, { op: 'lease.revoke', lease: one });
  t.deepEqual(keys(machine), ['a', 'b', 'c', 'd']);
  apply(machine, { op: 'lease.revoke', lease: two });
  t.deepEqual(keys(machine), ['b', 'c', 'd']);
});

test('a put under a lease that is not there changes nothing', (t) => {
  const machine = memoryMachine();
  const refused = { ok: false, code: 'LEASE_EXPIRED', outcome: 'rejected' };
  t.like(apply(machine, leased('a', 9))[0], refused);
  t.like(apply(machine, txn([], [put('b', 1), leased('a', 9)]))[0], refused);
  t.deepEqual([machine.rev, keys(machine)], [0, []]);
});

test(`a lease holds ${LEASE_KEYS_MAX} keys, so that they can all go at once`, (t) => {
  const machine = memoryMachine();
  const lease = grant(machine);
  for (let i = 1; i < LEASE_KEYS_MAX; i++) apply(machine, leased(`k${i}`, lease));
  const both = [leased('x', lease), leased('y', lease)];
  t.like(apply(machine, txn([], both))[0], { ok: false, code: 'TOO_LARGE' });
  t.like(apply(machine, txn([], [leased('x', lease), leased('x', lease)]))[0], { ok: true });
  t.like(apply(machine, leased('y', lease))[0], { ok: false, code: 'TOO_LARGE' });
  t.like(apply(machine, leased('k1', lease))[0], { ok: true });
  t.is(pass(machine, 600).length, LEASE_KEYS_MAX);
});

test('what is too much for one clock entry ends with the next', (t) => {
  const machine = memoryMachine();
  for (let i = 0; i < 3; i++) {
    const lease = grant(machine);
    for (let j = 0; j < 600; j++) apply(machine, leased(`${i}/${j}`, lease));
  }
  t.is(pass(machine, 600).length, 1200);
  t.true((machine.logTime.next ?? Number.POSITIVE_INFINITY) <= machine.logTime.now);
  t.is(pass(machine, 0).length, 600);
  t.is(machine.logTime.next, null);
});

test('leases and log time are still there when the database is opened again', (t) => {
  const tables = new MemoryTables();
  const machine = openMachine(tables, LIMITS);
  const lease = grant(machine);
  apply(machine, leased('a', lease));
  pass(machine, 400);
  const reopened = openMachine(tables.clone(), LIMITS);
  t.is(reopened.digest(), machine.digest());
  t.is(reopened.logTime.next, 500 + CLOCK_STEP_MS);
  t.deepEqual(pass(reopened, 200), [{ rev: 2, key: 'a', value: null }]);
});

test('no more leases are granted than there may be', (t) => {
  const machine = openMachine(new MemoryTables(), { ...LIMITS, leases: 1 });
  const lease = grant(machine);
  const granting = request({ op: 'lease.grant', ttl: 5 });
  t.like(machine.check(granting), { code: 'BUSY', outcome: 'rejected' });
  apply(machine, { op: 'lease.revoke', lease });
  t.is(machine.check(granting), null);
});
