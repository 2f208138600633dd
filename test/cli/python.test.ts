import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { type FakeNode, fakeCluster, refusal } from '../client/fake-node.ts';
import { realNodes } from '../client/watch/nodes.ts';

/** The interpreter that Debian's packages are for; others may not have them. */
const PYTHON = '/usr/bin/python3';
const isThere = spawnSync(PYTHON, ['-c', 'import zmq, msgpack']).status === 0;

async function start(t: ExecutionContext, count: number) {
  const nodes = await fakeCluster(count);
  t.teardown(() => {
    for (const node of nodes) node.close();
  });
  const run = async (known: number, ...argv: string[]) => {
    const endpoints = nodes.slice(0, known).map(({ endpoint }) => endpoint);
    const script = ['examples/python/client.py', '--endpoints', endpoints.join(',')];
    const child = spawn(PYTHON, [...script, ...argv]);
    t.teardown(() => child.kill('SIGKILL'));
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const [code] = await once(child, 'close');
    return { code, stdout, stderr };
  };
  return { nodes, run };
}

const python = test.macro({
  async exec(t, body: (t: ExecutionContext) => Promise<void>) {
    if (isThere) return await body(t);
    t.log('not run: python3-zmq and python3-msgpack are not installed');
    t.pass();
  },
  title: (rule) => `the client in Python ${rule}`,
});

test('puts and gets', python, async (t) => {
  const { run } = await start(t, 2);
  t.is((await run(2, 'put', 'a', '{"b": [1]}')).code, 0);
  const { code, stdout } = await run(2, 'get', 'a');
  t.regex(stdout, /'value': \{'b': \[1\]\}/);
  t.is(code, 0);
});

test('follows a refusal that names the leader', python, async (t) => {
  const { nodes, run } = await start(t, 2);
  const [one, two] = nodes as [FakeNode, FakeNode];
  one.behaviour = () => refusal('NOT_LEADER', 'no', { id: 2, client: two.endpoint });
  t.is((await run(1, 'put', 'a', '1')).code, 0);
  t.is(two.requests.length, 1);
});

test('asks again what was refused, and names what nobody knows', python, async (t) => {
  const { nodes, run } = await start(t, 1);
  const [one] = nodes as [FakeNode];
  let asked = 0;
  one.behaviour = () => (asked++ < 2 ? refusal('NO_LEADER') : refusal('LEADERSHIP_LOST', 'gone'));
  const { code, stderr } = await run(1, 'put', 'a', '1');
  t.regex(stderr, /nobody knows whether it happened.*\nLEADERSHIP_LOST \(unknown\): gone/);
  t.is(code, 1);
  t.is(asked, 3);
});

test('does not send a write twice that got no reply', python, async (t) => {
  const { nodes, run } = await start(t, 2);
  for (const node of nodes) node.behaviour = () => 'silent';
  const { code, stderr } = await run(2, '--timeout', '0.3', 'put', 'a', '1');
  t.regex(stderr, /TIMEOUT \(unknown\)/);
  t.is(code, 1);
  t.is(nodes.flatMap(({ requests }) => requests).length, 1);
});

test('watches: every change once and in order, of one node or of several', python, async (t) => {
  const cluster = await realNodes(t, 3);
  const client = cluster.client();
  const ports = (port: 'client' | 'events'): string =>
    cluster.config.nodes.map((node) => node[port]).join(',');
  const reach = ['--endpoints', ports('client'), '--events', ports('events')];
  await client.put('a', 0);
  const child = spawn(PYTHON, ['examples/python/client.py', ...reach, 'watch', 'ä']);
  t.teardown(() => child.kill('SIGKILL'));
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const said = async (text: string): Promise<void> => {
    while (!stdout.includes(text)) await once(child.stdout, 'data');
  };
  await said('watching from rev 1 on');
  for (let i = 1; i <= 50; i += 1) await client.put(i % 2 === 0 ? 'other' : `ä${i}`, i);
  await client.delete('ä1');
  await said('ä1 deleted');
  const revs = [...stdout.matchAll(/^rev (\d+): ä(\d+) \d+$/gm)].map(([, rev]) => Number(rev));
  t.deepEqual(
    revs,
    Array.from({ length: 25 }, (_, i) => 2 * i + 2),
  );
});
