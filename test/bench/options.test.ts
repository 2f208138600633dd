import test from 'ava';
import { readBenchOptions } from '../../bench/options.ts';
import { ConfigError } from '../../lib/kit/errors.ts';

test('without options it measures puts at four levels on three nodes', (t) => {
  t.like(readBenchOptions([]), {
    operation: 'put',
    levels: [1, 64, 256, 1000],
    seconds: 5,
    valueBytes: 100,
    keys: 100_000,
    nodes: 3,
    parent: '.',
    json: false,
    settings: {},
    configFile: null,
  });
});

test('every option is understood', (t) => {
  const argv =
    '--op mixed --outstanding 2,8 --seconds 0.5 --size 10 --keys 7 --nodes 5 --data /tmp --json';
  t.like(readBenchOptions(argv.split(' ')), {
    operation: 'mixed',
    levels: [2, 8],
    seconds: 0.5,
    valueBytes: 10,
    keys: 7,
    nodes: 5,
    parent: '/tmp',
    json: true,
  });
});

test('settings are passed on to the nodes', (t) => {
  const { settings, configFile } = readBenchOptions(['--raft.heartbeat', '40', '--log', 'warn']);
  t.deepEqual(settings, { 'raft.heartbeat': '40', 'log.level': 'warn' });
  t.is(configFile, null);
});

test('one runtime is a setting of the nodes; two are compared', (t) => {
  const one = readBenchOptions(['--runtime', 'threaded']);
  t.like(one, { settings: { runtime: 'threaded' }, runtimes: [] });
  const both = readBenchOptions(['--runtime', 'threaded,async', '--rounds', '3']);
  t.like(both, { settings: {}, runtimes: ['threaded', 'async'], rounds: 3 });
});

const refuses = test.macro({
  exec(t, line: string, problem: RegExp) {
    const error = t.throws(() => readBenchOptions(line.split(' ')), { instanceOf: ConfigError });
    t.regex(error.message, problem);
  },
  title: (_, line) => `refuses ${line}`,
});

test(refuses, '--op write', /--op write: there are put, get, mixed/);
test(refuses, '--outstanding 64,none', /--outstanding none: .* whole number from 1 to 10000/);
test(refuses, '--outstanding 1,,2', /--outstanding : .* whole number/);
test(refuses, '--outstanding 0', /--outstanding 0: .* from 1/);
test(refuses, '--outstanding 1.5', /--outstanding 1.5: .* whole number/);
test(refuses, '--seconds 0', /--seconds 0: allowed is a number from 0.1/);
test(refuses, '--seconds soon', /--seconds soon: allowed is a number/);
test(refuses, '--size 100000000', /--size 100000000: .* whole number from 1 to/);
test(refuses, '--keys 0', /--keys 0: /);
test(refuses, '--runtime green', /--runtime green: allowed is async, threaded, or both/);
test(refuses, '--runtime async,async', /--runtime async,async: allowed is/);
test(refuses, '--runtime async,threaded,async', /--runtime async,threaded,async: allowed is/);
test(refuses, '--rounds 0', /--rounds 0: /);
test(refuses, '--nodes 99', /--nodes 99: .* from 1 to 15/);
test(refuses, '--second 5', /--second is no option; did you mean --seconds\?/);
test(refuses, '--raft.heartbeat 400', /raft\.election begins at 300 ms/);

test('all that is wrong is told at once', (t) => {
  const error = t.throws(
    () => readBenchOptions(['--op', 'write', '--keys', '0', '--raft.heartbeat', '400']),
    { instanceOf: ConfigError },
  );
  t.is(error.problems.length, 3);
});
