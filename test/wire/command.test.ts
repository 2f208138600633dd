import test from 'ava';
import fc from 'fast-check';
import { type ReadOptions, readOptions } from '../../lib/wire/arguments.ts';
import { type Code, decodeRequest, encodeRequest, type Refusal } from '../../lib/wire/client.ts';
import { type Command, parseCommand } from '../../lib/wire/command.ts';
import { pack } from '../../lib/wire/pack.ts';
import { Raw } from '../../lib/wire/raw.ts';
import { anyValue } from './values.ts';

const limits = { valueBytes: 1000 };

function parse(op: string, args: Record<string, unknown>): Command | Refusal {
  const request = decodeRequest(encodeRequest(1, op, args));
  return 'refusal' in request ? request.refusal : parseCommand(request, limits);
}

const key = (text: string): object => ({ text, bytes: Buffer.from(text) });
const raw = (value: unknown): Raw => new Raw(pack(value));

const takes = test.macro({
  exec(t, op: string, args: Record<string, unknown>, command: object) {
    t.deepEqual(parse(op, args), { op, ...command } as never);
  },
  title: (_, op, args) => `${op} takes ${JSON.stringify(args)}`,
});

test(takes, 'put', { key: 'a', value: null }, { key: key('a'), value: raw(null), lease: null });
test(
  takes,
  'put',
  { key: 'é/ü', value: { b: [1] } },
  { key: key('é/ü'), value: raw({ b: [1] }), lease: null },
);
test(takes, 'put', { key: '\0', value: 1 }, { key: key('\0'), value: raw(1), lease: null });
test(takes, 'delete', { key: 'a' }, { key: key('a') });
test(takes, 'get', { key: 'a', read: 'stale', atLeast: 4 }, { key: key('a') });
test(
  takes,
  'cas',
  { key: 'a', expect: { absent: true }, value: 1 },
  { key: key('a'), expect: { kind: 'absent' }, value: raw(1) },
);
test(
  takes,
  'cas',
  { key: 'a', expect: { rev: 3 }, value: 1 },
  { key: key('a'), expect: { kind: 'rev', rev: 3 }, value: raw(1) },
);
test(
  takes,
  'cas',
  { key: 'a', expect: { value: [1] }, value: 1 },
  { key: key('a'), expect: { kind: 'value', value: raw([1]) }, value: raw(1) },
);
test(takes, 'put', { key: 'a', value: 1, lease: 7 }, { key: key('a'), value: raw(1), lease: 7 });
test(takes, 'session.open', {}, { ttlMs: 60_000 });
test(takes, 'session.open', { ttl: 5 }, { ttlMs: 5 });
test(takes, 'session.keep', { session: 4 }, { session: 4 });
test(takes, 'session.close', { session: 4 }, { session: 4 });
test(takes, 'lease.grant', { ttl: 5 }, { ttlMs: 5 });
test(takes, 'lease.grant', { ttl: 5, session: 4, seq: 1 }, { ttlMs: 5 });
test(takes, 'lease.keep', { lease: 4 }, { lease: 4 });
test(takes, 'lease.revoke', { lease: 4 }, { lease: 4 });
test(takes, 'get', { key: 'a', session: 4 }, { key: key('a') });
test(takes, 'range', {}, { from: null, to: null, prefix: null, limit: 1000 });
test(
  takes,
  'range',
  { from: '', to: 'b', prefix: 'é', limit: 10_000, read: 'lease' },
  { from: '', to: 'b', prefix: 'é', limit: 10_000 },
);
test(takes, 'changes', { since: 0 }, { since: 0, prefix: null, limit: 1000 });
test(
  takes,
  'changes',
  { since: 2 ** 40, prefix: 'a', limit: 1 },
  { since: 2 ** 40, prefix: 'a', limit: 1 },
);
test(takes, 'txn', {}, { conditions: [], thenSteps: [], elseSteps: [] });
test(
  takes,
  'txn',
  {
    if: [{ key: 'a', expect: { rev: 1 } }],
    // biome-ignore lint/suspicious/noThenProperty: the protocol calls it so
    then: [
      { op: 'put', key: 'a', value: 1 },
      { op: 'cas', key: 'b', expect: { absent: true }, value: 2 },
      { op: 'range', prefix: 'c' },
    ],
    else: [
      { op: 'get', key: 'a' },
      { op: 'delete', key: 'a' },
    ],
  },
  {
    conditions: [{ key: key('a'), expect: { kind: 'rev', rev: 1 } }],
    thenSteps: [
      { op: 'put', key: key('a'), value: raw(1), lease: null },
      { op: 'cas', key: key('b'), expect: { kind: 'absent' }, value: raw(2) },
      { op: 'range', from: null, to: null, prefix: 'c', limit: 100 },
    ],
    elseSteps: [
      { op: 'get', key: key('a') },
      { op: 'delete', key: key('a') },
    ],
  },
);

