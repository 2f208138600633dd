import test from 'ava';
import {
  CODES,
  type Code,
  decodeReply,
  decodeRequest,
  encodeReply,
  encodeRequest,
  REQUEST_OVERHEAD_BYTES,
  type RefusedRequest,
  type Request,
  refuse,
} from '../../lib/wire/client.ts';
import { pack } from '../../lib/wire/pack.ts';
import { Raw } from '../../lib/wire/raw.ts';

const limits = { valueBytes: 4096 };

function taken(frame: Uint8Array): Request {
  const request = decodeRequest(frame, limits);
  if ('refusal' in request) throw new Error(request.refusal.message);
  return request;
}

function refused(members: object): RefusedRequest {
  const request = decodeRequest(pack(members), limits);
  if ('refusal' in request) return request;
  throw new Error('taken');
}

test('a request keeps its frame, and its arguments undecoded', (t) => {
  const frame = encodeRequest(7, 'put', { key: 'a', value: [1, { b: null }] }, 250);
  const request = taken(frame);
  t.like(request, { id: 7, op: 'put', timeoutMs: 250, session: null, seq: null });
  t.is(request.frame, frame);
  t.deepEqual([...request.args.keys()], ['key', 'value']);
  t.deepEqual(request.args.get('value')?.bytes, pack([1, { b: null }]));
});

test('a request without a timeout has 5 seconds', (t) => {
  t.is(taken(encodeRequest(0, 'status', {})).timeoutMs, 5000);
});

test('the bytes that docs/protocol.md shows are those that are exchanged', (t) => {
  const request = Buffer.from('84a2696401a26f70a3707574a36b6579a161a576616c756505', 'hex');
  t.deepEqual(encodeRequest(1, 'put', { key: 'a', value: 5 }), request);
  const reply = Buffer.from('84a2696401a26f6bc3a372657601a5696e64657802', 'hex');
  t.deepEqual(encodeReply(1, { ok: true, rev: 1, index: 2 }), reply);
});

test('an argument that is undefined is not sent', (t) => {
  t.deepEqual(
    [...taken(encodeRequest(1, 'get', { key: 'a', read: undefined })).args.keys()],
    ['key'],
  );
});

const refuses = test.macro({
  exec(t, members: object, code: Code, message: RegExp, id: number | null = 1) {
    const { id: answered, refusal } = refused(members);
    t.is(answered, id);
    t.like(refusal, { ok: false, code, outcome: CODES[code] });
    t.regex(refusal.message, message);
  },
  title: (_, members, code) => `${code} answers ${JSON.stringify(members)}`,
});

test(refuses, { op: 'get' }, 'BAD_REQUEST', /^id must be/, null);
test(refuses, { id: -1, op: 'get' }, 'BAD_REQUEST', /^id must be/, null);
test(refuses, { id: '1', op: 'get' }, 'BAD_REQUEST', /^id must be/, null);
test(refuses, { id: 1 }, 'BAD_REQUEST', /^op must be/);
test(refuses, { id: 1, op: 5 }, 'BAD_REQUEST', /^op must be/);
for (const timeout of [0, -1, 1.5, 600_001, '5', null]) {
  test(refuses, { id: 1, op: 'get', timeout }, 'BAD_REQUEST', /^timeout must be an integer from 1/);
}
test(refuses, { id: 1, op: 'put', session: 'x' }, 'BAD_REQUEST', /^session must be/);
test(refuses, { id: 1, op: 'put', session: 4, seq: -1 }, 'BAD_REQUEST', /^seq must be/);
test(refuses, { id: 1, op: 'put', session: 0, seq: 1 }, 'BAD_REQUEST', /^session must be/);
test(refuses, { id: 1, op: 'put', session: 4, seq: 0 }, 'BAD_REQUEST', /^seq must be/);
test(refuses, { id: 1, op: 'put', seq: 1 }, 'BAD_REQUEST', /^seq means nothing without session/);
for (const acked of [3, 4, -1, 'x']) {
  const asked = { id: 1, op: 'put', session: 4, seq: 3, acked };
  test(refuses, asked, 'BAD_REQUEST', /^acked must be an integer below seq/);
}

test('a request says where it stands in its session', (t) => {
  const asked = { id: 1, op: 'put', session: 4, seq: 3, acked: 2, key: 'a' };
  const request = taken(pack(asked));
  t.like(request, { session: 4, seq: 3, acked: 2 });
  t.deepEqual([...request.args.keys()], ['key']);
  const outside = taken(pack({ id: 1, op: 'put', acked: 2 }));
  t.true(outside.args.has('acked'), 'outside of one it is an argument like any other');
});

