import test from 'ava';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { RaftState } from '../../lib/core/state.ts';
import {
  acknowledge,
  at,
  entryId,
  from,
  leader,
  office,
  propose,
  saidTo,
  step,
  turn,
} from './servers.ts';

function nextBeat(state: RaftState): Outcome {
  return step(state, at(state.now + 50));
}

function answer(state: RaftState, id: number): void {
  const { term } = state.hard;
  const { round } = office(state);
  step(state, turn(from(id, { kind: 'HeartbeatReply', term, round, last: entryId('1/1') })));
}

test('E07: one beat is published for all, and nothing is mailed', (t) => {
  const n1 = leader(1);
  acknowledge(n1, 2, 1);
  propose(n1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
  answer(n1, 2);
  answer(n1, 3);
  const { beat, free } = nextBeat(n1);
  t.deepEqual(beat, { kind: 'Heartbeat', term: 1, round: 2, commit: entryId('1/1') });
  t.deepEqual(free, []);
});

test('E07: a beat names the entry that is committed, not just its index', (t) => {
  const n1 = leader(1, { log: '1 2' });
  acknowledge(n1, 2, 3);
  t.deepEqual(nextBeat(n1).beat?.commit, entryId('3/3'));
});

test('a new commit index is told after a fifth of an interval', (t) => {
  const n1 = leader(1);
  const { wakeAt } = acknowledge(n1, 2, 1);
  t.is(wakeAt, n1.now + 10);
  t.is(step(n1, at(n1.now + 9.9)).beat, null);
  t.deepEqual(step(n1, at(n1.now + 0.1)).beat?.commit, entryId('1/1'));
  t.is(step(n1, at(n1.now + 49)).beat, null, 'then the interval begins anew');
});

test('a server that has missed more than three beats gets them by mail as well', (t) => {
  const n1 = leader(1);
  for (const round of [2, 3]) {
    const outcome = nextBeat(n1);
    t.is(outcome.beat?.round, round);
    t.deepEqual(saidTo(2, outcome), []);
    answer(n1, 3);
  }
  const fourth = nextBeat(n1);
  t.deepEqual(saidTo(2, fourth), [fourth.beat]);
  t.deepEqual(saidTo(3, fourth), []);
  answer(n1, 2);
  t.deepEqual(saidTo(2, nextBeat(n1)), []);
});

test('beats of each leadership are counted from 1', (t) => {
  const n1 = leader(1);
  t.is(office(n1).round, 1);
  nextBeat(n1);
  t.is(office(n1).round, 2);
  step(n1, turn(from(2, { kind: 'HeartbeatReply', term: 5, round: 0, last: entryId('1/1') })));
  step(n1, at(n1.electionDeadline));
  t.is(n1.role.name, 'precandidate');
});