const refuses = test.macro({
  exec(t, op: string, args: Record<string, unknown>, message: string, code: Code = 'BAD_REQUEST') {
    const refusal = parse(op, args);
    t.like(refusal, { ok: false, code });
    t.true('message' in refusal && refusal.message.includes(message), JSON.stringify(refusal));
  },
  title: (_, op, args, message) => `${op} ${JSON.stringify(args).slice(0, 80)}: ${message}`,
});

test(refuses, 'nope', {}, 'no operation "nope"', 'UNKNOWN_OP');
test(refuses, 'txn.', {}, 'no operation', 'UNKNOWN_OP');
test(refuses, '__proto__', {}, 'no operation', 'UNKNOWN_OP');
test(refuses, 'put', { key: 'a' }, 'argument value is missing');
test(refuses, 'put', { value: 1 }, 'argument key is missing');
test(refuses, 'put', { key: 1, value: 1 }, 'key must be a string');
test(refuses, 'put', { key: Buffer.from('a'), value: 1 }, 'key must be a string');
test(refuses, 'put', { key: '', value: 1 }, 'key must have 1 to 1024 bytes, not 0');
test(refuses, 'put', { key: 'é'.repeat(513), value: 1 }, 'not 1026');
test(
  refuses,
  'put',
  { key: 'a', value: 1, ttl: 5 },
  'unknown argument "ttl"; known are key, value',
);
test(refuses, 'put', { key: 'a', value: 1, lease: 0 }, 'lease must be an integer from 1');
test(
  refuses,
  'cas',
  { key: 'a', expect: { rev: 1 }, value: 1, lease: 5 },
  'unknown argument "lease"',
);
test(refuses, 'put', { key: 'a', value: 1, session: 4 }, 'a write within a session has a seq');
test(refuses, 'session.open', { ttl: 0 }, 'ttl must be an integer from 1');
test(refuses, 'session.open', { session: 4 }, 'not opened within another');
test(refuses, 'session.keep', {}, 'argument session is missing');
test(refuses, 'session.close', { session: 4, seq: 1 }, 'takes no seq');
test(refuses, 'session.close', { session: 4, ttl: 1 }, 'unknown argument "ttl"; there are none');
test(refuses, 'lease.grant', {}, 'ttl must be an integer from 1');
test(refuses, 'lease.keep', { lease: 'x' }, 'lease must be an integer from 1');
test(
  refuses,
  'put',
  { key: 'a', value: 'x'.repeat(1000) },
  'of 1003 bytes; at most 1000',
  'TOO_LARGE',
);
test(
  refuses,
  'put',
  { key: 'a', value: 1, ['x'.repeat(64)]: 1 },
  `"${'x'.repeat(40)}"…; known are`,
);
test(refuses, 'get', { key: 'a', read: 'fresh' }, 'read must be one of linearizable, lease, stale');
test(refuses, 'get', { key: 'a', read: 1 }, 'read must be one of');
test(refuses, 'get', { key: 'a', atLeast: -1 }, 'atLeast must be an integer from 0');
test(refuses, 'delete', { key: 'a', value: 1 }, 'unknown argument "value"');
const expects = 'expect must be one of {value: v}, {rev: n} with n from 1, {absent: true}';
for (const expect of [
  {},
  { value: 1, rev: 1 },
  { rev: 0 },
  { rev: 'x' },
  { absent: false },
  { no: 1 },
  5,
]) {
  test(refuses, 'cas', { key: 'a', expect, value: 1 }, expects);
}
test(refuses, 'cas', { key: 'a', value: 1 }, 'argument expect is missing');
const tooLarge = { value: 'x'.repeat(1000) };
test(refuses, 'cas', { key: 'a', expect: tooLarge, value: 1 }, 'at most 1000', 'TOO_LARGE');
for (const limit of [0, -1, 10_001, 1.5, 'x', null]) {
  test(refuses, 'range', { limit }, 'limit must be an integer from 1 to 10000');
}
test(refuses, 'range', { from: 1 }, 'from must be a string of at most 1025 bytes');
test(refuses, 'range', { to: 'a'.repeat(1026) }, 'to must be a string of at most 1025 bytes');
test(refuses, 'changes', {}, 'since must be an integer');
test(refuses, 'changes', { since: -1 }, 'since must be an integer');

