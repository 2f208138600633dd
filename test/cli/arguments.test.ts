import test from 'ava';
import { configOf, readArguments } from '../../lib/cli/arguments.ts';
import { ConfigError } from '../../lib/kit/errors.ts';

const OWN = {
  id: { value: 'N', means: 'which node' },
  json: { value: null, means: 'a switch' },
  record: { value: 'BYTES', bare: '64', means: 'a setting that may stand alone' },
};

const reads = test.macro({
  exec(t, argv: string, expected: object) {
    const none = { options: {}, settings: {}, configFile: null, words: [] };
    t.deepEqual(readArguments(argv.split(' ').filter(Boolean), OWN), { ...none, ...expected });
  },
  title: (_, argv) => `reads "${argv}"`,
});

test(reads, '', {});
test(reads, '--id 3', { options: { id: '3' } });
test(reads, '--id=3 --json', { options: { id: '3', json: '' } });
test(reads, '--config a.json', { configFile: 'a.json' });
test(reads, '--data /x --cluster y', { settings: { data: '/x', cluster: 'y' } });
test(reads, '--raft.heartbeat 40 --wal.segmentBytes=9', {
  settings: { 'raft.heartbeat': '40', 'wal.segmentBytes': '9' },
});
test(reads, '--record --id 3', { options: { id: '3' }, settings: { 'record.bytes': '64' } });
test(reads, '--record=9', { settings: { 'record.bytes': '9' } });
test(reads, '--record.bytes 9', { settings: { 'record.bytes': '9' } });
test(reads, '--log debug', { settings: { 'log.level': 'debug' } });
test(reads, '--nodes 3', { settings: { nodes: '3' } });
test(reads, '--raft.diskStall -5', { settings: { 'raft.diskStall': '-5' } });
test(reads, '--data=--odd', { settings: { data: '--odd' } });

test('words are kept in their order where a command takes them', (t) => {
  const { words, options } = readArguments(['raft.', '--json', 'kv.a'], OWN, true);
  t.deepEqual(words, ['raft.', 'kv.a']);
  t.deepEqual(options, { json: '' });
});

const refuses = test.macro({
  exec(t, argv: string, ...problems: string[]) {
    const error = t.throws(() => readArguments(argv.split(' '), OWN), { instanceOf: ConfigError });
    t.deepEqual(error?.problems, problems);
  },
  title: (_, argv, ...problems) => `refuses "${argv}": ${problems.join('; ')}`,
});

test(refuses, '--hartbeat 4', '--hartbeat is no option; --help lists them');
test(refuses, '--raft.hartbeat 4', '--raft.hartbeat is no option; did you mean --raft.heartbeat?');
test(refuses, '--jsn', '--jsn is no option; did you mean --json?');
test(refuses, 'fast', '"fast": nothing is expected here');
test(refuses, '--json fast', '"fast": nothing is expected here');
test(refuses, '--json=yes', '--json takes no value; found "yes"');
test(refuses, '--record=', '--record needs a value: --record BYTES');
test(refuses, '--record --record.bytes 5', '--record.bytes is given twice');
test(refuses, '--id', '--id needs a value: --id N');
test(refuses, '--id --json', '--id needs a value: --id N');
test(refuses, '--data=', '--data needs a value: --data DIR');
test(refuses, '--id 1 --id 2', '--id is given twice');
test(refuses, '--log info --log.level warn', '--log.level is given twice');
test(
  refuses,
  '--idd 3 x -j',
  '--idd is no option; did you mean --id?',
  '"x": nothing is expected here',
  '-j is no option; --help lists them',
);
test(refuses, '--constructor 1', '--constructor is no option; --help lists them');

test('--nodes K takes the first K nodes of the configuration', (t) => {
  const config = configOf(readArguments(['--nodes', '3'], {}));
  t.deepEqual(
    config.nodes.map(({ id }) => id),
    [1, 2, 3],
  );
});

test('--nodes takes whole nodes as well', (t) => {
  const node = { id: 9, peer: 'tcp://h:1', client: 'tcp://h:2', events: 'tcp://h:3' };
  t.deepEqual(configOf(readArguments(['--nodes', JSON.stringify([node])], {})).nodes, [node]);
});

for (const count of ['0', '6']) {
  test(`--nodes ${count} of five says how many there are`, (t) => {
    const error = t.throws(() => configOf(readArguments(['--nodes', count], {})), {
      instanceOf: ConfigError,
    });
    t.regex(
      error?.message ?? '',
      /^--nodes \d: the configuration has 5 nodes; allowed is .* 1 to 5/,
    );
  });
}
