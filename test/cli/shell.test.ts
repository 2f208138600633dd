import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { complete } from '../../lib/cli/completion.ts';
import { HISTORY_MAX, openHistory } from '../../lib/cli/history.ts';
import { connect } from '../../lib/client/client.ts';
import { fakeCluster, nobody, refusal } from '../client/fake-node.ts';
import { raftmq } from './process.ts';

async function start(t: ExecutionContext) {
  const nodes = await fakeCluster(1);
  t.teardown(() => {
    for (const node of nodes) node.close();
  });
  const endpoints = nodes.map(({ endpoint }) => endpoint).join(',');
  return { nodes, endpoints };
}

test('a session: each line is answered in turn, faults do not end it, and it ends with exit code 0', async (t) => {
  const { nodes, endpoints } = await start(t);
  for (const node of nodes) {
    node.behaviour = ({ op }) => (op === 'snapshot' ? refusal('UNKNOWN_OP', 'not yet') : undefined);
  }
  const lines = ['put a 1', 'get a', 'put', 'snapshot', '', 'prefix a', 'exit', 'put b 1'];

  const { code, stdout } = await raftmq(t, 'shell', '--endpoints', endpoints).ended(
    `${lines.join('\n')}\n`,
  );

  t.deepEqual(stdout.split('\n'), [
    'ok  rev 1',
    '1  rev 1, version 1',
    'put: KEY is missing; usage: put KEY VALUE',
    'error UNKNOWN_OP (rejected) not yet',
    '1 key',
    '  a = 1  rev 1',
    '',
  ]);
  t.is(code, 0);
  t.is(nodes[0]?.requests.length, 4);
});

test('the end of the input ends the session once all is answered', async (t) => {
  const { endpoints } = await start(t);
  const { code, stdout } = await raftmq(t, 'shell', '--endpoints', endpoints).ended(
    'put a 1\nget a',
  );
  t.is(stdout, 'ok  rev 1\n1  rev 1, version 1\n');
  t.is(code, 0);
});

test('help lists every command, and explains one', async (t) => {
  const { endpoints } = await start(t);
  const { stdout } = await raftmq(t, 'shell', '--endpoints', endpoints).ended('help\nhelp cas\n');
  t.regex(stdout, /^put KEY VALUE {2,}write VALUE/);
  t.regex(stdout, /\ncas KEY EXPECT VALUE: write VALUE under KEY if/);
});

test('names of commands complete, and keys from the cluster', async (t) => {
  const { endpoints } = await start(t);
  const client = connect({ endpoints: endpoints.split(',') });
  t.teardown(() => client.close());
  await Promise.all(['orders/1', 'orders/2', 'or der', 'x'].map((key) => client.put(key, 1)));

  t.deepEqual(await complete('p', client), [['put ', 'prefix ', 'promote '], 'p']);
  t.deepEqual(await complete('help ca', client), [['cas '], 'ca']);
  t.deepEqual(await complete('get or', client), [['orders/1', 'orders/2'], 'or']);
  t.deepEqual(await complete('status x', client), [[], 'x']);
  t.deepEqual((await complete('', client))[0].length, 21);
});

test('keys do not complete while there is no cluster, and nothing fails', async (t) => {
  const client = connect({ endpoints: [await nobody()] });
  t.teardown(() => client.close());

  t.deepEqual(await complete('get a', client), [[], 'a']);
});

test('history is kept from one session to the next, bounded, and for its owner only', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'raftmq-history-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'sub', 'history');
  const latestFirst = Array.from({ length: HISTORY_MAX + 5 }, (_, i) => `get k${i}`);

  t.is(openHistory(file).save(latestFirst), null);

  t.deepEqual(openHistory(file).lines, latestFirst.slice(0, HISTORY_MAX));
  t.is(readFileSync(file, 'utf8').split('\n').at(-2), 'get k0');
  t.is(statSync(file).mode & 0o777, 0o600);
});

test('a history that cannot be kept is said so, and one that is not wanted is not kept', (t) => {
  t.regex(openHistory('/dev/null/x').save(['get a']) ?? '', /could not be kept in \/dev\/null\/x/);
  t.deepEqual(openHistory('/dev/null/x').lines, []);
  t.is(openHistory('none').save(['get a']), null);
});
