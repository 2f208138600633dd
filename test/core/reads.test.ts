import test from 'ava';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { RaftState } from '../../lib/core/state.ts';
import type { NodeId } from '../../lib/core/types.ts';
import {
  acknowledge,
  at,
  entryId,
  from,
  heartbeat,
  leader,
  server,
  step,
  turn,
} from './servers.ts';

function ask(state: RaftState, ...tokens: readonly number[]): Outcome {
  return step(state, turn({ kind: 'Asked', tokens }));
}

function confirm(state: RaftState, by: NodeId, round: number): Outcome {
  const { term } = state.hard;
  return step(state, turn(from(by, { kind: 'HeartbeatReply', term, round, last: entryId('1/1') })));
}

/** A leader of five that has committed its first entry. */
function readyLeader(): RaftState {
  const n1 = leader(1, { voters: [1, 2, 3, 4, 5] });
  acknowledge(n1, 2, 1);
  acknowledge(n1, 3, 1);
  return n1;
}

test('a read begins a round of its own, and is served when a quorum has answered it', (t) => {
  const n1 = readyLeader();
  const { beat } = ask(n1, 7);
  t.like(beat, { round: 2 });
  t.deepEqual(confirm(n1, 2, 2).readable, []);
  t.deepEqual(confirm(n1, 3, 2).readable, [{ tokens: [7], index: 1 }]);
  t.deepEqual(confirm(n1, 4, 2).readable, [], 'once');
});

test('L04: answers to an earlier round confirm nothing', (t) => {
  const n1 = readyLeader();
  ask(n1, 7);
  for (const id of [2, 3, 4, 5]) t.deepEqual(confirm(n1, id, 1).readable, []);
});

test('answers to a later round confirm as well', (t) => {
  const n1 = readyLeader();
  ask(n1, 7);
  const { beat } = step(n1, at(n1.now + 50));
  t.like(beat, { round: 3 });
  confirm(n1, 2, 3);
  t.deepEqual(confirm(n1, 3, 3).readable, [{ tokens: [7], index: 1 }]);
});

test('one server that answers twice is one', (t) => {
  const n1 = readyLeader();
  ask(n1, 7);
  confirm(n1, 2, 2);
  t.deepEqual(confirm(n1, 2, 2).readable, []);
});

test('L06: while a configuration is changed, a quorum of both sides confirms a read', (t) => {
  const n1 = leader(1, { voters: [1, 4, 5], learners: [2, 3] });
  for (const id of [2, 3, 4, 5]) acknowledge(n1, id, 1);
  const changes = ([2, 3] as const).map((id) => ({ kind: 'promote', id }) as const);
  const removals = ([4, 5] as const).map((id) => ({ kind: 'remove', id }) as const);
  step(n1, turn({ kind: 'Reconfigured', token: 1, changes: [...changes, ...removals] }));
  t.like(n1.configuration, { voters: [1, 2, 3], outgoing: [1, 4, 5] });
  ask(n1, 7);
  t.deepEqual(confirm(n1, 2, 2).readable, []);
  t.deepEqual(confirm(n1, 3, 2).readable, [], 'all voters to come, and of those that go only one');
  t.deepEqual(confirm(n1, 5, 2).readable, [{ tokens: [7], index: 1 }]);
});

test('learners do not confirm', (t) => {
  const n1 = leader(1, { voters: [1, 2, 3], learners: [4, 5] });
  acknowledge(n1, 2, 1);
  ask(n1, 7);
  confirm(n1, 4, 2);
  t.deepEqual(confirm(n1, 5, 2).readable, []);
  t.deepEqual(confirm(n1, 3, 2).readable, [{ tokens: [7], index: 1 }]);
});

test('L01: a read sees all that was committed when its round began', (t) => {
  const n1 = leader(1);
  step(n1, turn({ kind: 'Proposed', proposals: [{ token: 1, payload: new Uint8Array(1) }] }));
  acknowledge(n1, 2, 1);
  ask(n1, 7);
  acknowledge(n1, 2, 2);
  acknowledge(n1, 3, 2);
  t.is(n1.commit, 2);
  ask(n1, 8);
  const { readable, beat } = confirm(n1, 2, 2);
  t.deepEqual(readable, [{ tokens: [7], index: 1 }]);
  t.like(beat, { round: 3 });
  t.deepEqual(confirm(n1, 3, 3).readable, [{ tokens: [8], index: 2 }]);
});

test('before the first entry of the term is committed, reads wait and begin no round', (t) => {
  const n1 = leader(1, { log: '1 1' });
  t.is(ask(n1, 7).beat, null);
  t.deepEqual(confirm(n1, 2, 1).readable, []);
  t.like(acknowledge(n1, 2, 3).beat, { round: 2 });
  t.deepEqual(confirm(n1, 2, 2).readable, [{ tokens: [7], index: 3 }]);
});

test('a lone leader confirms its own rounds', (t) => {
  const n1 = leader(1, { voters: [1] });
  t.deepEqual(ask(n1, 7).readable, [{ tokens: [7], index: 1 }]);
  t.deepEqual(ask(n1, 8).readable, [{ tokens: [8], index: 1 }]);
});

test('L01: only a leader takes reads; others name the leader they follow', (t) => {
  const n2 = server(2);
  t.deepEqual(ask(n2, 7).refused, [{ tokens: [7], reason: 'NotLeader', leader: null }]);
  step(n2, turn(from(1, heartbeat(1, 1))));
  t.deepEqual(ask(n2, 8, 9).refused, [{ tokens: [8, 9], reason: 'NotLeader', leader: 1 }]);
});

test('who stops leading refuses all reads under way, in the order in which they came', (t) => {
  const n1 = readyLeader();
  ask(n1, 7);
  ask(n1, 8);
  const { refused } = step(n1, turn(from(3, heartbeat(2, 1))));
  t.deepEqual(refused, [{ tokens: [7, 8], reason: 'NotLeader', leader: 3 }]);
});

test('nobody is refused when nothing was asked', (t) => {
  const n1 = readyLeader();
  t.deepEqual(step(n1, turn(from(3, heartbeat(2, 1)))).refused, []);
});
