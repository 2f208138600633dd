import test from 'ava';
import { Publisher } from 'zeromq';
import { connect } from '../../lib/client/client.ts';
import { FakeNode, FakeStore, refusal } from './fake-node.ts';
import { failure, settle, start } from './start.ts';

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
  const { nodes, client } = await start(t, 2, { known: 1, follow: false });
  await client.get('a'); // connected before the clock runs
  const [one, two] = nodes as [FakeNode, FakeNode];
  const leader = { id: 2, client: two.endpoint };
  one.behaviour = ({ op }) => (op === 'put' ? refusal('NOT_LEADER', 'no', leader) : undefined);

  const error = await failure(t, client.put('a', 1, { timeoutMs: 300 }));

  t.like(error, { code: 'NOT_LEADER', outcome: 'rejected', leader });
  t.is(two.requests.length, 0);
});

test('two nodes that each name the other are not asked in a frenzy', async (t) => {
  const { nodes, client } = await start(t, 2);
  await client.get('a'); // connected before the clock runs
  const [one, two] = nodes as [FakeNode, FakeNode];
  const naming = (id: number, client: string) => (request: { op: string }) =>
    request.op === 'put' ? refusal('NOT_LEADER', 'ask the other', { id, client }) : undefined;
  one.behaviour = naming(2, two.endpoint);
  two.behaviour = naming(1, one.endpoint);

  const error = await failure(t, client.put('a', 1, { timeoutMs: 500 }));

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
