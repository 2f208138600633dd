import test from 'ava';
import { type Cluster, RaftmqCluster } from '../../bench/raftmq-cluster.ts';
import type { Child, Ending } from '../../lib/cli/children.ts';

/** A node that says a line and ends, or that does nothing until it is killed. */
function fakeSpawn(dying: number, ending: Ending) {
  return (id: number, _: readonly string[], onLine: (line: string) => void): Child => {
    let end: (ending: Ending) => void = () => {};
    const ended = new Promise<Ending>((resolve) => {
      end = resolve;
    });
    const kill = (): void => end({ code: null, signal: 'SIGKILL' });
    if (id === dying) {
      const record = { level: 'error', time: '', node: id, event: 'fatal', reason: 'no space' };
      onLine(JSON.stringify(record));
      end(ending);
    }
    return { id, pid: undefined, ended, stop: kill, kill };
  };
}

test('a node that does not come up ends the wait, with what it said last', async (t) => {
  const cluster: Cluster = await RaftmqCluster.start({
    nodes: 3,
    directory: 'nowhere',
    settings: {},
    configFile: null,
    spawn: fakeSpawn(2, { code: 1, signal: null }),
  });
  t.teardown(() => cluster.close());
  const error = await t.throwsAsync(cluster.leader());
  t.regex(
    error.message,
    /^node 2 has ended \(exit code 1\); its last words:\n {2}fatal .*no space/,
  );
});

test('nodes are told where all are, on ports that nobody else has', async (t) => {
  const given: (readonly string[])[] = [];
  const spawn = fakeSpawn(0, { code: 0, signal: null });
  const cluster = await RaftmqCluster.start({
    nodes: 3,
    directory: 'there',
    settings: { 'raft.heartbeat': '40', cluster: 'mine' },
    configFile: 'some.json',
    spawn: (id, argv, onLine) => {
      given.push(argv);
      return spawn(id, argv, onLine);
    },
  });
  t.teardown(() => cluster.close());
  const [first = [], ...others] = given;
  t.deepEqual(others, [first, first]);
  t.deepEqual(first.slice(0, 4), [
    '--config=some.json',
    '--cluster=mine',
    '--log.format=json',
    '--raft.heartbeat=40',
  ]);
  t.is(first.at(-2), `--nodes=${JSON.stringify(cluster.addresses)}`);
  t.is(first.at(-1), '--data=there');
  const endpoints = cluster.addresses.flatMap(({ peer, client, events }) => [peer, client, events]);
  t.is(new Set(endpoints).size, 9);
});
