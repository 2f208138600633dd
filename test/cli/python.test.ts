import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { type FakeNode, fakeCluster, refusal } from '../client/fake-node.ts';

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
