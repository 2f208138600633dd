import test from 'ava';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { RaftState } from '../../lib/core/state.ts';
import type { NodeId } from '../../lib/core/types.ts';
import {
  acknowledge,
  answer,
  append,
  ask,
  at,
  entryId,
  from,
  heartbeat,
  leader,
  office,
  propose,
  type Recovered,
  reshape,
  saidTo,
  server,
  step,
  stored,
  turn,
} from './servers.ts';

const TOKEN = 70;

function wish(state: RaftState, to: NodeId | null, token = TOKEN): Outcome {
  return step(state, turn({ kind: 'TransferAsked', token, to }));
}

/** `by` answers the newest beat of `state`. */
function reply(state: RaftState, by: NodeId): Outcome {
  const { round } = office(state);
  const { term, last } = { term: state.hard.term, last: state.log.last };
  return step(state, turn(from(by, { kind: 'HeartbeatReply', term, round, last })));
}

/** A leader whose followers hold all that it has, and whose entries are committed. */
function readyLeader(recovered: Recovered = {}): RaftState {
  const n1 = leader(1, recovered);
  for (const id of [2, 3]) acknowledge(n1, id, n1.log.last.index);
  return n1;
}

test('T01: the target holds all and answers: it is told to stand for election, and leads', (t) => {
  const n1 = readyLeader();
  t.like(wish(n1, 2).beat, { round: 2 }, 'a beat of now shows who lives');
  t.deepEqual(saidTo(2, reply(n1, 2)), [{ kind: 'TimeoutNow', term: 1 }]);
  t.deepEqual(saidTo(2, reply(n1, 2)), [], 'once');
  const last = n1.log.last;
  const votes = ask(n1, from(2, { kind: 'RequestVote', term: 2, last, isTransfer: true }));
  t.like(votes, [{ kind: 'RequestVoteReply', term: 2, granted: true }]);
  t.deepEqual(step(n1, turn()).transferred, []);
  const { transferred } = step(n1, turn(from(2, heartbeat(2, 1))));
  t.deepEqual(transferred, [{ tokens: [TOKEN], leader: 2, term: 2 }]);
  t.is(n1.transfer, null);
});

test('T01: whom nobody names is the first voter that is ready', (t) => {
  const n1 = leader(1);
  wish(n1, null);
  reply(n1, 2);
  acknowledge(n1, 3, 1);
  t.deepEqual(saidTo(3, reply(n1, 3)), [{ kind: 'TimeoutNow', term: 1 }]);
});

test('T01: told to stand, a follower does so at once, and says that its leader wants it', (t) => {
  const n2 = server(2, { log: '1' });
  step(n2, turn(from(1, heartbeat(1, 1, '1/1'))));
  const { sworn, free } = step(n2, turn(from(1, { kind: 'TimeoutNow', term: 1 })));
  t.deepEqual(free, []);
  t.like(sworn[0]?.message, { kind: 'RequestVote', term: 2, isTransfer: true });
  t.like(n2, { role: { name: 'candidate' }, hard: { term: 2, vote: 2 } });
});

test('T02: voters that hear a leader vote for whom it wants, and for nobody else', (t) => {
  const n3 = server(3, { log: '1' });
  step(n3, turn(from(1, heartbeat(1, 1, '1/1'))));
  const question = { kind: 'RequestVote', term: 2, last: entryId('1/1') } as const;
  t.is(answer(n3, from(2, question)), undefined);
  t.is(n3.hard.term, 1);
  const wanted = answer(n3, from(2, { ...question, isTransfer: true }));
  t.like(wanted, { kind: 'RequestVoteReply', term: 2, granted: true });
});

test('T02: a vote for whom the leader wants goes to a complete log only', (t) => {
  const n3 = server(3, { log: '1 1' });
  const question = {
    kind: 'RequestVote',
    term: 2,
    last: entryId('1/1'),
    isTransfer: true,
  } as const;
  t.like(answer(n3, from(2, question)), { granted: false });
});

