import test, { type ExecutionContext } from 'ava';
import { Publisher } from 'zeromq';
import { type Client, type ClientOptions, connect, RaftmqError } from '../../lib/client/client.ts';
import { FakeNode, type FakeReply, FakeStore, fakeCluster, refusal } from './fake-node.ts';

type Cluster = { nodes: FakeNode[]; client: Client };

/** A client that is only given the first `known` nodes. */
async function start(
  t: ExecutionContext,
  count: number,
  options: Partial<ClientOptions> & { known?: number } = {},
): Promise<Cluster> {
  const nodes = await fakeCluster(count);
  const { known = count, ...others } = options;
  const endpoints = nodes.slice(0, known).map(({ endpoint }) => endpoint);
  const client = connect({ endpoints, ...others });
  t.teardown(async () => {
    await client.close();
    for (const node of nodes) node.close();
  });
  return { nodes, client };
}

/** Until the client knows from the statuses it asks for that `leader` leads. */
async function settle({ nodes, client }: Cluster, leader = nodes[0]): Promise<void> {
  while (leader?.requests.length === 0) await client.get('settled');
  for (const node of nodes) node.requests.length = 0;
}

function failure(t: ExecutionContext, request: Promise<unknown>): Promise<RaftmqError | undefined> {
  return t.throwsAsync(request, { instanceOf: RaftmqError });
}

const repeats = test.macro({
  async exec(t, code: string) {
    const { nodes, client } = await start(t, 3);
    let refused = 0;
    for (const node of nodes) {
      node.behaviour = ({ op }) => (op === 'put' && refused++ < 4 ? refusal(code) : undefined);
    }

    t.like(await client.put('a', 1), { rev: 1 });

    t.is(nodes.flatMap(({ requests }) => requests).length, 5);
  },
  title: (_, code) => `a write refused with ${code} is asked again until it is taken`,
});

test(repeats, 'NOT_LEADER');
test(repeats, 'NO_LEADER');
test(repeats, 'BUSY');
test(repeats, 'NOT_READY');
test(repeats, 'SHUTTING_DOWN');
test(repeats, 'TRANSFERRING');

const fails = test.macro({
  async exec(t, reply: FakeReply) {
    const { nodes, client } = await start(t, 3);
    for (const node of nodes) node.behaviour = ({ op }) => (op === 'put' ? reply : undefined);

    const error = await failure(t, client.put('a', 1));

    t.like(error, { code: reply['code'], outcome: reply['outcome'], op: 'put' });
    t.is(nodes.flatMap(({ requests }) => requests).length, 1);
  },
  title: (_, { code, outcome }: FakeReply) =>
    `a write refused with ${code} (${outcome}) is asked once only`,
});

test(fails, refusal('BAD_REQUEST'));
test(fails, refusal('TOO_LARGE'));
test(fails, refusal('COMPACTED'));
test(fails, refusal('TIMEOUT'));
test(fails, refusal('LEADERSHIP_LOST'));
test(fails, { ...refusal('NO_LEADER'), outcome: 'unknown' });
test(fails, { ...refusal('A_CODE_OF_TOMORROW'), outcome: 'unknown' });

test('a read whose outcome is unknown is asked again: it has no effect', async (t) => {
  const { nodes, client } = await start(t, 2);
  let lost = 0;
  for (const node of nodes) {
    node.behaviour = ({ op }) =>
      op === 'get' && lost++ < 2 ? refusal('LEADERSHIP_LOST') : undefined;
  }

  t.like(await client.get('a'), { found: false });
});

test('all members of a refusal are at hand', async (t) => {
  const { nodes, client } = await start(t, 1);
  const [node] = nodes as [FakeNode];
  node.behaviour = () => ({ ...refusal('COMPACTED', 'history is gone'), oldest: 17 });

  const error = await failure(t, client.changes(3));

  t.is(error?.message, 'changes: history is gone (COMPACTED, rejected)');
  t.like(error?.reply, { ok: false, oldest: 17, message: 'history is gone' });
});

test('requests go to the leader once its status is known', async (t) => {
  const cluster = await start(t, 3);
  const [one, , three] = cluster.nodes as [FakeNode, FakeNode, FakeNode];
  one.store.leader = 3;
  await settle(cluster, three);

  await Promise.all([cluster.client.put('a', 1), cluster.client.get('a')]);

  t.deepEqual(
    cluster.nodes.map(({ requests }) => requests.length),
    [0, 0, 2],
  );
});

