import test from 'ava';
import { bench, comparison } from '../../bench/cli.ts';
import { readBenchOptions } from '../../bench/options.ts';
import type { Cluster } from '../../bench/raftmq-cluster.ts';
import { type Behaviour, FakeNode, FakeStore, refusal } from '../client/fake-node.ts';
import { siteOfTest } from './site-of-test.ts';

/** One node in this process that answers at once; the driver is a process, as always. */
async function fakeCluster(behaviour: Behaviour = () => undefined): Promise<Cluster & FakeNode> {
  const node = await new FakeNode(1, new FakeStore()).open();
  node.behaviour = behaviour;
  return Object.assign(node, {
    death: new Promise<never>(() => {}),
    leader: async () => node.endpoint,
    close: async () => FakeNode.prototype.close.call(node),
  });
}

const QUICK = ['--outstanding', '1,16', '--seconds', '0.2', '--keys', '50'];

test('--json prints a line a level, with the members that others read', async (t) => {
  const site = siteOfTest(t);
  const options = readBenchOptions([...QUICK, '--json']);
  t.is(await bench(options, site, () => fakeCluster()), 0);
  const lines = site.printed.map((line) => JSON.parse(line));
  t.deepEqual(
    lines.map(({ outstanding }) => outstanding),
    [1, 16],
  );
  for (const line of lines) {
    t.like(line, { system: 'raftmq', op: 'put', nodes: 3, fsync: true, size: 100, failures: {} });
    t.true(line.ops_per_s > 0);
    t.true(0 < line.p50_ms && line.p50_ms <= line.p99_ms && line.p99_ms <= line.max_ms);
  }
  t.regex(site.warned[0] ?? '', /^\d+ cores .* fdatasync [\d.]+ ms \(p50\)\n$/);
});

test('a table begins with the machine, and has a row a level', async (t) => {
  const site = siteOfTest(t);
  t.is(await bench(readBenchOptions(QUICK), site, () => fakeCluster()), 0);
  const [machine = '', headline = '', head = '', ...rows] = site.printed;
  t.regex(machine, /^\d+ cores .*, Node \d+\./);
  t.regex(headline, /put: 3 nodes .* 100 bytes, 50 keys, every write synced/);
  t.regex(head, /outstanding +ops\/s +p50 ms +p99 ms +p99\.9 ms +max ms/);
  t.is(rows.length, 2);
});

test('two runtimes get the same load by turns, and a line a level says how they compare', async (t) => {
  const site = siteOfTest(t);
  const given = ['--outstanding', '4', '--seconds', '0.1', '--keys', '50', '--json'];
  const options = readBenchOptions([...given, '--runtime', 'async,threaded', '--rounds', '2']);
  const started: string[] = [];
  const code = await comparison(['async', 'threaded'], options, site, ({ settings }) => {
    started.push(settings['runtime'] ?? '');
    return fakeCluster();
  });
  t.is(code, 0);
  t.deepEqual(started, ['async', 'threaded']);
  const [line, ...others] = site.printed.map((text) => JSON.parse(text));
  t.deepEqual(others, []);
  t.like(line, {
    op: 'put',
    size: 100,
    first: 'async',
    second: 'threaded',
    outstanding: 4,
    pairs: 2,
  });
  t.true(line.ratio > 0);
  t.true(line.quartiles[0] <= line.ratio);
  t.true(line.ops_per_s.every((rate: number) => rate > 0));
});

test('keys are written before they are read', async (t) => {
  const site = siteOfTest(t);
  const cluster = await fakeCluster();
  const options = readBenchOptions([...QUICK, '--op', 'get', '--json']);
  t.is(await bench(options, site, async () => cluster), 0);
  const ops = cluster.requests.map(({ op }) => op);
  t.is(ops.lastIndexOf('put'), 49);
  t.is(new Set(cluster.requests.slice(0, 50).map(({ key }) => key)).size, 50);
  t.is(ops[50], 'get');
});

test('a mixed load is of puts and gets', async (t) => {
  const cluster = await fakeCluster();
  const options = readBenchOptions([...QUICK, '--op', 'mixed', '--json']);
  t.is(await bench(options, siteOfTest(t), async () => cluster), 0);
  const ops = cluster.requests.slice(50).map(({ op }) => op);
  const puts = ops.filter((op) => op === 'put').length;
  t.true(puts > ops.length * 0.3 && puts < ops.length * 0.7, `${puts} of ${ops.length}`);
});

test('the replies of one message make one message of requests', async (t) => {
  const cluster = await fakeCluster();
  const options = readBenchOptions(['--outstanding', '64', '--seconds', '0.2', '--json']);
  t.is(await bench(options, siteOfTest(t), async () => cluster), 0);
  t.deepEqual([...new Set(cluster.messages)], [64]);
});

test('what fails is named and counted, and the bench as a whole fails', async (t) => {
  const site = siteOfTest(t);
  let asked = 0;
  const start = () => fakeCluster(() => (++asked % 5 === 0 ? refusal('BUSY') : undefined));
  const options = readBenchOptions(['--outstanding', '4', '--seconds', '0.2', '--json']);
  t.is(await bench(options, site, start), 1);
  const { failures, ops_per_s } = JSON.parse(site.printed[0] ?? '');
  t.true(failures.BUSY > 0);
  t.true(ops_per_s > 0);
  t.regex(site.warned.at(-1) ?? '', /some requests failed/);
});

test('a cluster that cannot be reached ends the bench with a reason', async (t) => {
  const cluster = await fakeCluster();
  await cluster.close();
  const options = readBenchOptions(QUICK);
  await t.throwsAsync(
    bench(options, siteOfTest(t), async () => cluster),
    { message: `no node answers at ${cluster.endpoint}` },
  );
});
