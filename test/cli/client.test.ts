import test, { type ExecutionContext } from 'ava';
import { type FakeNode, fakeCluster, nobody, refusal } from '../client/fake-node.ts';
import { raftmq } from './process.ts';

async function start(t: ExecutionContext, count = 3) {
  const nodes = await fakeCluster(count);
  t.teardown(() => {
    for (const node of nodes) node.close();
  });
  const endpoints = nodes.map(({ endpoint }) => endpoint).join(',');
  const client = (...argv: string[]) => raftmq(t, 'client', '--endpoints', endpoints, ...argv);
  return { nodes, client };
}

const parsed = (lines: string[]) => lines.map((line) => JSON.parse(line));

test('each command gets one reply, as a JSON map with its number, and all good is exit code 0', async (t) => {
  const { client } = await start(t);

  const { code, lines } = await client('--json').ended('put a 1\n\n# comment\nget a\nprefix b');

  t.deepEqual(parsed(lines), [
    { id: 1, ok: true, rev: 1, index: 1 },
    { id: 2, ok: true, found: true, value: 1, rev: 1, created: 1, version: 1, at: 1 },
    { id: 3, ok: true, entries: [], more: false, at: 1 },
  ]);
  t.is(code, 0);
});

test('without --json replies are short lines for people', async (t) => {
  const { client } = await start(t);

  const { stdout } = await client().ended('put a {"b":1}\nget a\nnonsense\n');

  t.regex(stdout, /^ok {2}rev 1\n\{"b":1\} {2}rev 1, version 1\nerror BAD_REQUEST .*\n$/);
});

test('a line that does not parse fails in its place, and the others are carried out: exit code 1', async (t) => {
  const { client } = await start(t);

  const { code, lines } = await client('--json').ended('put a 1\nput a\nget a\n');

  t.like(parsed(lines)[1], { id: 2, ok: false, code: 'BAD_REQUEST', outcome: 'rejected' });
  t.regex(parsed(lines)[1].message, /usage: put KEY VALUE/);
  t.like(parsed(lines)[2], { id: 3, found: true });
  t.is(code, 1);
});

test('a refusal is printed as it came, and makes the exit code 1', async (t) => {
  const { nodes, client } = await start(t, 1);
  const [node] = nodes as [FakeNode];
  node.behaviour = ({ op }) =>
    op === 'changes' ? { ...refusal('COMPACTED', 'gone'), oldest: 5 } : undefined;

  const { code, lines } = await client('--json').ended('changes 1\nsnapshot\n');

  t.like(parsed(lines)[0], { ok: false, code: 'COMPACTED', outcome: 'rejected', oldest: 5 });
  t.like(parsed(lines)[1], { ok: false, code: 'UNKNOWN_OP' });
  t.is(code, 1);
});

test('a raw request is sent as it is, and its reply bears its id', async (t) => {
  const { nodes, client } = await start(t, 1);

  const { lines } = await client('--json').ended('{"op":"get","key":"a","read":"stale","id":77}\n');

  t.like(parsed(lines)[0], { id: 77, found: false });
  t.like(nodes[0]?.requests[0], { op: 'get', key: 'a', read: 'stale' });
});

test('commands are pipelined, replies keep their order, and one key is written in order', async (t) => {
  const { nodes, client } = await start(t, 1);
  const [node] = nodes as [FakeNode];
  let delayed = 0;
  node.behaviour = ({ op, key }) =>
    op === 'put' && key === 'k3' && delayed++ < 3 ? refusal('BUSY') : undefined;
  const puts = Array.from({ length: 1000 }, (_, i) => `put k${i % 100} ${i}\n`);
  const gets = Array.from({ length: 100 }, (_, i) => `get k${i}\n`);

  const { code, lines } = await client('--json').ended([...puts, ...gets].join(''));

  const replies = parsed(lines);
  t.deepEqual(
    replies.map(({ id }) => id),
    Array.from({ length: 1100 }, (_, i) => i + 1),
  );
  t.deepEqual(
    replies.slice(1000).map(({ value }) => value),
    Array.from({ length: 100 }, (_, i) => 900 + i),
  );
  t.true(Math.max(...node.messages) > 10);
  t.is(code, 0);
});

test('replies come while standard input is still open', async (t) => {
  const { client } = await start(t, 1);
  const script = client('--json');

  script.child.stdin.write('put a 1\n');
  await script.said('"id":1');
  script.child.stdin.write('get a\n');
  await script.said('"id":2');

  t.is((await script.ended('')).code, 0);
});

test('no input is no failure', async (t) => {
  const { client } = await start(t, 1);
  const { code, stdout } = await client().ended('');
  t.is(code, 0);
  t.is(stdout, '');
});

test('a cluster that is not there fails every command by its deadline', async (t) => {
  const client = raftmq(t, 'client', '--endpoints', await nobody(), '--json', '--timeout', '200');

  const { code, lines } = await client.ended('put a 1\nget a\n');

  t.like(parsed(lines)[0], { code: 'UNREACHABLE', outcome: 'rejected' });
  t.is(lines.length, 2);
  t.is(code, 1);
});

test('a reader that had enough ends the script quietly', async (t) => {
  const { client } = await start(t, 1);
  const script = client();
  script.child.stdin.write('put a 1\n');
  await script.said('ok');

  script.child.stdout.destroy();
  script.child.stdin.on('error', () => {}); // it may be gone before it has read all of this
  const { stderr } = await script.ended('put b 1\n'.repeat(100));

  t.is(stderr, '');
});

const badUsage = test.macro({
  async exec(t, argv: string[], problem: RegExp) {
    const { code, stdout, stderr } = await raftmq(t, ...argv).ended('');
    t.is(code, 2);
    t.regex(stderr, problem);
    t.is(stdout, '');
  },
  title: (_, argv: string[]) => `bad usage is exit code 2: ${argv.join(' ')}`,
});

test(badUsage, ['client', '--jsn'], /--jsn is no option; did you mean --json\?/);
test(badUsage, ['client', 'put', 'a', '1'], /"put": nothing is expected here/);
test(badUsage, ['client', '--endpoints', 'nowhere'], /endpoints: found "nowhere"/);
test(badUsage, ['client', '--timeout', 'soon'], /--timeout soon: it must be an integer from 1/);
test(badUsage, ['client', '--config', '/does/not/exist.json'], /exist\.json/);
test(badUsage, ['events', '--endpoints', 'tcp://h'], /endpoints: found "tcp:\/\/h"/);
test(badUsage, ['shell', '--json'], /--json is no option/);
