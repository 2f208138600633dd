import test from 'ava';
import fc from 'fast-check';
import { PREFIXES_MAX, Subscriptions } from '../../lib/net/subscriptions.ts';

function subscribe(prefix: string | Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([1]), Buffer.from(prefix as string)]);
}

function cancel(prefix: string | Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([0]), Buffer.from(prefix as string)]);
}

function table(...messages: readonly Buffer[]): Subscriptions {
  const subscriptions = new Subscriptions();
  for (const message of messages) subscriptions.take(message);
  return subscriptions;
}

test('nobody wants anything at first, nor what they cancelled', (t) => {
  t.false(table().wants('kv.a'));
  t.true(table(subscribe('kv.')).wants('kv.a'));
  t.false(table(subscribe('kv.'), cancel('kv.')).wants('kv.a'));
  t.true(table(subscribe('kv.'), subscribe('kv.a'), cancel('kv.')).wants('kv.a'));
});

test('a prefix is wanted with all that starts so, and nothing else', (t) => {
  const subscriptions = table(subscribe('kv.orders/'), subscribe('raft.'), subscribe('kv.a'));
  for (const topic of ['kv.orders/1', 'kv.orders/', 'raft.role', 'kv.a', 'kv.ab']) {
    t.true(subscriptions.wants(topic), topic);
  }
  for (const topic of ['kv.orders', 'kv.orderz/1', 'kv.', 'kv', 'raft', '', 'node.start']) {
    t.false(subscriptions.wants(topic), topic);
  }
  t.true(table(subscribe('')).wants('anything'));
});

test('prefixes are bytes: one may end within a character', (t) => {
  const [first = 0] = Buffer.from('é');
  const within = Buffer.concat([Buffer.from('kv.'), Buffer.from([first])]);
  t.true(table(subscribe(within)).wants('kv.é'));
  t.false(table(subscribe(within)).wants('kv.e'));
  t.true(table(subscribe('kv.日本')).wants('kv.日本語'));
});

test('an answer is that of a look at every prefix', (t) => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 5 });
  const event = fc.record({ prefix: letters, subscribes: fc.boolean() });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), fc.array(letters), (events, topics) => {
      const subscriptions = new Subscriptions();
      const prefixes = new Set<string>();
      for (const { prefix, subscribes } of events) {
        subscriptions.take(subscribes ? subscribe(prefix) : cancel(prefix));
        if (subscribes) prefixes.add(prefix);
        else prefixes.delete(prefix);
      }
      for (const topic of topics) {
        const wanted = [...prefixes].some((prefix) => topic.startsWith(prefix));
        t.is(subscriptions.wants(topic), wanted, `${topic} of ${[...prefixes]}`);
      }
    }),
  );
});

test('what is no subscription, or longer than any topic, has no effect', (t) => {
  const subscriptions = table(
    Buffer.alloc(0),
    Buffer.from([2]),
    Buffer.from('hello'),
    subscribe('kv.'.padEnd(1101, 'x')),
  );
  t.false(subscriptions.wants('kv.'.padEnd(1200, 'x')));
  t.true(table(subscribe('kv.'.padEnd(1027, 'x'))).wants('kv.'.padEnd(1027, 'x')));
});

test('with too many prefixes everything is wanted, until there are fewer', (t) => {
  const many = Array.from({ length: PREFIXES_MAX }, (_, i) => `kv.${i}/`);
  const subscriptions = table(...many.map(subscribe));
  t.false(subscriptions.wants('raft.role'));
  subscriptions.take(subscribe('kv.one-more'));
  t.true(subscriptions.wants('raft.role'));
  subscriptions.take(cancel('kv.one-more'));
  t.false(subscriptions.wants('raft.role'));
  t.true(subscriptions.wants('kv.9999/x'));
});

test('whether anything is wanted of all topics that begin alike', (t) => {
  for (const prefix of ['kv.', 'kv.orders/', '', 'k']) {
    t.true(table(subscribe('raft.'), subscribe(prefix)).wantsWithin('kv.'), prefix);
  }
  for (const prefix of ['raft.', 'ku', 'kw', 'kvs.']) {
    t.false(table(subscribe(prefix)).wantsWithin('kv.'), prefix);
  }
  t.false(table(subscribe('kv.a'), cancel('kv.a')).wantsWithin('kv.'));
});

test('the prefixes that begin with something are told as text, the same until one comes or goes', (t) => {
  const [first = 0] = Buffer.from('é');
  const within = Buffer.concat([Buffer.from('mark.'), Buffer.from([first])]);
  const subscriptions = table(...['mark.é', 'kv.', 'mark.', 'mark', 'mark.a'].map(subscribe));
  subscriptions.take(subscribe(within));
  const told = subscriptions.startingWith('mark.');
  t.deepEqual([...told], ['mark.', 'mark.a', 'mark.é']);
  t.is(subscriptions.startingWith('mark.'), told);
  subscriptions.take(cancel('mark.a'));
  t.deepEqual([...subscriptions.startingWith('mark.')], ['mark.', 'mark.é']);
});
