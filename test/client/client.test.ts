import test from 'ava';
import { type Client, type ClientOptions, connect, RaftmqError } from '../../lib/client/client.ts';
import { ConfigError } from '../../lib/kit/errors.ts';
import { FakeNode, FakeStore, nobody } from './fake-node.ts';
import { start } from './start.ts';

test('every operation gives the result of INTERFACE §3', async (t) => {
  const { client } = await start(t, 3);

  t.like(await client.put('a', { deep: [1, 'two', null] }), { rev: 1, index: 1 });
  t.like(await client.get('a'), { found: true, value: { deep: [1, 'two', null] }, rev: 1, at: 1 });
  t.like(await client.get('b'), { found: false, at: 1 });
  t.like(await client.cas('a', { rev: 1 }, 2), { swapped: true, rev: 2 });
  t.like(await client.cas('a', { absent: true }, 3), { swapped: false, current: 2 });
  t.like(await client.prefix('a'), { entries: [{ key: 'a', value: 2 }], more: false });
  t.like(await client.range('a', 'b'), { entries: [{ key: 'a', version: 2 }] });
  t.like(await client.range('b', null), { entries: [] });
  t.like(await client.delete('a'), { deleted: true, rev: 3 });
  t.like(await client.status(), { term: 1, leader: 1 });
  t.like(await client.members(), { joint: false });
  t.like(await client.request('put', { key: 'c', value: 1 }), { ok: true, rev: 4 });
});

test('a get of a key that is there has a value that TypeScript knows of', async (t) => {
  const { client } = await start(t, 1);
  await client.put('a', 1);

  const reply = await client.get('a');

  t.is(reply.found ? reply.version : 0, 1);
});

test('options of an operation travel as its arguments, and those left out do not', async (t) => {
  const { nodes, client } = await start(t, 1);

  await client.get('a', { read: 'stale', timeoutMs: 1234 });
  await client.range('a', null, { limit: 5 });

  const [get, range] = nodes[0]?.requests ?? [];
  t.deepEqual(Object.keys(get ?? {}).sort(), ['id', 'key', 'op', 'read', 'timeout']);
  t.like(get, { read: 'stale', timeout: 1234 });
  t.deepEqual(Object.keys(range ?? {}).sort(), ['from', 'id', 'limit', 'op']);
});

test('requests made in one tick leave in one message', async (t) => {
  const { nodes, client } = await start(t, 1, { silenceMs: 60_000 });
  await client.get('first');
  nodes[0]?.messages.splice(0);

  await Promise.all(Array.from({ length: 50 }, (_, i) => client.put(`k${i}`, i)));

  t.deepEqual(nodes[0]?.messages, [50]);
});

test('a message holds at most 256 requests', async (t) => {
  const { nodes, client } = await start(t, 1, { silenceMs: 60_000 });
  await client.get('first');
  nodes[0]?.messages.splice(0);

  await Promise.all(Array.from({ length: 600 }, (_, i) => client.put(`k${i}`, i)));

  t.deepEqual(nodes[0]?.messages, [256, 256, 88]);
});

test('a message holds at most 1 MiB unless a single request is larger', async (t) => {
  const { nodes, client } = await start(t, 1, { silenceMs: 60_000 });
  await client.put('first', 0);
  const large = (mib: number) => Buffer.alloc(mib * 1024 * 1024);

  await Promise.all([0.4, 0.4, 0.4, 1.5, 0.1].map((mib, i) => client.put(`k${i}`, large(mib))));

  t.deepEqual(nodes[0]?.messages, [2, 1, 1, 1]);
});

test('one request more than pendingMax is rejected at once, and room is made by replies', async (t) => {
  const { nodes, client } = await start(t, 1, { pendingMax: 2 });

  const two = [client.put('a', 1), client.put('b', 1)];
  const third = await t.throwsAsync(client.put('c', 1), { instanceOf: RaftmqError });
  await Promise.all(two);
  await client.put('d', 1);

  t.like(third, { code: 'TOO_MANY_PENDING', outcome: 'rejected' });
  t.is(nodes[0]?.requests.length, 3);
});

