import test from 'ava';
import { loadConfig } from '../../config/load.ts';
import { ConfigError } from '../../lib/kit/errors.ts';
import { folder, type Given, load, NODE, problems } from './given.ts';

const refuses = test.macro({
  exec: (t, given: Given, ...found: string[]) => t.deepEqual(problems(t, given), found),
  title: (_, given, ...found) => `${JSON.stringify(given)}: ${found[0]}`,
});

const HEARTBEAT = 'allowed is a whole number from 1 to 60000 (ms)';
test(
  refuses,
  { flags: { 'raft.heartbeat': 'fast' } },
  `raft.heartbeat (--raft.heartbeat): found "fast", ${HEARTBEAT}`,
);
test(
  refuses,
  { flags: { 'raft.heartbeat': '' } },
  `raft.heartbeat (--raft.heartbeat): found "", ${HEARTBEAT}`,
);
test(
  refuses,
  { flags: { 'raft.heartbeat': '4.5' } },
  `raft.heartbeat (--raft.heartbeat): found 4.5, ${HEARTBEAT}`,
);
test(
  refuses,
  { flags: { 'raft.heartbeat': '0x20' } },
  `raft.heartbeat (--raft.heartbeat): found "0x20", ${HEARTBEAT}`,
);
test(
  refuses,
  { file: { raft: { heartbeat: '40' } } },
  `raft.heartbeat (in FILE): found "40", ${HEARTBEAT}`,
);
test(
  refuses,
  { file: { raft: { heartbeat: null } } },
  `raft.heartbeat (in FILE): found null, ${HEARTBEAT}`,
);
test(
  refuses,
  { environment: { RAFTMQ_log__level: 'trace' } },
  'log.level (RAFTMQ_log__level in the environment): found "trace", allowed is one of debug, info, warn, error',
);
test(
  refuses,
  { file: { raft: { election: [300] } } },
  'raft.election (in FILE): found [300], allowed is two whole numbers from 3 to 600000 (ms), such as [300, 600]',
);
test(
  refuses,
  { file: { cluster: 'a b' } },
  'cluster (in FILE): found "a b", allowed is 1 to 64 letters, digits, ".", "_" or "-"',
);
test(refuses, { file: { raft: 5 } }, 'raft in FILE: found 5, allowed is a map of settings');
test(refuses, { file: [] }, 'the configuration in FILE: found [], allowed is a map of settings');

// names
test(
  refuses,
  { file: { raft: { hartbeat: 4 } } },
  'raft.hartbeat in FILE is no setting; did you mean raft.heartbeat?',
);
test(refuses, { file: { clint: {} } }, 'clint in FILE is no setting; did you mean client?');
test(
  refuses,
  { file: { wal: { xyzzy: 4 } } },
  'wal.xyzzy in FILE is no setting; there are wal.segmentBytes',
);
test(
  refuses,
  { environment: { RAFTMQ_RAFT__HARTBEAT: '4' } },
  'RAFTMQ_RAFT__HARTBEAT in the environment is no setting; did you mean RAFTMQ_raft__heartbeat?',
);
test(
  refuses,
  { environment: { RAFTMQ_data: 'a', RAFTMQ_DATA: 'a' } },
  'data is in the environment twice, as RAFTMQ_data and RAFTMQ_DATA; unset one',
);
test(
  refuses,
  { file: '{"__proto__": {"polluted": 1}}' },
  '__proto__ in FILE is no setting; there are cluster, nodes, data, runtime, raft, wal, db, snapshot, client, record, log',
);
test('a file cannot change what every object has', (t) => {
  problems(t, { file: '{"__proto__": {"polluted": 1}, "raft": {"__proto__": {"polluted": 1}}}' });
  t.false('polluted' in {});
});

