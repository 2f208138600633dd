import test from 'ava';
import type { Heartbeat } from '../../lib/core/message.ts';
import {
  type Beat,
  beatFields,
  decodeBeat,
  decodeEvent,
  encodeEvent,
  HEARTBEAT,
  keyTopic,
} from '../../lib/wire/event.ts';
import { pack } from '../../lib/wire/pack.ts';
import type { Identity } from '../../lib/wire/peer.ts';
import { Raw } from '../../lib/wire/raw.ts';

const one: Identity = { cluster: 'local', node: 1, incarnation: 2 ** 50 };
const two: Identity = { cluster: 'local', node: 2, incarnation: 7 };
const topic = Buffer.from(HEARTBEAT);
const stamp = { node: 1, at: 1_700_000_000_000, seq: 5 };
const heartbeat: Heartbeat = {
  kind: 'Heartbeat',
  term: 3,
  commit: { index: 9, term: 2 },
  round: 17,
};

const read = (event: object, at: Buffer = topic): Beat | string => decodeBeat(at, pack(event), two);
const beat = { ...stamp, ...beatFields(heartbeat, one) };

test('a beat is an event like any other, and comes back as the heartbeat it was', (t) => {
  t.deepEqual(read(beat), { from: 1, incarnation: one.incarnation, heartbeat });
  t.deepEqual(decodeEvent(topic, encodeEvent(beat)), { topic: 'raft.heartbeat', event: beat });
  t.like(beat, { term: 3, leader: 1, round: 17, commit: 9, commitTerm: 2, cluster: 'local' });
});

test('a beat of a log where nothing is committed', (t) => {
  const empty = { ...heartbeat, commit: { index: 0, term: 0 } };
  t.like(read({ ...stamp, ...beatFields(empty, one) }), { heartbeat: empty });
});

test('members that a newer node adds do no harm', (t) => {
  t.is(typeof read({ ...beat, more: [1, 2] }), 'object');
});

const refuses = test.macro({
  exec(t, change: Record<string, unknown>, reason: RegExp) {
    const refusal = read({ ...beat, ...change });
    t.is(typeof refusal, 'string');
    t.regex(refusal as string, reason);
  },
  title: (_, change, reason) =>
    `a beat with ${JSON.stringify(change).slice(0, 60)}: ${String(reason)}`,
});

test(refuses, { cluster: 'prod' }, /of cluster "prod", where this is "local"/);
test(refuses, { leader: 2 }, /of server 2, which is this one/);
test(refuses, { leader: 3 }, /wrong checksum/);
for (const bad of [0, -1, 1.5, null, 'x', 2 ** 41]) {
  test(refuses, { term: bad }, /the term is not an integer/);
  if (bad !== 2 ** 41) test(refuses, { leader: bad }, /the leader is not an integer/);
}
test(refuses, { commit: 10 }, /wrong checksum/);
test(refuses, { commit: -1 }, /the commit is not an integer/);
test(refuses, { commitTerm: 4 }, /the term of the commit is above 3/);
test(refuses, { commitTerm: 0 }, /an index or a term, but not both/);
test(refuses, { round: Number.MAX_SAFE_INTEGER }, /the round is not an integer/);
test(refuses, { round: 18 }, /wrong checksum/);
test(refuses, { incarnation: 5 }, /wrong checksum/);
test(refuses, { check: undefined }, /the checksum is not an integer/);
test(refuses, { padding: 'x'.repeat(2000) }, /a beat of \d+ bytes/);

test('one bit of the meaning that flips is noticed', (t) => {
  const body = encodeEvent(beat);
  for (let bit = 0; bit < body.length * 8; bit += 1) {
    const flipped = Buffer.from(body);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const read = decodeBeat(topic, flipped, two);
    if (typeof read !== 'string') t.deepEqual(read.heartbeat, heartbeat);
  }
});

test('only the topic of beats is read as one', (t) => {
  for (const other of ['', 'raft.heartbea', 'raft.heartbeat2', 'raft.role', 'kv.raft.heartbeat']) {
    t.is(read(beat, Buffer.from(other)), 'an event that is no beat');
  }
});

test('a key that changed is told with its value as it came', (t) => {
  const value = new Raw(Buffer.from('cf0000000000000001', 'hex'));
  const body = encodeEvent({ ...stamp, rev: 4, key: 'orders/é', value });
  t.true(body.includes(Buffer.from(value.bytes)));
  t.is(keyTopic('orders/é'), 'kv.orders/é');
  t.deepEqual(decodeEvent(Buffer.from(keyTopic('orders/é')), body), {
    topic: 'kv.orders/é',
    event: { ...stamp, rev: 4, key: 'orders/é', value: 1 },
  });
});

test('what has no stamp is no event', (t) => {
  for (const event of [
    5,
    [],
    {},
    { node: 1, at: 5 },
    { node: 0, at: 5, seq: 1 },
    { node: 1, at: -5, seq: 1 },
  ]) {
    t.is(typeof decodeEvent(topic, pack(event)), 'string');
  }
});