test('of two nodes that disagree on the leader, the one of the later term is believed', async (t) => {
  const cluster = await start(t, 2, { silenceMs: 50 });
  const [one, two] = cluster.nodes as [FakeNode, FakeNode];
  const status = (term: number, leader: number) => (request: { op: string }) =>
    request.op === 'status' ? { ok: true, node: leader, term, leader } : undefined;
  one.behaviour = status(4, 1);
  two.behaviour = status(5, 2);
  await settle(cluster, two);

  await one.asked('status');
  await one.asked('status'); // so the client has its answer to the first
  await cluster.client.put('a', 1);

  t.is(two.requests.length, 1);
});

test('a NOT_LEADER that names the leader is followed at once, even to a node never heard of', async (t) => {
  const { nodes, client } = await start(t, 2, { known: 1 });
  const [one, two] = nodes as [FakeNode, FakeNode];
  const leader = { id: 2, client: two.endpoint };
  one.behaviour = ({ op }) => (op === 'status' ? undefined : refusal('NOT_LEADER', 'no', leader));

  await client.put('a', 1);
  await client.put('b', 1);

  t.is(two.requests.length, 2);
});

test('a client told not to follow stays with the nodes it was given', async (t) => {
  const { nodes, client } = await start(t, 2, { known: 1, follow: false, timeoutMs: 300 });
  const [one, two] = nodes as [FakeNode, FakeNode];
  const leader = { id: 2, client: two.endpoint };
  one.behaviour = ({ op }) => (op === 'put' ? refusal('NOT_LEADER', 'no', leader) : undefined);

  const error = await failure(t, client.put('a', 1));

  t.like(error, { code: 'NOT_LEADER', outcome: 'rejected', leader });
  t.is(two.requests.length, 0);
});

test('two nodes that each name the other are not asked in a frenzy', async (t) => {
  const { nodes, client } = await start(t, 2, { timeoutMs: 500 });
  const [one, two] = nodes as [FakeNode, FakeNode];
  const naming = (id: number, client: string) => (request: { op: string }) =>
    request.op === 'put' ? refusal('NOT_LEADER', 'ask the other', { id, client }) : undefined;
  one.behaviour = naming(2, two.endpoint);
  two.behaviour = naming(1, one.endpoint);

  const error = await failure(t, client.put('a', 1));

  t.is(error?.code, 'NOT_LEADER');
  t.true(one.requests.length + two.requests.length < 12);
});

test('a leader named at an address that is none is not followed', async (t) => {
  const { nodes, client } = await start(t, 1);
  const [node] = nodes as [FakeNode];
  const leader = { id: 2, client: 'nonsense' };
  let refused = 0;
  node.behaviour = ({ op }) =>
    op === 'put' && refused++ < 1 ? refusal('NOT_LEADER', 'no', leader) : undefined;

  t.like(await client.put('a', 1), { rev: 1 });
});

test('a write whose connection is lost is unknown, and is not sent again', async (t) => {
  const cluster = await start(t, 3);
  const [one] = cluster.nodes as [FakeNode];
  await settle(cluster);
  one.behaviour = ({ op }) => (op === 'put' ? 'die' : undefined);

  const error = await failure(t, cluster.client.put('a', 1));

  t.like(error, { code: 'CONNECTION_LOST', outcome: 'unknown' });
  t.is(cluster.nodes.flatMap(({ requests }) => requests).length, 1);
});

test('a read whose connection is lost is asked of another node', async (t) => {
  const cluster = await start(t, 3);
  const [one] = cluster.nodes as [FakeNode];
  await settle(cluster);
  one.behaviour = ({ op }) => (op === 'get' ? 'die' : undefined);

  t.like(await cluster.client.get('a'), { found: false });
});

test('after the leader died, writes go to the others', async (t) => {
  const cluster = await start(t, 3);
  const [one] = cluster.nodes as [FakeNode];
  await settle(cluster);
  one.behaviour = () => 'die';
  await failure(t, cluster.client.put('a', 1));

  const revs = await Promise.all(['b', 'c', 'd'].map((key) => cluster.client.put(key, 1)));

  t.deepEqual(revs.map(({ rev }) => rev).sort(), [1, 2, 3]);
});