// nodes
const nodes = (...changes: object[]): Given => ({
  file: { nodes: changes.map((change) => ({ ...NODE, ...change })) },
});
test(
  refuses,
  { file: { nodes: [] } },
  `nodes (in FILE): found [], allowed is a list of nodes such as {"id": 1, "peer": "tcp://10.0.0.1:7101", "client": "tcp://10.0.0.1:7201", "events": "tcp://10.0.0.1:7301"}`,
);
test(
  refuses,
  nodes({ id: 0 }),
  'nodes[0].id (in FILE): found 0, allowed is a whole number from 1 to 2147483647',
);
test(
  refuses,
  nodes({ id: '1' }),
  'nodes[0].id (in FILE): found "1", allowed is a whole number from 1 to 2147483647',
);
test(
  refuses,
  nodes({ peer: 'udp://h:1' }),
  'nodes[0].peer (in FILE): found "udp://h:1", allowed is tcp://HOST:PORT, such as tcp://10.0.0.1:7101',
);
test(
  refuses,
  nodes({ events: undefined }),
  'nodes[0].events (in FILE): found nothing, allowed is an endpoint such as tcp://10.0.0.1:7101',
);
test(
  refuses,
  nodes({ http: 'http://h:1/x' }),
  'nodes[0].http (in FILE): found "http://h:1/x", allowed is an address such as http://127.0.0.1:7401',
);
test(
  refuses,
  nodes({ clients: 1 }),
  'nodes[0] (in FILE): "clients" is no field of a node; did you mean client?',
);
test(
  refuses,
  nodes({}, { peer: 'tcp://h:4', client: 'tcp://h:5', events: 'tcp://h:6' }),
  'nodes: the id 7 is there twice; give every node its own',
);
test(
  refuses,
  nodes({}, { id: 8, peer: 'tcp://H:2', client: 'tcp://h:5', events: 'tcp://h:6' }),
  'nodes: h:2 is there twice; everything that listens needs its own port',
);
test(
  refuses,
  nodes({ http: 'http://h:3' }),
  'nodes: h:3 is there twice; everything that listens needs its own port',
);

// relations
test(
  refuses,
  { flags: { 'raft.heartbeat': '101' } },
  'raft.election begins at 300 ms, which is less than 3 heartbeats of 101 ms: one lost heartbeat must not start an election; raise raft.election or lower raft.heartbeat',
);
test(
  refuses,
  { flags: { 'raft.election': '300,300' } },
  'raft.election is [300, 300]: its second number must be the larger one, because nodes that all wait equally long split every vote',
);
test(
  refuses,
  { flags: { 'raft.inflightBytes': '1048576' } },
  'raft.inflightBytes is 1048576, but must be at least raft.messageBytes (2097152), or no message could be sent',
);
test(
  refuses,
  { flags: { 'wal.segmentBytes': '1048576', 'raft.messageBytes': '1052671' } },
  'raft.messageBytes is 1052671, but must be at least client.valueBytes (1048576 and 4096 for what is around it), or the largest value could not be written',
  'wal.segmentBytes is 1048576, but must be at least client.valueBytes (1048576 and 4096 for what is around it), or the largest value could not be written',
);
test('a relation holds up to its edge', (t) => {
  t.notThrows(() => load({ flags: { 'raft.heartbeat': '100', 'raft.election': '300,301' } }));
  t.notThrows(() => load({ flags: { 'raft.messageBytes': '1052672' } }));
});

test('all problems of all sources are reported at once', (t) => {
  const given = {
    flags: { 'client.valueBytes': '-1' },
    environment: { RAFTMQ_log__format: 'xml', RAFTMQ_nope: '1' },
    file: { raft: { heartbeat: 150 }, clstr: 'x' },
  };
  const found = problems(t, given);
  t.is(found.length, 5);
  t.regex(found.join('\n'), /valueBytes.*\n.*log\.format.*\n.*nope.*\n.*clstr.*\n.*3 heartbeats/);
});

test('a relation is not blamed for a setting that is itself wrong', (t) => {
  t.is(
    problems(t, { flags: { 'raft.election': 'x' }, file: { raft: { heartbeat: 5000 } } }).length,
    1,
  );
});

// files
test('a file that is not there is named', (t) => {
  const error = t.throws(
    () => loadConfig({ flags: {}, environment: {}, file: '/nowhere/a.json' }),
    {
      instanceOf: ConfigError,
    },
  );
  t.is(error?.message, 'the config file /nowhere/a.json cannot be read: there is no such file');
});
test('a directory is no file', (t) => {
  const error = t.throws(() => loadConfig({ flags: {}, environment: {}, file: folder }));
  t.regex(error?.message ?? '', /cannot be read: it is a directory$/);
});
test(
  refuses,
  { file: '{\n  "cluster": "a",\n  "data": \'b\'\n}' },
  "the config file FILE is not JSON: line 3, column 11: found ' where a value is expected",
);
test(
  refuses,
  { file: '' },
  'the config file FILE is not JSON: line 1, column 1: found the end of the file where a value is expected',
);
