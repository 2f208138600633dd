import test from 'ava';
import { Subscriber, XSubscriber } from 'zeromq';
import { addresses, eventually, open, openAll, reader, text, within } from './nodes.ts';
import { shakeHands } from './zmtp.ts';

const BODY = Buffer.from('body');

test('an event reaches who subscribed to a prefix of its topic', async (t) => {
  const all = await addresses(1);
  const node = await open(t, all);
  const subscriber = subscribed(t, all[0]?.events ?? '', 'kv.orders/');
  await eventually(() => node.wants('kv.orders/1'), 'the subscription did not arrive');
  node.publish('kv.other', BODY);
  node.publish('kv.orders/é', BODY);
  t.deepEqual(text(await within(subscriber.receive(), 'no event')), ['kv.orders/é', 'body']);
});

test('nothing is wanted while nobody is there to want it, but beats', async (t) => {
  const all = await addresses(1);
  const node = await open(t, all);
  t.false(node.wants('kv.a'));
  const [one, two] = [0, 1].map(() => subscribed(t, all[0]?.events ?? '', 'kv.'));
  await eventually(() => node.wants('kv.a'), 'the subscription did not arrive');
  t.false(node.wants('raft.role'));
  one?.subscribe('raft.');
  await eventually(() => node.wants('raft.role'), 'the subscription did not arrive');
  one?.close();
  await eventually(() => !node.wants('raft.role'), 'who left is still there');
  t.true(node.wants('kv.a'), 'the other is still there');
  two?.unsubscribe('kv.');
  await eventually(() => !node.wants('kv.a'), 'the cancelled subscription is still there');
  t.true(node.wants('raft.heartbeat'));
});

test('a subscriber that reads nothing loses events; nobody waits for it', async (t) => {
  const all = await addresses(1);
  const node = await open(t, all);
  const stuck = await shakeHands(t, all[0]?.events ?? '', 'SUB');
  stuck.pause();
  stuck.write(Buffer.from([0, 4, 1, ...Buffer.from('kv.')]));
  const reading = subscribed(t, all[0]?.events ?? '', 'kv.', 'end');
  await eventually(() => node.wants('kv.a') && node.wants('end'), 'no subscriptions');
  const large = Buffer.alloc(4 << 10);
  let read = 0;
  let last = '';
  const done = (async () => {
    for await (const [topic] of reading) {
      last = String(topic);
      if (last === 'end') return;
      read++;
    }
  })();
  const count = 10_000;
  for (let i = 0; i < count; i++) {
    node.publish('kv.a', large);
    // as many as a node would publish in one go, then the other gets the time to read them
    if (i % 50 === 49) await eventually(() => read > i - 500, 'the other waits');
  }
  node.publish('end', BODY);
  await within(done, 'the other waits');
  t.is(read, count, 'who keeps up loses nothing');
});

test('subscriptions that no topic could match, and messages from below, are ignored', async (t) => {
  const all = await addresses(1);
  const node = await open(t, all);
  const strange = new XSubscriber({ linger: 0 });
  t.teardown(() => strange.close());
  strange.connect(all[0]?.events ?? '');
  await strange.send('neither a subscription nor a cancellation');
  await strange.send(['a message', 'of two frames']);
  await strange.send(Buffer.concat([Buffer.from([1]), Buffer.alloc(2000, 'x')]));
  await strange.send('\x01done');
  await eventually(() => node.wants('done'), 'the last one did not arrive');
  t.false(node.wants('kv.a'));
  t.false(node.wants('x'.repeat(2000)));
});

test('a subscription beyond all measure ends the connection, and nothing else', async (t) => {
  const all = await addresses(1);
  const node = await open(t, all);
  const strange = new XSubscriber({ linger: 0 });
  t.teardown(() => strange.close());
  strange.connect(all[0]?.events ?? '');
  await strange.send('\x01first');
  await eventually(() => node.wants('first'), 'the first one did not arrive');
  const disconnected = new Promise((resolve) => strange.events.on('disconnect', resolve));
  await strange.send(Buffer.concat([Buffer.from([1]), Buffer.alloc(1 << 20, 'x')]));
  await within(disconnected, 'the connection is still there');
  const other = subscribed(t, all[0]?.events ?? '', 'kv.');
  await eventually(() => node.wants('kv.a'), 'the other one did not arrive');
  node.publish('kv.a', BODY);
  t.deepEqual(text(await within(other.receive(), 'no event')), ['kv.a', 'body']);
});

test('beats of all peers arrive, and only beats', async (t) => {
  const [one, two, three] = await openAll(t, await addresses(3));
  const beats = reader((one as NonNullable<typeof one>).beats);
  const heard = new Set<string>();
  // a subscription is on its way for a while, and nobody tells when it has arrived
  const timer = setInterval(() => {
    for (const [id, node] of [two, three].entries()) {
      node?.publish('raft.role', Buffer.from('no beat'));
      node?.publish('raft.heartbeat', Buffer.from(`of ${id + 2}`));
    }
  }, 5);
  t.teardown(() => clearInterval(timer));
  while (heard.size < 2) heard.add(text(await beats.next()).join(' '));
  t.deepEqual([...heard].sort(), ['raft.heartbeat of 2', 'raft.heartbeat of 3']);
});

function subscribed(
  t: { teardown(end: () => void): void },
  endpoint: string,
  ...prefixes: readonly string[]
): Subscriber {
  const subscriber = new Subscriber({ linger: 0 });
  t.teardown(() => subscriber.close());
  subscriber.connect(endpoint);
  subscriber.subscribe(...prefixes);
  return subscriber;
}