test('a frame above the limit is refused by its size, and only where it enters', (t) => {
  const bytes = limits.valueBytes + REQUEST_OVERHEAD_BYTES;
  const around = encodeRequest(1, 'put', { value: Buffer.alloc(300) }).length - 300 + 2 - 2;
  const largest = encodeRequest(1, 'put', { value: Buffer.alloc(bytes - around) });
  t.is(largest.length, bytes);
  t.is(taken(largest).op, 'put');
  const above = encodeRequest(1, 'put', { value: Buffer.alloc(bytes - around + 1) });
  const refusal = decodeRequest(above, limits);
  t.like(refusal, { id: 1, refusal: { code: 'TOO_LARGE', outcome: 'rejected' } });
  t.like(decodeRequest(above), { id: 1, op: 'put' }, 'what is in the log was let in already');
});

test('a reply carries raw values as they are, at any depth', (t) => {
  const value = new Raw(Buffer.from('cf0000000000000001', 'hex'));
  const frame = encodeReply(3, { ok: true, entries: [{ key: 'a', value }], more: false });
  const expected = Buffer.concat([
    Buffer.from('84a2696403a26f6bc3a7656e74726965739182a36b6579a161a576616c7565', 'hex'),
    value.bytes,
    Buffer.from('a46d6f7265c2', 'hex'),
  ]);
  t.deepEqual(frame, expected);
});

test('a reply comes back with its id, and values decoded', (t) => {
  const reply = {
    ok: true,
    rev: 2 ** 40,
    found: true,
    value: { a: [Buffer.from('b'), null] },
  } as const;
  t.deepEqual(decodeReply(encodeReply(5, reply)), { id: 5, reply });
  const refusal = refuse('NOT_LEADER', 'ask the leader', { id: 2, client: 'tcp://h:1' });
  t.deepEqual(decodeReply(encodeReply(null, refusal)), { id: null, reply: refusal });
  const compacted = { ...refuse('COMPACTED', 'gone'), oldest: 9 };
  t.deepEqual(decodeReply(encodeReply(1, compacted)), { id: 1, reply: compacted });
});

test('a value nested as deep as a request takes comes back in any reply', (t) => {
  const value = new Raw(Buffer.from(`${'91'.repeat(32)}c0`, 'hex'));
  t.like(taken(encodeRequest(1, 'put', { value })), { op: 'put' });
  const frame = encodeReply(1, { ok: true, results: [{ entries: [{ value }] }] });
  t.is(typeof decodeReply(frame), 'object');
  t.like(decodeRequest(encodeRequest(1, 'put', { value: [value] })), { id: null });
});

test('a refusal says by its code whether the request may have taken effect', (t) => {
  t.deepEqual(refuse('TIMEOUT', 'late'), {
    ok: false,
    code: 'TIMEOUT',
    message: 'late',
    outcome: 'unknown',
  });
  t.false('leader' in refuse('NO_LEADER', 'none', null));
});

const isNoReply = test.macro({
  exec(t, reply: unknown) {
    t.is(typeof decodeReply(pack(reply)), 'string');
  },
  title: (_, reply) => `${JSON.stringify(reply)} is no reply`,
});

for (const reply of [
  5,
  [],
  {},
  { id: 1 },
  { id: 'x', ok: true },
  { ok: true },
  { id: 1.5, ok: true },
  { id: 1, ok: 1 },
  { id: 1, ok: false },
  { id: 1, ok: false, code: 5, message: 'm', outcome: 'rejected' },
  { id: 1, ok: false, code: 'BUSY', message: 'm', outcome: 'perhaps' },
  { id: 1, ok: false, code: 'BUSY', message: 'm', outcome: 'rejected', leader: 2 },
  { id: 1, ok: false, code: 'BUSY', message: 'm', outcome: 'rejected', leader: { id: 2 } },
]) {
  test(isNoReply, reply);
}

test('a code of a newer node is still a refusal, with its outcome', (t) => {
  const reply = { ok: false, code: 'NEW_CODE', message: 'm', outcome: 'unknown' };
  t.deepEqual(decodeReply(pack({ id: 1, ...reply })), { id: 1, reply } as never);
});

test('messages repeat little of what strangers send, and nothing that could break a line', (t) => {
  const { refusal } = refused({ id: 1, op: 'x\n'.repeat(1000) });
  t.is(refusal.code, 'UNKNOWN_OP');
  t.true(refusal.message.length < 200);
  t.false(refusal.message.includes('\n'));
});
