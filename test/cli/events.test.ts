import test, { type ExecutionContext } from 'ava';
import { Packr } from 'msgpackr';
import { XPublisher } from 'zeromq';
import { nobody } from '../client/fake-node.ts';
import { raftmq } from './process.ts';

const packr = new Packr({ useRecords: false });

/** A node's event port, and the script listening to it. */
async function start(t: ExecutionContext, ...argv: string[]) {
  const socket = new XPublisher();
  socket.linger = 0;
  await socket.bind('tcp://127.0.0.1:*');
  t.teardown(() => socket.close());
  const script = raftmq(t, 'events', '--endpoints', socket.lastEndpoint ?? '', ...argv);
  const subscriptions = [];
  do {
    const [message] = await socket.receive();
    subscriptions.push(message?.subarray(1).toString());
  } while (subscriptions.length < Math.max(1, argv.filter((word) => !word.startsWith('-')).length));
  const publish = (topic: string, event: object) => socket.send([topic, packr.pack(event)]);
  return { script, publish, socket, subscriptions };
}

test('each event is one JSON object a line with its topic, and Ctrl-C is exit code 0', async (t) => {
  const { script, publish, subscriptions } = await start(t, '--json');

  await publish('raft.role', { node: 1, at: 5, seq: 1, role: 'leader', term: 2 });
  await publish('kv.a', { node: 1, at: 6, seq: 2, rev: 1, key: 'a', value: { b: [1] } });
  await script.said('kv.a');
  script.child.kill('SIGINT');
  const { code, lines, stderr } = await script.ended();

  t.deepEqual(subscriptions, ['']);
  t.deepEqual(
    lines.map((line) => JSON.parse(line)),
    [
      { topic: 'raft.role', node: 1, at: 5, seq: 1, role: 'leader', term: 2 },
      { topic: 'kv.a', node: 1, at: 6, seq: 2, rev: 1, key: 'a', value: { b: [1] } },
    ],
  );
  t.is(stderr, '');
  t.is(code, 0);
});

test('topics are subscribed to by their prefixes, and gaps are then no news', async (t) => {
  const { script, publish, subscriptions } = await start(t, 'raft.', 'kv.a');

  await publish('peer.up', { node: 1, at: 0, seq: 1, peer: 2 });
  await publish('kv.a1', { node: 1, at: 0, seq: 5, rev: 1, key: 'a1', deleted: true });
  await publish('raft.leader', { node: 1, at: 0, seq: 9, leader: 1, term: 1 });
  await script.said('raft.leader');
  script.child.kill('SIGTERM');
  const { lines, stderr, code } = await script.ended();

  t.deepEqual(subscriptions.sort(), ['kv.a', 'raft.']);
  t.deepEqual(
    lines.map((line) => line.split('  ')[1]),
    ['kv.a1', 'raft.leader'],
  );
  t.is(stderr, '');
  t.is(code, 0);
});

test('events that were missed are reported, a node that starts anew is not', async (t) => {
  const { script, publish } = await start(t);

  for (const [node, seq] of [
    [1, 7],
    [2, 1],
    [1, 8],
    [1, 12],
    [2, 2],
    [1, 1],
    [1, 2],
  ]) {
    await publish('peer.up', { node, at: 0, seq, peer: 3 });
  }
  await publish('node.stop', { node: 1, at: 0, seq: 3, version: '1' });
  await script.said('node.stop');
  script.child.kill('SIGINT');
  const { stderr, lines } = await script.ended();

  t.is(stderr, 'node 1: 3 events were missed (9 to 11)\n');
  t.is(lines.length, 8);
});

test('what is no event is said to be none, and the next one is shown', async (t) => {
  const { script, publish, socket } = await start(t, '--json');

  await socket.send(['kv.a', Buffer.from([0xc1])]);
  await socket.send('alone');
  await publish('peer.up', { node: 1, at: 0, seq: 1, peer: 2 });
  await script.said('peer.up');
  script.child.kill('SIGINT');
  const { stderr, lines } = await script.ended();

  t.is(stderr.match(/what came is no event/g)?.length, 2);
  t.is(lines.length, 1);
});

test('that nobody is there is said after a while, and then it goes on trying', async (t) => {
  const endpoint = await nobody();
  const script = raftmq(t, 'events', '--endpoints', endpoint);

  await script.complained(`no node could be reached yet at ${endpoint}; still trying`);
  script.child.kill('SIGINT');

  t.is((await script.ended()).code, 0);
});
