import test from 'ava';
import type { RaftState } from '../../lib/core/state.ts';
import type { NodeId } from '../../lib/core/types.ts';
import {
  at,
  entryId,
  from,
  heartbeat,
  leader,
  office,
  propose,
  server,
  step,
  stored,
  turn,
} from './servers.ts';

/** `id` answers a beat of this very moment. */
function hear(state: RaftState, id: NodeId, now: number): void {
  const { term } = state.hard;
  step(state, at(now));
  if (state.role.name !== 'leader') return;
  const { round } = state.role;
  step(state, turn(from(id, { kind: 'HeartbeatReply', term, round, last: entryId('1/1') })));
}

test('every turn says when the next one is due', (t) => {
  const n1 = server(1);
  t.is(step(n1, turn()).wakeAt, n1.electionDeadline);
  const { wakeAt } = step(n1, at(n1.electionDeadline));
  t.is(wakeAt, n1.electionDeadline);
  t.true(wakeAt > n1.now);
});

test('nothing happens before a deadline, all that is due at it', (t) => {
  const n1 = server(1);
  step(n1, at(n1.electionDeadline - 0.001));
  t.is(n1.role.name, 'follower');
  step(n1, at(n1.electionDeadline));
  t.is(n1.role.name, 'precandidate');
});

test('what comes in the turn of a deadline is heard first', (t) => {
  const n1 = server(1);
  step(n1, at(n1.electionDeadline, from(2, heartbeat(1, 1))));
  t.like(n1.role, { name: 'follower', leader: 2 });
});

test('time that goes back is taken for standing still', (t) => {
  const n1 = server(1);
  step(n1, at(100));
  step(n1, at(50));
  t.is(n1.now, 100);
});

test('a leader beats every interval', (t) => {
  const n1 = leader(1);
  t.is(step(n1, at(n1.now + 49)).beat, null);
  const { beat, wakeAt } = step(n1, at(n1.now + 1));
  t.like(beat, { kind: 'Heartbeat', round: 2 });
  t.is(wakeAt, n1.now + 50);
});

test('a leader that was held up beats once, not for every interval that it missed', (t) => {
  const n1 = leader(1);
  const { beat } = step(n1, at(n1.now + 500));
  t.like(beat, { round: 2 });
  t.is(step(n1, at(n1.now)).beat, null);
});

test('Q06: a leader stops when a quorum has been silent for the longest election timeout', (t) => {
  const n1 = leader(1, { voters: [1, 2, 3, 4, 5] });
  const begin = n1.now;
  hear(n1, 2, begin + 100);
  hear(n1, 3, begin + 200);
  hear(n1, 4, begin + 300);
  t.is(step(n1, at(begin + 799)).wakeAt, begin + 800);
  t.is(n1.role.name, 'leader');
  step(n1, at(begin + 800));
  t.like(n1, { role: { name: 'follower', leader: null }, hard: { term: 1 } });
});

test('learners do not keep a leader in office', (t) => {
  const n1 = leader(1, { voters: [1, 2, 3], learners: [4] });
  const begin = n1.now;
  hear(n1, 4, begin + 599);
  step(n1, at(begin + 600));
  t.is(n1.role.name, 'follower');
});

test('a lone leader need not hear anybody', (t) => {
  const n1 = leader(1, { voters: [1] });
  step(n1, at(n1.now + 100_000));
  t.is(n1.role.name, 'leader');
});

test('a leader whose disk owes it a write for diskStallMs stops leading', (t) => {
  const n1 = leader(1, { settings: { diskStallMs: 400 } });
  const begin = n1.now;
  propose(n1, 7);
  for (const ms of [100, 200, 300, 390]) hear(n1, 2, begin + ms);
  t.is(n1.role.name, 'leader');
  step(n1, at(begin + 400));
  t.is(n1.role.name, 'follower');
});

test('every write that is done gives the disk the same time again for the next', (t) => {
  const n1 = leader(1, { settings: { diskStallMs: 400 } });
  const begin = n1.now;
  const first = propose(n1, 7);
  const second = propose(n1, 8);
  hear(n1, 2, begin + 300);
  step(n1, at(begin + 390, stored(first)));
  hear(n1, 2, begin + 700);
  t.is(n1.role.name, 'leader');
  step(n1, at(begin + 750, stored(second)));
  hear(n1, 2, begin + 1200);
  hear(n1, 2, begin + 1700);
  t.is(n1.role.name, 'leader', 'the disk owes nothing');
});

test('a server whose disk has stalled does not stand, and stands when its disk has moved', (t) => {
  const n1 = server(1, { settings: { diskStallMs: 200 } });
  const written = step(n1, turn(from(2, heartbeat(4, 1))));
  step(n1, at(n1.electionDeadline));
  t.is(n1.role.name, 'follower');
  t.true(n1.electionDeadline > n1.now, 'it looks again after another timeout');
  step(n1, turn(stored(written)));
  step(n1, at(n1.electionDeadline));
  t.is(n1.role.name, 'precandidate');
});

test('who asked in vain asks again after another timeout, and still has not raised its term', (t) => {
  const n1 = server(1);
  for (let i = 0; i < 5; i += 1) {
    const { free } = step(n1, at(n1.electionDeadline));
    t.deepEqual(
      free.map(({ message }) => message.term),
      [1, 1],
    );
  }
  t.is(n1.hard.term, 0);
});

test('a candidate that wins nothing asks in advance for the next term', (t) => {
  const n1 = server(1);
  step(n1, at(n1.electionDeadline));
  step(n1, turn(from(2, { kind: 'PreVoteReply', term: 1, granted: true })));
  t.is(n1.role.name, 'candidate');
  const { free } = step(n1, at(n1.electionDeadline));
  t.is(n1.role.name, 'precandidate');
  t.like(free[0]?.message, { kind: 'PreVote', term: 2 });
  t.deepEqual(n1.hard, { term: 1, vote: 1 });
});

test('a leader that has stopped waits an election timeout before it asks', (t) => {
  const n1 = leader(1);
  const end = n1.now + 600;
  step(n1, at(end));
  t.is(n1.role.name, 'follower');
  t.true(n1.electionDeadline >= end + 300);
  t.throws(() => office(n1));
});