test('T02: loyalty outlives the term: a newer term that is heard of frees nobody', (t) => {
  const n3 = server(3, { log: '1' });
  step(n3, turn(from(1, heartbeat(1, 1, '1/1'))));
  step(n3, turn(from(2, { kind: 'HeartbeatReply', term: 5, round: 0, last: entryId('1/1') })));
  t.is(n3.hard.term, 5);
  const last = entryId('1/1');
  t.like(answer(n3, from(2, { kind: 'PreVote', term: 6, last })), { granted: false });
  t.is(answer(n3, from(2, { kind: 'RequestVote', term: 5, last })), undefined);
  step(n3, at(n3.now + 299));
  t.like(answer(n3, from(2, { kind: 'PreVote', term: 6, last })), { granted: false });
  step(n3, at(n3.now + 1));
  t.like(answer(n3, from(2, { kind: 'PreVote', term: 6, last })), { granted: true });
});

test('T03: a target that is behind is brought up to date first', (t) => {
  const n1 = readyLeader();
  step(n1, turn(stored(propose(n1, 7))));
  acknowledge(n1, 3, 2);
  wish(n1, 2);
  t.deepEqual(saidTo(2, reply(n1, 2)), []);
  t.deepEqual(saidTo(2, acknowledge(n1, 2, 2)), [{ kind: 'TimeoutNow', term: 1 }]);
});

test('T03: what was accepted before is committed first', (t) => {
  const n1 = leader(1, { voters: [1, 2, 3, 4, 5] });
  wish(n1, 2);
  reply(n1, 2);
  t.deepEqual(saidTo(2, acknowledge(n1, 2, 1)), [], 'two of five hold it');
  t.deepEqual(saidTo(2, acknowledge(n1, 3, 1)), [{ kind: 'TimeoutNow', term: 1 }]);
});

test('T05: to itself it is done at once', (t) => {
  const n1 = readyLeader();
  t.deepEqual(wish(n1, 1).transferred, [{ tokens: [TOKEN], leader: 1, term: 1 }]);
  t.is(n1.transfer, null);
});

const noTarget = test.macro({
  exec(t, recovered: Recovered, to: NodeId | null) {
    const n1 = readyLeader(recovered);
    t.like(wish(n1, to).refused, [{ tokens: [TOKEN], reason: 'NotAMember', leader: 1 }]);
    t.is(n1.transfer, null);
    t.is(propose(n1, 7).accepted.length, 1, 'and it leads on');
  },
  title: (name) => `T05: ${name} gets no office`,
});
test('a stranger', noTarget, {}, 9);
test('a learner', noTarget, { learners: [4] }, 4);
test('a voter that is about to leave', noTarget, { voters: [1, 2, 3], outgoing: [1, 2, 4] }, 4);
test('nobody', noTarget, { voters: [1] }, null);

test('T05: who does not lead hands over nothing', (t) => {
  const n2 = server(2);
  step(n2, turn(from(1, heartbeat(1, 1))));
  t.like(wish(n2, 3).refused, [{ tokens: [TOKEN], reason: 'NotLeader', leader: 1 }]);
});

test('T06: after the longest election timeout it is given up, and proposals are taken again', (t) => {
  const n1 = readyLeader();
  const begin = n1.now;
  wish(n1, 2);
  for (const ms of [200, 400, 599]) {
    t.deepEqual(step(n1, at(begin + ms)).refused, []);
    reply(n1, 3);
  }
  t.like(propose(n1, 7).refused, [{ reason: 'Transferring' }]);
  const { refused, wakeAt } = step(n1, at(begin + 600));
  t.like(refused, [{ tokens: [TOKEN], reason: 'NotReady', leader: 1 }]);
  t.true(wakeAt > begin + 600);
  t.is(propose(n1, 8).accepted.length, 1);
});

test('T06: a target that mail does not reach is given up at once', (t) => {
  const n1 = readyLeader();
  wish(n1, 2);
  t.deepEqual(step(n1, turn({ kind: 'Unreachable', peer: 3 })).refused, []);
  t.like(step(n1, turn({ kind: 'Unreachable', peer: 2 })).refused, [{ reason: 'NotReady' }]);
});

test('T06: once the target was told nobody can say that nothing will happen', (t) => {
  const n1 = readyLeader();
  wish(n1, 2);
  reply(n1, 2);
  t.like(step(n1, turn({ kind: 'Unreachable', peer: 2 })).refused, [{ reason: 'TransferUnknown' }]);
});