test('a node that comes back is used again', async (t) => {
  const { nodes, client } = await start(t, 1);
  const [node] = nodes as [FakeNode];
  await client.put('a', 1);

  node.close();
  const put = client.put('b', 1).catch(() => client.put('b', 1)); // it may be lost with the node
  await node.open();

  t.like(await put, { rev: 2 });
});

test('a node that falls silent is left for one that answers; what only reads moves over', async (t) => {
  const cluster = await start(t, 2, { silenceMs: 100, timeoutMs: 3000 });
  const [one, two] = cluster.nodes as [FakeNode, FakeNode];
  await settle(cluster);
  one.behaviour = () => 'silent';

  const write = failure(t, cluster.client.put('a', 1, { timeoutMs: 900 }));
  const read = await cluster.client.get('a');
  const later = await cluster.client.put('b', 1);

  t.like(read, { found: false });
  t.like(later, { rev: 1 });
  t.like(await write, { code: 'TIMEOUT', outcome: 'unknown' });
  t.is(two.requests.length, 2);
});

test('a node that speaks again after a silence is asked again', async (t) => {
  const { nodes, client } = await start(t, 1, { silenceMs: 50 });
  const [node] = nodes as [FakeNode];
  await client.put('a', 1);
  node.behaviour = () => 'silent';
  await failure(t, client.put('b', 1, { timeoutMs: 200 }));

  const put = client.put('c', 1);
  node.behaviour = () => undefined;

  t.like(await put, { rev: 2 });
});

test('a write that never found a node in time is rejected, and says where it looked', async (t) => {
  const [node] = await fakeCluster(1);
  node?.close();
  const client = connect({ endpoints: [node?.endpoint ?? ''], timeoutMs: 100 });
  t.teardown(() => client.close());

  const error = await failure(t, client.put('a', 1));

  t.like(error, { code: 'UNREACHABLE', outcome: 'rejected' });
  t.true(error?.message.includes(node?.endpoint ?? '-'));
});

test('a request that is refused until its deadline fails with the last refusal', async (t) => {
  const { nodes, client } = await start(t, 3);
  for (const node of nodes) {
    node.behaviour = ({ op }) => (op === 'put' ? refusal('NO_LEADER', 'electing') : undefined);
  }

  const error = await failure(t, client.put('a', 1, { timeoutMs: 300 }));

  t.like(error, { code: 'NO_LEADER', outcome: 'rejected' });
  t.regex(error?.message ?? '', /electing \(asked \d+ times in 300 ms\)/);
});

test('a write that nobody answers is unknown after its own deadline, not after the default', async (t) => {
  const { nodes, client } = await start(t, 1);
  const [node] = nodes as [FakeNode];
  node.behaviour = ({ op }) => (op === 'put' ? 'silent' : undefined);
  const began = performance.now();

  const error = await failure(t, client.put('a', 1, { timeoutMs: 100 }));

  t.like(error, { code: 'TIMEOUT', outcome: 'unknown' });
  t.true(performance.now() - began < 2000);
  t.like(node.requests[0], { timeout: 100 });
});

test("the node's own verdict counts if it comes just after the deadline", async (t) => {
  const { nodes, client } = await start(t, 1);
  const [node] = nodes as [FakeNode];
  let asked: { id: number } | null = null;
  node.behaviour = (request) => {
    if (request.op !== 'put') return undefined;
    asked = request;
    setTimeout(() => node.say({ id: request.id, ...refusal('NO_LEADER', 'too late') }), 150);
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
  node.behaviour = ({ op }) => {
    if (op === 'put') node.say({ id: 4_000_000_000, ok: true, rev: 1 });
    return undefined;
  };

  t.like(await client.put('a', 1), { rev: 1 });
});

test('a port where something else listens is dialled again until a node is there', async (t) => {
  const stranger = new Publisher();
  await stranger.bind('tcp://127.0.0.1:*');
  const endpoint = stranger.lastEndpoint ?? '';
  const turnedAway = new Promise((resolve) => {
    stranger.events.on('handshake:error:protocol', resolve);
    stranger.events.on('disconnect', resolve);
  });
  const client = connect({ endpoints: [endpoint] });
  const node = new FakeNode(1, new FakeStore());
  t.teardown(async () => {
    await client.close();
    node.close();
  });

  const put = client.put('a', 1);
  await turnedAway;
  stranger.close();
  node.endpoint = endpoint;
  await node.open();

  t.like(await put, { rev: 1 });
});
