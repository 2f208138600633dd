import test from 'ava';
import { load, NODE } from './given.ts';

test('the defaults are five nodes on loopback, ids 1 to 5', (t) => {
  const config = load();
  t.is(config.cluster, 'local');
  t.is(config.data, 'data');
  t.like(config.raft, { heartbeat: 50, election: [300, 600] });
  t.deepEqual(
    config.nodes,
    [1, 2, 3, 4, 5].map((id) => ({
      id,
      peer: `tcp://127.0.0.1:710${id}`,
      client: `tcp://127.0.0.1:720${id}`,
      events: `tcp://127.0.0.1:730${id}`,
      http: `http://127.0.0.1:740${id}`,
    })),
  );
});

test('the command line beats the environment, which beats the file, which beats the defaults', (t) => {
  const file = { cluster: 'file', data: 'file', raft: { heartbeat: 60, diskStall: 900 } };
  const environment = { RAFTMQ_cluster: 'environment', RAFTMQ_raft__heartbeat: '70' };
  const config = load({ flags: { cluster: 'flags' }, environment, file });
  t.is(config.cluster, 'flags');
  t.is(config.raft.heartbeat, 70);
  t.is(config.data, 'file');
  t.is(config.raft.diskStall, 900);
  t.deepEqual(config.raft.election, [300, 600]);
});

test('what one load lays over the defaults is not there in the next', (t) => {
  load({ file: { raft: { heartbeat: 60 } } });
  t.is(load().raft.heartbeat, 50);
});

test('a list of nodes replaces the default list as a whole', (t) => {
  t.deepEqual(load({ file: { nodes: [NODE] } }).nodes, [NODE]);
  t.deepEqual(load({ environment: { RAFTMQ_nodes: JSON.stringify([NODE]) } }).nodes, [NODE]);
});

test('a file may begin with a byte order mark', (t) => {
  t.is(load({ file: '\uFEFF{"cluster":"marked"}' }).cluster, 'marked');
});

test('nothing of the environment but RAFTMQ_* is read', (t) => {
  const config = load({
    environment: { PATH: '/x', cluster: 'x', raft__heartbeat: '1', HOME: '' },
  });
  t.deepEqual(config, load());
});

test('an environment variable is known in any case', (t) => {
  const environment = { RAFTMQ_RAFT__INFLIGHTMESSAGES: '9', raftmq_raft__election: '200, 400' };
  const { raft } = load({ environment });
  t.is(raft.inflightMessages, 9);
  t.deepEqual(raft.election, [200, 400]);
});

const takes = test.macro({
  exec(t, path: string, text: string, value: unknown) {
    const [section = '', name] = path.split('.');
    const config = load({ flags: { [path]: text } }) as Record<string, unknown>;
    const found = name ? (config[section] as Record<string, unknown>)[name] : config[section];
    t.deepEqual(found, value);
  },
  title: (_, path, text, value) => `--${path} ${text} is ${JSON.stringify(value)}`,
});

test(takes, 'cluster', '12', '12');
test(takes, 'cluster', 'true', 'true');
test(takes, 'data', '/var/lib/x', '/var/lib/x');
test(takes, 'raft.heartbeat', '40', 40);
test(takes, 'raft.election', '[400,800]', [400, 800]);
test(takes, 'raft.election', '400, 800', [400, 800]);
test(takes, 'db.historyRevs', '0', 0);
test(takes, 'log.level', 'debug', 'debug');