const items = (count: number): object[] =>
  Array.from({ length: count }, () => ({ op: 'get', key: 'a' }));
test(refuses, 'txn', { else: 5 }, 'else must be a list of at most 128 maps (not an array)');
test(refuses, 'txn', { else: items(129) }, 'else must be a list of at most 128 maps');
test(refuses, 'txn', { else: [5] }, 'else[0] must be a map');
test(refuses, 'txn', { else: [...items(1), { op: 'txn' }] }, 'else[1]: op must be one of');
test(refuses, 'txn', { else: [{ op: 'changes', since: 1 }] }, 'not "changes"');
test(refuses, 'txn', { else: [{ key: 'a' }] }, 'else[0]: op must be one of put, delete, cas, get');
test(refuses, 'txn', { else: [{ op: 'put', key: 'a' }] }, 'else[0]: argument value is missing');
test(refuses, 'txn', { else: [{ op: 'get', key: 'a', read: 'stale' }] }, 'unknown argument "read"');
test(
  refuses,
  'txn',
  { else: [{ op: 'range', limit: 101 }] },
  'limit must be an integer from 1 to 100',
);
test(
  refuses,
  'txn',
  { if: [{ op: 'get', key: 'a', expect: { rev: 1 } }] },
  'unknown argument "op"',
);
test(refuses, 'txn', { if: [{ key: 'a' }] }, 'if[0]: argument expect is missing');
test(refuses, 'txn', { unless: [] }, 'known are if, then, else');

test('a range may start right after the longest key', (t) => {
  const from = `${'a'.repeat(1024)}\0`;
  t.like(parse('range', { from }), { op: 'range', from });
});

test('as many steps as allowed are taken', (t) => {
  const txn = parse('txn', { else: items(128) });
  t.is('op' in txn && txn.op === 'txn' ? txn.elseSteps.length : 0, 128);
});

test('the size of a value is checked where it enters only, so applying depends on no setting', (t) => {
  const request = decodeRequest(encodeRequest(1, 'put', { key: 'a', value: 'x'.repeat(5000) }));
  if ('refusal' in request) return t.fail();
  t.like(parseCommand(request, limits), { code: 'TOO_LARGE' });
  t.like(parseCommand(request), { op: 'put' });
});

test('read options are the same for every read', (t) => {
  const options = (args: Record<string, unknown>): ReadOptions | Refusal => {
    const request = decodeRequest(encodeRequest(1, 'any', args));
    if ('refusal' in request) throw new Error('refused');
    return readOptions(request.args);
  };
  t.deepEqual(options({}), { read: 'linearizable', atLeast: 0 });
  t.deepEqual(options({ read: 'lease', atLeast: 7, other: 1 }), { read: 'lease', atLeast: 7 });
  t.like(options({ read: 'x' }), { code: 'BAD_REQUEST' });
});

test('the same request is the same command every time, and never throws', (t) => {
  const op = fc.constantFrom('put', 'get', 'delete', 'cas', 'txn', 'range', 'changes');
  const step = fc.dictionary(fc.constantFrom('op', 'key', 'value', 'expect', 'limit'), anyValue);
  const name = fc.constantFrom(
    'key',
    'value',
    'expect',
    'if',
    'then',
    'else',
    'limit',
    'since',
    'x',
  );
  const value = fc.oneof(anyValue, fc.array(step), fc.constantFrom('a', 1, { rev: 1 }));
  fc.assert(
    fc.property(op, fc.dictionary(name, value), (name, args) => {
      t.deepEqual(parse(name, args), parse(name, args));
    }),
    { numRuns: 1000 },
  );
});