test('requests over pendingBytesMax are rejected, but a single one always fits', async (t) => {
  const { client } = await start(t, 1, { pendingBytesMax: 1000 });

  const large = client.put('a', 'x'.repeat(2000));
  const small = await t.throwsAsync(client.put('b', 1), { instanceOf: RaftmqError });
  await large;
  await client.put('b', 1);

  t.like(small, { code: 'TOO_MANY_PENDING', outcome: 'rejected' });
});

test('a request over requestBytesMax is rejected before anything is sent', async (t) => {
  const { nodes, client } = await start(t, 1, { requestBytesMax: 1000 });

  const error = await t.throwsAsync(client.put('a', 'x'.repeat(1000)), { instanceOf: RaftmqError });

  t.like(error, { code: 'TOO_LARGE', outcome: 'rejected' });
  t.is(nodes[0]?.requests.length, 0);
});

test('requests wait for the first connection', async (t) => {
  const node = new FakeNode(1, new FakeStore());
  node.endpoint = await nobody();
  const client = connect({ endpoints: [node.endpoint] });
  t.teardown(async () => {
    await client.close();
    node.close();
  });

  const put = client.put('a', 1);
  await node.open();

  t.like(await put, { rev: 1 });
});

test('closing rejects what is unanswered: unknown if it was sent, else rejected', async (t) => {
  const { nodes, client } = await start(t, 1);
  const [node] = nodes as [FakeNode];
  node.behaviour = ({ op }) => (op === 'put' ? 'silent' : undefined);

  const sent = t.throwsAsync(client.put('a', 1), { instanceOf: RaftmqError });
  await node.asked('put');
  const unsent = t.throwsAsync(client.put('b', 1), { instanceOf: RaftmqError });
  await client.close();
  await client.close();

  t.like(await sent, { code: 'CLOSED', outcome: 'unknown' });
  t.like(await unsent, { code: 'CLOSED', outcome: 'rejected' });
  const late = await t.throwsAsync(client.get('a'), { instanceOf: RaftmqError });
  t.like(late, { code: 'CLOSED', outcome: 'rejected' });
  t.is(node.requests.length, 1);
});

test('a client closes itself at the end of an await using', async (t) => {
  const { nodes } = await start(t, 1);
  let kept: Client;
  {
    await using client = connect({ endpoints: [nodes[0]?.endpoint ?? ''] });
    await client.put('a', 1);
    kept = client;
  }
  await t.throwsAsync(kept.put('a', 1), { message: /closed/ });
});

const badValue = test.macro({
  async exec(t, value: unknown) {
    const { nodes, client } = await start(t, 1);
    const error = await t.throwsAsync(client.put('a', value), { instanceOf: RaftmqError });
    t.like(error, { code: 'BAD_REQUEST', outcome: 'rejected', op: 'put' });
    t.is(nodes[0]?.requests.length, 0);
  },
  title: (name) => `${name} is refused as a value before anything is sent`,
});

const loop: unknown[] = [];
loop.push(loop);
test('undefined', badValue, undefined);
test('a function', badValue, () => 1);
test('a value that holds itself', badValue, loop);

const badOption = test.macro({
  exec(t, options: Partial<ClientOptions>, problem: RegExp) {
    const endpoints = ['tcp://127.0.0.1:7201'];
    t.throws(() => connect({ endpoints, ...options }), {
      instanceOf: ConfigError,
      message: problem,
    });
  },
  title: (_, options) => `${JSON.stringify(options)} is refused by name`,
});

test(badOption, { endpoints: [] }, /endpoints: none given/);
test(badOption, { endpoints: ['127.0.0.1:7201'] }, /endpoints: found "127.0.0.1:7201"/);
test(badOption, { endpoints: ['tcp://127.0.0.1'] }, /tcp:\/\/HOST:PORT/);
test(badOption, { endpoints: ['tcp://127.0.0.1:70000'] }, /1 to 65535/);
test(badOption, { timeoutMs: 0 }, /timeoutMs must be/);
test(badOption, { timeoutMs: Number.POSITIVE_INFINITY }, /timeoutMs must be/);
test(badOption, { silenceMs: 1.5 }, /silenceMs must be/);
test(badOption, { pendingMax: 0 }, /pendingMax must be/);
