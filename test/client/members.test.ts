import test from 'ava';
import type { FakeNode } from './fake-node.ts';
import { start } from './start.ts';

type Behaviour = FakeNode['behaviour'];

/** Answers as a member that knows of these members, by the configuration at `index`. */
function knows(node: FakeNode, members: readonly FakeNode[], index: number): Behaviour {
  const list = members.map(({ id, endpoint: client }) => ({ id, client }));
  return ({ op }) => {
    if (op === 'members') return { ok: true, members: list, joint: false, index, committed: true };
    if (op !== 'status') return undefined;
    return { ok: true, node: node.id, term: 1, leader: null, membersIndex: index };
  };
}

async function askedUntil(from: FakeNode, ask: () => Promise<unknown>): Promise<void> {
  for (const before = from.requests.length; from.requests.length === before; ) await ask();
}

test('a client survives the end of all nodes that it was started with', async (t) => {
  const { nodes, client } = await start(t, 3, { known: 2, silenceMs: 50 });
  const [one, two, three] = nodes as [FakeNode, FakeNode, FakeNode];
  for (const node of nodes) node.behaviour = knows(node, nodes, 5);
  await one.asked('members');
  await client.put('a', 1);
  one.close();
  two.close();
  await askedUntil(three, () => client.get('a'));
  t.pass();
});

test('a client of one node stays with it as long as it is there, and finds others when it is gone', async (t) => {
  const { nodes, client } = await start(t, 2, { known: 1, silenceMs: 50 });
  const [one, two] = nodes as [FakeNode, FakeNode];
  for (const node of nodes) node.behaviour = knows(node, nodes, 5);
  await two.asked('status');
  for (let i = 0; i < 10; i += 1) await client.get('a');
  t.deepEqual(
    two.requests.filter(({ op }) => op === 'get'),
    [],
  );
  one.close();
  await client.get('a');
  t.is(two.requests.filter(({ op }) => op === 'get').length, 1);
});

test('what is no member any more is asked nothing', async (t) => {
  const { nodes, client } = await start(t, 2, { known: 2, silenceMs: 50 });
  const [one, two] = nodes as [FakeNode, FakeNode];
  one.behaviour = knows(one, [one], 7);
  two.behaviour = knows(two, nodes, 5);
  await one.asked('members');
  await client.get('a');
  const before = two.requests.length;
  for (let i = 0; i < 10; i += 1) await client.get('a');
  t.is(two.requests.length, before);
});
