import test from 'ava';
import type { Outcome } from '../../lib/core/outcome.ts';
import { begin, type RaftState } from '../../lib/core/state.ts';
import type { NodeId } from '../../lib/core/types.ts';
import {
  acknowledge,
  answer,
  at,
  entryId,
  from,
  leader,
  office,
  type Recovered,
  SETTINGS,
  server,
  step,
  turn,
} from './servers.ts';

const { leaseMs, electionMsMin } = SETTINGS;

function ask(state: RaftState, now = state.now): Outcome {
  return step(state, at(now, { kind: 'Asked', tokens: [7], byLease: true }));
}

function reply(state: RaftState, by: NodeId, round = office(state).round): Outcome {
  const { term } = state.hard;
  return step(state, turn(from(by, { kind: 'HeartbeatReply', term, round, last: entryId('1/1') })));
}

/** A leader that has committed its first entry, and whose newest beat is of now. */
function readyLeader(recovered: Recovered = {}): RaftState {
  const n1 = leader(1, recovered);
  acknowledge(n1, 2, 1);
  acknowledge(n1, 3, 1);
  step(n1, at(n1.now + 50));
  return n1;
}

test('what a lease promises is less than the loyalty of voters', (t) => {
  t.true(leaseMs < electionMsMin);
});

test('with a lease a read is served in the turn that it is asked in', (t) => {
  const n1 = readyLeader();
  const sentAt = n1.now;
  reply(n1, 2);
  t.deepEqual(ask(n1, sentAt + leaseMs - 1).readable, [{ tokens: [7], index: 1 }]);
});

test('a lease begins when the beat was sent, not when its answer came', (t) => {
  const n1 = readyLeader();
  const sentAt = n1.now;
  step(n1, at(sentAt + 40));
  reply(n1, 2);
  const { readable, beat } = ask(n1, sentAt + leaseMs);
  t.deepEqual(readable, []);
  t.like(beat, { kind: 'Heartbeat' }, 'without a lease the read takes a round');
});

test('L09: after a pause there is no lease, whatever answers have been waiting', (t) => {
  const n1 = readyLeader();
  const { round } = office(n1);
  const sentAt = n1.now;
  const { term } = n1.hard;
  const waiting = [2, 3].map((id) =>
    from(id, { kind: 'HeartbeatReply', term, round, last: entryId('1/1') }),
  );
  const asked = { kind: 'Asked', tokens: [7], byLease: true } as const;
  t.deepEqual(step(n1, at(sentAt + 500, ...waiting, asked)).readable, []);
});

test('Q06: after a pause an old answer keeps nobody in office', (t) => {
  const n1 = readyLeader();
  const { round } = office(n1);
  const { term } = n1.hard;
  const last = entryId('1/1');
  const now = n1.now + SETTINGS.electionMsMax;
  step(n1, at(now, from(2, { kind: 'HeartbeatReply', term, round, last })));
  t.is(n1.role.name, 'follower');
});

test('an election alone gives no lease: voters are loyal to whom they have heard', (t) => {
  const n1 = leader(1);
  acknowledge(n1, 2, 1);
  t.deepEqual(ask(n1).readable, []);
});

test('there is no lease before an entry of the term is committed', (t) => {
  const n1 = leader(1);
  reply(n1, 2);
  t.deepEqual(ask(n1).readable, []);
  t.deepEqual(acknowledge(n1, 2, 1).readable, [], 'and then a round is needed');
});

test('a minority gives no lease, nor do learners', (t) => {
  const n1 = readyLeader({ voters: [1, 2, 3, 4, 5], learners: [6] });
  const sentAt = n1.now;
  reply(n1, 2);
  reply(n1, 6);
  t.deepEqual(ask(n1, sentAt + 1).readable, []);
});

test('L06: while the configuration changes both quorums give a lease', (t) => {
  const n1 = readyLeader({ voters: [1, 2, 3, 4, 5] });
  const sentAt = n1.now;
  const changes = [2, 3, 4].map((id) => ({ kind: 'remove', id }) as const);
  step(n1, turn({ kind: 'Reconfigured', token: 70, changes }));
  reply(n1, 2);
  reply(n1, 3);
  t.deepEqual(ask(n1).readable, [], 'of those who stay, 5 is missing');
  reply(n1, 5);
  t.deepEqual(ask(n1, sentAt + leaseMs - 1).readable, [{ tokens: [7], index: 1 }]);
});

test('a lone leader always has a lease', (t) => {
  const n1 = leader(1, { voters: [1] });
  t.deepEqual(ask(n1, n1.now + 10_000).readable, [{ tokens: [7], index: 1 }]);
});

test('from the first thought of a transfer there is no lease', (t) => {
  const n1 = readyLeader();
  reply(n1, 2);
  step(n1, turn({ kind: 'TransferAsked', token: 70, to: 3 }));
  t.deepEqual(ask(n1).readable, []);
});

test('a transfer that is given up before anybody was told gives the lease back', (t) => {
  const n1 = readyLeader();
  step(n1, turn({ kind: 'TransferAsked', token: 70, to: 3 }));
  reply(n1, 2);
  step(n1, turn({ kind: 'Unreachable', peer: 3 }));
  t.deepEqual(ask(n1).readable, [{ tokens: [7], index: 1 }]);
});

test('once somebody was told to stand there is no lease in this term, for the word may be late', (t) => {
  const n1 = readyLeader();
  step(n1, turn({ kind: 'TransferAsked', token: 70, to: 3 }));
  reply(n1, 3);
  t.true(office(n1).hasNominated);
  step(n1, turn({ kind: 'Unreachable', peer: 3 }));
  t.is(n1.transfer, null);
  step(n1, at(n1.now + 50));
  reply(n1, 2);
  t.deepEqual(ask(n1).readable, []);
});

test('a server that restarts is as loyal as if it had just heard a leader', (t) => {
  const { id, configurations, settings, hard } = server(3, { term: 4 });
  const boot = { id, configurations, settings, seed: 1, hard, now: 1000 };
  const question = from(2, { kind: 'PreVote', term: 5, last: entryId('0/0') });
  t.like(answer(begin({ ...boot, heardAt: 1000 }), question), { granted: false });
  t.like(answer(begin(boot), question), { granted: true });
  const later = begin({ ...boot, heardAt: 1000 });
  step(later, at(1000 + electionMsMin));
  if (later.role.name === 'follower') t.like(answer(later, question), { granted: true });
});

test('beats that are noted are few, however many reads make', (t) => {
  const n1 = readyLeader();
  for (let i = 0; i < 1000; i += 1) {
    step(n1, at(n1.now + 0.5, { kind: 'Asked', tokens: [i] }));
    reply(n1, 2);
    t.true(office(n1).contact.beats.length <= 1);
  }
  const n2 = readyLeader();
  for (let i = 0; i < 590; i += 1) {
    step(n2, at(n2.now + 1, { kind: 'Asked', tokens: [i] }));
    if (n2.role.name === 'leader') t.true(n2.role.contact.beats.length <= 25);
  }
});
