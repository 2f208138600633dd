import test, { type ExecutionContext } from 'ava';
import { nobody } from '../client/fake-node.ts';
import { realNodes } from '../client/watch/nodes.ts';
import { raftmq } from './process.ts';

async function start(t: ExecutionContext, historyRevs?: number) {
  const cluster = await realNodes(t, 1, historyRevs);
  const endpoints = cluster.config.nodes.map((node) => node.client).join(',');
  return { client: cluster.client(), endpoints };
}

test.serial('each change is one line of JSON, and Ctrl-C says where to go on', async (t) => {
  const { client, endpoints } = await start(t);
  await client.put('orders/1', { apples: 3 });
  await client.put('other', 1);
  const argv = ['orders/', '--since', '0', '--json', '--endpoints', endpoints];
  const script = raftmq(t, 'watch', ...argv);
  await script.said('"rev":1');
  await client.delete('orders/1');
  await script.said('"rev":3');
  script.child.kill('SIGINT');
  const { code, lines, stderr } = await script.ended();

  t.deepEqual(
    lines.map((line) => JSON.parse(line)),
    [
      { rev: 1, key: 'orders/1', value: { apples: 3 } },
      { rev: 3, key: 'orders/1', deleted: true },
    ],
  );
  t.is(stderr, '--since 3 goes on from here\n');
  t.is(code, 0);
});

test.serial('for people a change reads as in the list of the shell', async (t) => {
  const { client, endpoints } = await start(t);
  await client.put('a key', [1]);
  await client.delete('a key');
  const script = raftmq(t, 'watch', '--since', '0', '--endpoints', endpoints);
  await script.said('deleted');
  script.child.kill('SIGTERM');
  const { lines, code } = await script.ended();
  t.deepEqual(lines, ['"a key" = [1]  rev 1', '"a key" deleted  rev 2']);
  t.is(code, 0);
});

test.serial(
  'changes that are gone end it with exit code 1 and the remedy, or all keys are printed',
  async (t) => {
    const { client, endpoints } = await start(t, 20);
    await client.put('b', 1);
    for (let i = 0; i < 2; i += 1) {
      await Promise.all(Array.from({ length: 500 }, () => client.put('a', 1)));
    }
    const argv = ['b', '--since', '0', '--endpoints', endpoints];
    const { code, stderr } = await raftmq(t, 'watch', ...argv).ended();
    t.is(code, 1);
    t.regex(stderr, /no longer kept.* --since \d+ is the oldest that is left, and --reread begins/);

    const script = raftmq(t, 'watch', ...argv, '--reread');
    await script.said('changes after rev 1001:');
    script.child.kill('SIGINT');
    const { lines } = await script.ended();
    t.regex(lines[0] ?? '', /changes up to rev \d+ are gone; all keys, as they are at rev 1001:/);
    t.is(lines[1], 'b = 1  rev 1');
  },
);

test.serial('that nobody is there is said after a while, and then it goes on trying', async (t) => {
  const endpoint = await nobody();
  const script = raftmq(t, 'watch', '--endpoints', endpoint);
  await script.complained(`no node could be reached yet at ${endpoint}; still trying`);
  script.child.kill('SIGINT');
  t.is((await script.ended()).code, 0);
});

const refuses = test.macro({
  async exec(t, argv: readonly string[], problem: RegExp) {
    const { code, stderr } = await raftmq(t, 'watch', ...argv).ended();
    t.is(code, 2);
    t.regex(stderr, problem);
  },
  title: (_, argv: readonly string[]) => `watch ${argv.join(' ')} is bad usage`,
});

test(refuses, ['a', 'b'], /takes one prefix/);
test(refuses, ['--since', 'x'], /--since x: a rev is a whole number/);
test(refuses, ['--sinc', '1'], /did you mean --since/);

test.serial('in the shell a watch goes on until the input ends, and the others wait', async (t) => {
  const { client, endpoints } = await start(t);
  await client.put('a', 1);
  await client.put('b', 2);
  const script = raftmq(t, 'shell', '--endpoints', endpoints);
  script.child.stdin.write('watch b 0\n');
  await script.said('rev 2');
  await client.put('b', 3);
  await script.said('rev 3');
  const { stdout, code } = await script.ended('');
  t.is(stdout, 'b = 2  rev 2\nb = 3  rev 3\n');
  t.is(code, 0);
});

test.serial('in the shell, a watch that cannot be is no end', async (t) => {
  const { endpoints } = await start(t);
  const script = raftmq(t, 'shell', '--endpoints', endpoints);
  script.child.stdin.write(`watch ${'x'.repeat(1025)}\nwatch a b\nput a 1\n`);
  await script.said('ok');
  const { stdout } = await script.ended('');
  const [prefix, since, put] = stdout.split('\n');
  t.regex(prefix ?? '', /prefix must be a string of at most 1024 bytes/);
  t.is(since, 'watch: SINCE must be a whole number, found "b"; usage: watch [PREFIX] [SINCE]');
  t.is(put, 'ok  rev 1');
});

test.serial(
  'among commands from standard input a watch is refused: it would never end',
  async (t) => {
    const { endpoints } = await start(t);
    const script = raftmq(t, 'client', '--endpoints', endpoints);
    const { stdout, code } = await script.ended('watch a\nput a 1\n');
    t.regex(stdout, /^error BAD_REQUEST \(rejected\) a watch never ends.*\nok/);
    t.is(code, 1);
  },
);
