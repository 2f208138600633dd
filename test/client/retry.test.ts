import test from 'ava';
import { type FakeNode, type FakeReply, refusal } from './fake-node.ts';
import { failure, start } from './start.ts';

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

test('a request that is refused until its deadline fails with the last refusal', async (t) => {
  const { nodes, client } = await start(t, 3);
  await client.get('a'); // connected before the clock runs
  for (const node of nodes) {
    node.behaviour = ({ op }) => (op === 'put' ? refusal('NO_LEADER', 'electing') : undefined);
  }

  const error = await failure(t, client.put('a', 1, { timeoutMs: 1500 }));

  t.like(error, { code: 'NO_LEADER', outcome: 'rejected' });
  t.regex(error?.message ?? '', /electing \(asked \d+ times in 1500 ms\)/);
});

for (const code of ['NOT_READY', 'TRANSFERRING']) {
  test(`a transfer refused with ${code} is not asked again: its caller decides`, async (t) => {
    const { nodes, client } = await start(t, 3);
    for (const node of nodes) {
      node.behaviour = ({ op }) => (op === 'transfer' ? refusal(code) : undefined);
    }

    t.like(await failure(t, client.transfer(2)), { code, outcome: 'rejected', op: 'transfer' });
    t.is(nodes.flatMap(({ requests }) => requests).length, 1);
  });
}
