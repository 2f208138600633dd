import test from 'ava';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { Applied, StateMachine } from '../../lib/store/state-machine.ts';
import { decodeEvent } from '../../lib/wire/event.ts';
import { pack } from '../../lib/wire/pack.ts';
import { Feed } from '../../streams/feed.ts';
import { MARK_INTERVAL_MS } from '../../streams/marks.ts';
import type { World } from '../../streams/world.ts';
import { FakeNetwork } from './fake-network.ts';
import { manualClock } from './manual-clock.ts';

/** The feed of a node that is at `rev`; what it publishes besides roles and commits. */
function setUp(rev: number, ...subscriptions: readonly string[]) {
  const network = new FakeNetwork();
  network.subscriptions = subscriptions;
  const clock = manualClock();
  const machine = { applied: 0, rev };
  const world = {
    network,
    clock,
    machine: machine as unknown as StateMachine,
    identity: { cluster: 'test', node: 2, incarnation: 1 },
    startedAt: 0,
    version: '0',
  } as unknown as World;
  const feed = new Feed(world);
  const view = { role: 'follower', term: 1, leader: 1, commit: 0 };
  return {
    network,
    machine,
    turn: (ms = MARK_INTERVAL_MS) => {
      clock.advance(ms);
      feed.onDecided({ view } as Outcome);
    },
    apply: (...keys: readonly string[]) => {
      const changes = keys.map((key) => {
        machine.rev += 1;
        return { rev: machine.rev, key, value: key === 'gone' ? null : pack(1) };
      });
      feed.onApplied([{ index: 1, reply: null, changes } satisfies Applied]);
    },
    told: (start: string) =>
      network.published.splice(0).flatMap(({ topic, body }) => {
        const decoded = decodeEvent(Buffer.from(topic), body);
        if (typeof decoded === 'string') throw new Error(decoded);
        const { node: _, at: __, seq: ___, ...fields } = decoded.event;
        return topic.startsWith(start) ? [{ topic, ...fields }] : [];
      }),
  };
}

test('changes of keys that nobody watches say nothing of what came before them', (t) => {
  const { apply, told } = setUp(0, 'kv.');
  apply('a', 'gone');
  t.deepEqual(told('kv.'), [
    { topic: 'kv.a', rev: 1, key: 'a', value: 1 },
    { topic: 'kv.gone', rev: 2, key: 'gone', deleted: true },
  ]);
});

test('a change of a watched key says what came before it, from the first batch on', (t) => {
  const { apply, told, network } = setUp(7, 'mark.a', 'kv.a');
  apply('b', 'a1', 'a2');
  t.deepEqual(told('kv.a'), [
    { topic: 'kv.a1', rev: 9, key: 'a1', value: 1, after: [[1, 7]] },
    { topic: 'kv.a2', rev: 10, key: 'a2', value: 1, after: [[1, 9]] },
  ]);
  network.subscriptions = ['mark.a', 'mark.', 'kv.'];
  apply('c');
  t.deepEqual(told('kv.c'), [{ topic: 'kv.c', rev: 11, key: 'c', value: 1, after: [[0, 10]] }]);
});

test('marks come at their interval, whether anything changes or not', (t) => {
  const { turn, apply, told } = setUp(0, 'mark.a');
  turn();
  t.deepEqual(told('mark.'), [{ topic: 'mark.a', rev: 0, last: 0, every: MARK_INTERVAL_MS }]);
  apply('a', 'b');
  turn(MARK_INTERVAL_MS - 1);
  t.deepEqual(told('mark.'), []);
  turn(1);
  t.deepEqual(told('mark.'), [{ topic: 'mark.a', rev: 2, last: 1, every: MARK_INTERVAL_MS }]);
});

test('a state that was replaced whole is marked as one of which nothing is known', (t) => {
  const { turn, apply, told, machine } = setUp(0, 'mark.a');
  apply('a');
  machine.rev = 500;
  turn();
  t.like(told('mark.')[0], { rev: 500, last: 500 });
});
