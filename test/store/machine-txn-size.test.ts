import test from 'ava';
import { type Asked, apply, memoryMachine, put, read, txn } from './machine-world.ts';

const LARGE = Buffer.alloc(700_000);
const get = (key: string): Asked => ({ op: 'get', key });

test('a txn whose results would be too large is refused, and none of it is done', (t) => {
  const machine = memoryMachine();
  apply(machine, put('large', LARGE));
  const steps = [put('small', 1), get('large'), get('large')];
  const [reply] = apply(machine, txn([], steps)) as [Record<string, unknown>];
  t.like(reply, { ok: false, code: 'TOO_LARGE', outcome: 'rejected' });
  t.like(read(machine, get('small')), { found: false, at: 1 });
});

test('one step that reads always fits, and so do many that find little', (t) => {
  const machine = memoryMachine();
  apply(machine, put('large', LARGE), put('a', 1));
  const few = txn([], [get('large'), put('b', 2)]);
  const many = txn(
    [],
    Array.from({ length: 100 }, () => get('a')),
  );
  for (const reply of apply(machine, few, many)) t.like(reply as object, { ok: true });
});

test('what the txn itself writes counts for the steps that could read it', (t) => {
  const machine = memoryMachine();
  const steps = [put('new', LARGE), get('new'), get('new')];
  t.like(apply(machine, txn([], steps))[0] as object, { code: 'TOO_LARGE' });
  const ranges = [{ op: 'range' }, { op: 'range' }, put('new', LARGE)];
  t.like(apply(machine, txn([], ranges))[0] as object, { code: 'TOO_LARGE' });
});

test('only the branch that is taken counts', (t) => {
  const machine = memoryMachine();
  apply(machine, put('large', LARGE));
  const condition = { key: 'large', expect: { absent: true } };
  const reply = apply(machine, txn([condition], [get('large'), get('large')], []))[0];
  t.like(reply as object, { ok: true, succeeded: false });
});
