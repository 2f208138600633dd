import { readFileSync } from 'node:fs';
import test from 'ava';
import { COMMANDS } from '../../lib/cli/commands.ts';
import { raftmq } from './process.ts';

test('without a command it shows them all, and that was bad usage', async (t) => {
  const { code, stdout, stderr } = await raftmq(t).ended();
  t.is(code, 2);
  t.is(stdout, '');
  for (const { name } of COMMANDS) t.regex(stderr, new RegExp(`^  ${name} `, 'm'));
});

test('help shows the commands, and of each command its options', async (t) => {
  const { code, stdout } = await raftmq(t, 'help').ended();
  t.is(code, 0);
  t.true(stdout.includes('raftmq help settings'));
  for (const argv of [
    ['help', 'node'],
    ['node', '--help'],
    ['node', '--id', '1', '-h'],
  ]) {
    const shown = await raftmq(t, ...argv).ended();
    t.is(shown.code, 0);
    t.regex(shown.stdout, /^ {2}--id N +which node/m);
  }
});

test('every command describes itself', (t) => {
  for (const { name, summary, synopsis } of COMMANDS) {
    t.regex(summary, /^\S.*[^.]$/, name);
    t.true(`${name} ${synopsis}`.length < 40, name);
  }
});

test('help settings lists every setting with its default', async (t) => {
  const { stdout } = await raftmq(t, 'help', 'settings').ended();
  t.regex(stdout, /^raft\.election = \[300, 600\]$/m);
  t.regex(stdout, /^log\.level = info$/m);
});

test('--version is that of the package', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  t.is((await raftmq(t, '--version').ended()).stdout, `${version}\n`);
});

const refuses = test.macro({
  async exec(t, argv: string, problem: string) {
    const { code, stdout, stderr } = await raftmq(t, ...argv.split(' ')).ended();
    t.is(stderr, `raftmq: ${problem}\n`);
    t.is(stdout, '');
    t.is(code, 2);
  },
  title: (_, argv) => `"raftmq ${argv}" is bad usage`,
});

test(refuses, 'strat', '"strat" is no command; did you mean start?');
test(refuses, 'help nod', '"nod" is no command; did you mean node?');
test(refuses, 'start --node 3', '--node is no option; did you mean --nodes?');
test(refuses, 'node --data x', '--id is missing: which of the nodes 1, 2, 3, 4, 5 is this?');
test(
  refuses,
  'node --id 9',
  '--id 9: there is no such node; the configuration names 1, 2, 3, 4, 5. To add one to a running cluster: --join and the client endpoint of a member',
);
test(
  refuses,
  'node --id 1 --runtime green',
  'runtime (--runtime): found "green", allowed is one of async, threaded',
);
test(
  refuses,
  'node --id 6 --join h:1',
  'endpoints: found "h:1", allowed is tcp://HOST:PORT, such as tcp://10.0.0.1:7101',
);
test(
  refuses,
  'node --id 6 --join tcp://h:1 --peer tcp://h:2',
  '--client and --events: missing; --peer, --client and --events go together',
);
test(
  refuses,
  'node --id six --join tcp://h:1',
  '--id six: an id is a whole number from 1 to 2147483647',
);
test(
  refuses,
  'node --id 1 --config /nowhere.json',
  'the config file /nowhere.json cannot be read: there is no such file',
);

test('every problem of a configuration is a line', async (t) => {
  const { code, stderr } = await raftmq(t, 'start', '--raft.heartbeat', '0', '--log', 'x').ended();
  t.is(code, 2);
  t.is(stderr.match(/^raftmq: \S+ \(--\S+\): found .*, allowed is .*$/gm)?.length, 2);
});

test('a reader that had enough is no fault', async (t) => {
  const { child, ended } = raftmq(t, 'help', 'settings');
  child.stdout.destroy();
  t.is((await ended()).code, 0);
});