test('T07: meanwhile proposals are refused, and reads confirmed by a round are served', (t) => {
  const n1 = readyLeader();
  wish(n1, 2);
  t.like(propose(n1, 7).refused, [{ tokens: [7], reason: 'Transferring', leader: 1 }]);
  step(n1, turn({ kind: 'Asked', tokens: [8] }));
  t.like(reply(n1, 3).readable, [{ tokens: [8], index: 1 }]);
});

test('T09: a target that ceases to vote is given up', (t) => {
  const n1 = readyLeader();
  wish(n1, 2);
  reshape(n1, { voters: [1, 3], learners: [2] });
  t.like(step(n1, turn()).refused, [{ tokens: [TOKEN], reason: 'NotAMember' }]);
  t.is(n1.transfer, null);
});

test('T10: the same wish joins the first, and gets no more time', (t) => {
  const n1 = readyLeader();
  const begin = n1.now;
  wish(n1, 2, 70);
  step(n1, at(begin + 300));
  reply(n1, 3);
  wish(n1, 2, 71);
  wish(n1, null, 72);
  t.like(step(n1, at(begin + 600)).refused, [{ tokens: [70, 71, 72], reason: 'NotReady' }]);
});

test('T10: another wish replaces the first', (t) => {
  const n1 = readyLeader();
  wish(n1, 2, 70);
  t.like(wish(n1, 3, 71).refused, [{ tokens: [70], reason: 'TransferReplaced' }]);
  t.deepEqual(saidTo(3, reply(n1, 3)), [{ kind: 'TimeoutNow', term: 1 }]);
});

test('T10: the wish to stay calls off what has not left', (t) => {
  const n1 = readyLeader();
  wish(n1, 2, 70);
  const { refused, transferred } = wish(n1, 1, 71);
  t.like(refused, [{ tokens: [70], reason: 'TransferReplaced' }]);
  t.like(transferred, [{ tokens: [71], leader: 1 }]);
  t.is(propose(n1, 7).accepted.length, 1);
});

const deaf = test.macro({
  exec(t, n2: RaftState, term: number) {
    step(n2, turn(from(1, heartbeat(2, 1))));
    const { sworn, free, write } = step(n2, turn(from(1, { kind: 'TimeoutNow', term })));
    t.deepEqual([sworn, free, write], [[], [], null]);
    t.is(n2.role.name, 'follower');
  },
  title: (name) => name ?? '',
});
test(
  'T11: told to stand, one that was removed does nothing',
  deaf,
  server(2, { voters: [1, 3] }),
  2,
);
test(
  'T11: told to stand, a learner does nothing',
  deaf,
  server(2, { voters: [1, 3], learners: [2] }),
  2,
);
test('T13: told to stand by a leader of a term that is over, nobody does', deaf, server(2), 1);

test('T13: who stands already, or leads, does not begin again', (t) => {
  const n1 = readyLeader();
  t.deepEqual(ask(n1, from(2, { kind: 'TimeoutNow', term: 1 })), []);
  t.is(n1.role.name, 'leader');
});

test('another that is elected instead leaves open whether the target will be', (t) => {
  const n1 = readyLeader();
  wish(n1, 2);
  reply(n1, 2);
  const { refused } = step(n1, turn(from(3, heartbeat(2, 1))));
  t.like(refused, [{ tokens: [TOKEN], reason: 'TransferUnknown', leader: 3 }]);
});

test('a leader that is deposed before it has told anybody to stand says who leads', (t) => {
  const n1 = readyLeader();
  wish(n1, 2);
  const { refused } = step(n1, turn(from(3, append(2, '1/1'))));
  t.like(refused, [{ tokens: [TOKEN], reason: 'NotLeader', leader: 3 }]);
});

test('a server that led and hears of no other leader gives up when the time is up', (t) => {
  const n1 = readyLeader();
  const begin = n1.now;
  wish(n1, 2);
  reply(n1, 2);
  const last = n1.log.last;
  step(n1, turn(from(2, { kind: 'RequestVote', term: 2, last, isTransfer: true })));
  t.deepEqual(step(n1, at(begin + 599)).refused, []);
  t.like(step(n1, at(begin + 600)).refused, [{ reason: 'TransferUnknown' }]);
});
