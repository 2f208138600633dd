import test from 'ava';
import { type FakeNode, type FakeReply, refusal } from './fake-node.ts';
import { type Cluster, failure, settle, start } from './start.ts';

/** A client with sessions, which knows that the first of three nodes leads. */
async function begin(t: Parameters<typeof start>[0], count = 3): Promise<Cluster> {
  const cluster = await start(t, count, { session: true, silenceMs: 100 });
  await settle(cluster);
  return cluster;
}

/** Places of the writes that all nodes were asked for. */
function places(nodes: readonly FakeNode[]): readonly string[] {
  return nodes
    .flatMap(({ requests }) => requests)
    .filter(({ op }) => op === 'put')
    .map(({ session, seq }) => `${session}/${seq}`);
}

test('writes are numbered in a session that is opened with the first; reads are not', async (t) => {
  const { nodes, client } = await begin(t);

  await Promise.all([client.put('a', 1), client.put('b', 1), client.get('a')]);
  await client.put('c', 1);

  t.deepEqual(places(nodes), ['1000/1', '1000/2', '1000/3']);
  t.is(nodes[0]?.requests.find(({ op }) => op === 'get')?.['session'], undefined);
  t.is(nodes[0]?.requests.find(({ seq }) => seq === 3)?.['acked'], 2);
});

test('a write that was carried out before its connection broke is asked again, and done once', async (t) => {
  const { nodes, client } = await begin(t);
  const [one] = nodes as [FakeNode];
  one.behaviour = (request) => {
    if (request.op !== 'put') return undefined;
    one.store.carryOut(request, 1);
    return 'die';
  };

  t.like(await client.put('a', 1), { rev: 1 });

  t.is(one.store.rev, 1);
  t.deepEqual(places(nodes), ['1000/1', '1000/1']);
});

for (const code of ['LEADERSHIP_LOST', 'TIMEOUT']) {
  test(`a write that is told ${code} is asked again, and done once`, async (t) => {
    const { nodes, client } = await begin(t);
    let refused = 0;
    for (const node of nodes) {
      node.behaviour = (request) => {
        if (request.op !== 'put' || refused++ > 2) return undefined;
        node.store.carryOut(request, node.id);
        return refusal(code);
      };
    }

    t.like(await client.put('a', 1), { rev: 1 });

    t.deepEqual(new Set(places(nodes)), new Set(['1000/1']));
    t.is(nodes[0]?.store.rev, 1);
  });
}

test('a write that a silent node was sent is asked of another one', async (t) => {
  const { nodes, client } = await begin(t);
  const [one] = nodes as [FakeNode];
  await client.put('a', 1);
  one.behaviour = () => 'silent';

  t.like(await client.put('b', 1), { rev: 2 });
});

test('a write of unknown outcome is unknown at its deadline, whatever its last copy was told', async (t) => {
  const { nodes, client } = await begin(t);
  await client.put('first', 1); // in a session before the clock runs
  let asked = 0;
  for (const node of nodes) {
    node.behaviour = ({ op }) => {
      if (op !== 'put') return undefined;
      return refusal(asked++ === 0 ? 'LEADERSHIP_LOST' : 'NO_LEADER', 'electing');
    };
  }

  const error = await failure(t, client.put('a', 1, { timeoutMs: 1500 }));

  t.like(error, { code: 'TIMEOUT', outcome: 'unknown' });
  t.regex(error?.message ?? '', /at last: electing/);
});

test('a write of unknown outcome that is refused for good is still unknown', async (t) => {
  const { nodes, client } = await begin(t);
  let asked = 0;
  for (const node of nodes) {
    node.behaviour = ({ op }) => {
      if (op !== 'put') return undefined;
      return refusal(asked++ === 0 ? 'LEADERSHIP_LOST' : 'TOO_LARGE');
    };
  }

  t.like(await failure(t, client.put('a', 1)), { code: 'TOO_LARGE', outcome: 'unknown' });
});

test('in a session that was forgotten, what certainly had no effect goes into another', async (t) => {
  const { nodes, client } = await begin(t, 1);
  const [one] = nodes as [FakeNode];
  await client.put('a', 1);
  one.store.sessions.clear();
  one.store.term = 2;

  t.like(await client.put('b', 1), { rev: 2 });

  t.deepEqual(places(nodes), ['1000/1', '1000/2', '2000/1']);
});

test('in a session that was forgotten, what may have had its effect is unknown', async (t) => {
  const { nodes, client } = await begin(t, 1);
  const [one] = nodes as [FakeNode];
  await client.put('a', 1);
  let asked = 0;
  one.behaviour = (request) => {
    if (request.op !== 'put' || asked++ > 0) return undefined;
    one.store.carryOut(request, 1);
    one.store.sessions.clear();
    return refusal('LEADERSHIP_LOST');
  };

  const error = await failure(t, client.put('b', 1));

  t.like(error, { code: 'SESSION_EXPIRED', outcome: 'unknown' });
  t.is(one.store.rev, 2);
});

test('a session is kept while nothing is written, and closed with its client', async (t) => {
  const { nodes, client } = await start(t, 1, { session: true });
  const [one] = nodes as [FakeNode];
  one.store.ttl = 30;
  await client.put('a', 1);

  t.like(await one.asked('session.keep'), { session: 1000 });
  await client.close();

  t.is(one.store.sessions.size, 0);
});

test('with a cluster that knows no sessions, writes go without', async (t) => {
  const { nodes, client } = await begin(t, 1);
  const [one] = nodes as [FakeNode];
  one.behaviour = ({ op }) => (op === 'session.open' ? refusal('UNKNOWN_OP') : undefined);

  await client.put('a', 1);

  t.deepEqual(places(nodes), ['undefined/undefined']);
});

test('a write that gets no session in time is rejected, and says why', async (t) => {
  const { nodes, client } = await begin(t, 1);
  const [one] = nodes as [FakeNode];
  const full: FakeReply = refusal('BUSY', 'enough sessions are open');
  one.behaviour = ({ op }) => (op === 'session.open' ? full : undefined);

  const error = await failure(t, client.put('a', 1, { timeoutMs: 300 }));

  t.like(error, { outcome: 'rejected' });
  t.is(one.requests.length, 0);
});

test('no write is sent that is 1024 ahead of an unanswered one', async (t) => {
  const { nodes, client } = await begin(t, 1);
  const [one] = nodes as [FakeNode];
  await client.put('first', 0);
  const held: number[] = [];
  one.behaviour = ({ op, key, id }) => {
    if (op !== 'put' || key !== 'slow') return undefined;
    held.push(id);
    return 'silent';
  };

  const slow = client.put('slow', 1);
  const quick = Array.from({ length: 1100 }, (_, i) => client.put(`k${i}`, i));
  await Promise.all(quick.slice(0, 1023));
  t.is(Math.max(...one.requests.map(({ seq }) => Number(seq))), 1025);
  one.behaviour = () => undefined;
  one.say({ id: held[0], ok: true, rev: 1, index: 1 });

  await Promise.all([slow, ...quick]);
  t.is(one.store.rev, 1101);
});

test('a raw request that brings its own place keeps it', async (t) => {
  const { nodes, client } = await begin(t, 1);
  nodes[0]?.store.sessions.add(77);

  await client.request('put', { key: 'a', value: 1, session: 77, seq: 5 });

  t.deepEqual(places(nodes), ['77/5']);
});
