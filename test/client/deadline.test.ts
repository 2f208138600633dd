import test from 'ava';
import { connect } from '../../lib/client/client.ts';
import { type FakeNode, nobody, refusal } from './fake-node.ts';
import { failure, start } from './start.ts';

test('a write that never found a node in time is rejected, and says where it looked', async (t) => {
  const endpoint = await nobody();
  const client = connect({ endpoints: [endpoint], timeoutMs: 100 });
  t.teardown(() => client.close());

  const error = await failure(t, client.put('a', 1));

  t.like(error, { code: 'UNREACHABLE', outcome: 'rejected' });
  t.true(error?.message.includes(endpoint));
});

test('a write that nobody answers is unknown after its own deadline, not after the default', async (t) => {
  const { nodes, client } = await start(t, 1);
  const [node] = nodes as [FakeNode];
  await client.get('a'); // connected before the clock runs
  node.behaviour = ({ op }) => (op === 'put' ? 'silent' : undefined);
  const began = performance.now();

  const error = await failure(t, client.put('a', 1, { timeoutMs: 100 }));

  t.like(error, { code: 'TIMEOUT', outcome: 'unknown' });
  t.true(performance.now() - began < 2000);
  t.like(node.requests.at(-1), { timeout: 100 });
});

test("the node's own verdict counts if it comes just after the deadline", async (t) => {
  const { nodes, client } = await start(t, 1);
  const [node] = nodes as [FakeNode];
  await client.get('a'); // connected before the clock runs
  let asked: { id: number } | null = null;
  node.behaviour = (request) => {
    if (request.op !== 'put') return undefined;
    asked = request;
    setTimeout(() => node.say({ id: request.id, ...refusal('NO_LEADER', 'too late') }), 110);
    return 'silent';
  };

  const error = await failure(t, client.put('a', 1, { timeoutMs: 100 }));

  t.truthy(asked);
  t.like(error, { code: 'NO_LEADER', outcome: 'rejected' });
});

const malformed = test.macro({
  async exec(t, frame: Buffer, hint: RegExp) {
    const { nodes, client } = await start(t, 1);
    const [node] = nodes as [FakeNode];
    await client.get('a');
    node.behaviour = ({ op }) => {
      if (op !== 'put') return undefined;
      node.sayRaw(frame);
      return 'silent';
    };

    const error = await failure(t, client.put('a', 1, { timeoutMs: 100 }));

    t.like(error, { code: 'TIMEOUT', outcome: 'unknown' });
    t.regex(error?.message ?? '', hint);
    node.behaviour = () => undefined;
    t.like(await client.put('a', 1), { rev: 1 });
  },
  title: (name) => `${name} ends no request, and shows in the message of the one that times out`,
});

test('a reply that is not msgpack', malformed, Buffer.from([0xc1]), /could not be read/);
test('an empty reply', malformed, Buffer.alloc(0), /could not be read/);
test('a reply that is not a map', malformed, Buffer.from([0x93, 1, 2, 3]), /not a map/);
test('a reply that is cut short', malformed, Buffer.from([0x82, 0xa2, 0x69]), /could not be read/);

test('a reply to nobody is ignored', async (t) => {
  const { nodes, client } = await start(t, 1);
  const [node] = nodes as [FakeNode];
  await client.get('a'); // connected before the clock runs
  node.behaviour = ({ op }) => {
    if (op === 'put') node.say({ id: 4_000_000_000, ok: true, rev: 1 });
    return undefined;
  };

  t.like(await client.put('a', 1), { rev: 1 });
});
