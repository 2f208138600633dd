import test from 'ava';
import type { NodeId } from '../../lib/core/types.ts';
import {
  answer,
  append,
  at,
  elect,
  entryId,
  from,
  reshape,
  server,
  stand,
  step,
  stored,
  timeOut,
  turn,
} from './servers.ts';

const comesTo = test.macro({
  exec(t, size: number, votes: string, role: string) {
    const voters = Array.from({ length: size }, (_, i) => i + 1);
    const n1 = server(1, { voters });
    step(n1, turn(stored(stand(n1))));
    for (const [i, vote] of [...votes].entries()) {
      if (n1.role.name !== 'candidate') break;
      if (vote === '-') continue;
      const granted = vote === 'y';
      step(n1, turn(from(i + 2, { kind: 'RequestVoteReply', term: 1, granted })));
    }
    t.is(n1.role.name, role as typeof n1.role.name);
    t.is(n1.hard.term, 1);
    t.is(n1.hard.vote, 1);
  },
  title: (_, size, votes, role) =>
    `E09: of ${size}, a candidate that hears '${votes}' is a ${role}`,
});

test(comesTo, 1, '', 'leader');
test(comesTo, 3, 'yy', 'leader');
test(comesTo, 3, 'y', 'leader');
test(comesTo, 5, 'yy', 'leader');
test(comesTo, 5, 'yyyy', 'leader');
test(comesTo, 3, 'nn', 'follower');
test(comesTo, 5, 'nnnn', 'follower');
test(comesTo, 5, 'ynnn', 'follower');
test(comesTo, 3, '', 'candidate');
test(comesTo, 5, 'y', 'candidate');
test(comesTo, 5, 'nn', 'candidate');
test(comesTo, 5, 'y--', 'candidate');
test(comesTo, 5, '', 'candidate');

test('a vote counts once, however often it comes', (t) => {
  const n1 = server(1, { voters: [1, 2, 3, 4, 5] });
  step(n1, turn(stored(stand(n1))));
  const vote = from(2, { kind: 'RequestVoteReply', term: 1, granted: true });
  step(n1, turn(vote, vote, vote));
  t.is(n1.role.name, 'candidate');
});

test("a candidate's own vote counts when it is on disk, like anybody's", (t) => {
  const n1 = server(1);
  const stood = stand(n1);
  t.is(n1.role.name, 'candidate');
  t.like(stood.write, { hard: { term: 1, vote: 1 } });
  t.deepEqual(stood.free, []);
  t.deepEqual(
    stood.sworn.map(({ to, message }) => [to, message.kind]),
    [
      [2, 'RequestVote'],
      [3, 'RequestVote'],
    ],
  );
  step(n1, turn(from(2, { kind: 'RequestVoteReply', term: 1, granted: true })));
  t.is(n1.role.name, 'candidate', 'one of three, so far');
  step(n1, turn(stored(stood)));
  t.is(n1.role.name, 'leader');
});

const votes = test.macro({
  exec(t, vote: NodeId | null, candidate: NodeId, granted: boolean) {
    const n1 = server(1, { term: 1, vote });
    const outcome = step(
      n1,
      turn(from(candidate, { kind: 'RequestVote', term: 1, last: entryId('0/0') })),
    );
    t.deepEqual(outcome.sworn[0]?.message, { kind: 'RequestVoteReply', term: 1, granted });
    t.is(outcome.write !== null, granted && vote === null, 'the same vote is not written twice');
    t.is(n1.hard.vote, vote ?? candidate);
  },
  title: (_, vote, candidate, granted) =>
    `E10: who voted for ${vote ?? 'nobody'} in a term ${granted ? 'votes' : 'does not vote'} for ${candidate} in it`,
});

test(votes, null, 2, true);
test(votes, null, 3, true);
test(votes, 2, 2, true);
test(votes, 3, 3, true);
test(votes, 2, 3, false);
test(votes, 3, 2, false);

const compares = test.macro({
  exec(t, log: string, last: string, granted: boolean) {
    const asked = { term: 3, last: entryId(last) };
    t.like(answer(server(1, { log, term: 2 }), from(2, { kind: 'RequestVote', ...asked })), {
      granted,
    });
    t.like(answer(server(1, { log, term: 2 }), from(2, { kind: 'PreVote', ...asked })), {
      granted,
    });
  },
  title: (_, log, last, granted) =>
    `E14: a voter with [${log}] ${granted ? 'votes' : 'does not vote'} for a log that ends at ${last}`,
});

test(compares, '1', '1/1', true);
test(compares, '1', '2/1', true);
test(compares, '1 1', '1/1', false);
test(compares, '1', '1/2', true);
test(compares, '1', '2/2', true);
test(compares, '1 1', '1/2', true);
test(compares, '2', '1/1', false);
test(compares, '2', '2/1', false);
test(compares, '2 2', '1/1', false);
test(compares, '', '0/0', true);
test(compares, '1', '0/0', false);

test('a request of an older term is refused with ours, and spends no vote', (t) => {
  const n1 = server(1, { term: 5 });
  const last = entryId('9/4');
  t.deepEqual(answer(n1, from(2, { kind: 'RequestVote', term: 4, last })), {
    kind: 'RequestVoteReply',
    term: 5,
    granted: false,
  });
  t.deepEqual(n1.hard, { term: 5, vote: null });
});

test('a candidate and one who asks do vote for a newer term', (t) => {
  const asked = from(2, { kind: 'RequestVote', term: 9, last: entryId('0/0') });
  const candidate = server(1);
  stand(candidate);
  t.like(answer(candidate, asked), { granted: true });
  const asking = server(1);
  timeOut(asking);
  t.like(answer(asking, asked), { granted: true });
  t.is(asking.role.name, 'follower');
});

test('who grants a vote waits for its candidate to win', (t) => {
  const n1 = server(1);
  const now = n1.electionDeadline - 1;
  step(n1, at(now, from(2, { kind: 'RequestVote', term: 1, last: entryId('0/0') })));
  t.true(n1.electionDeadline >= now + n1.settings.electionMsMin);
});

test('who refuses a vote does not wait any longer for that', (t) => {
  const n1 = server(1, { log: '1 1' });
  const { electionDeadline } = n1;
  step(
    n1,
    at(electionDeadline - 1, from(2, { kind: 'RequestVote', term: 7, last: entryId('0/0') })),
  );
  t.is(n1.hard.term, 7);
  t.is(n1.electionDeadline, electionDeadline);
});

test('giving way in the same term keeps the vote, in a newer one there is a new vote', (t) => {
  const n1 = server(1);
  stand(n1);
  step(n1, turn(from(2, append(1, '0/0', '1'))));
  t.deepEqual(n1.hard, { term: 1, vote: 1 });
  t.like(answer(n1, from(3, { kind: 'RequestVote', term: 1, last: entryId('5/5') })), {
    granted: false,
  });
  step(n1, turn(from(2, append(2, '0/0', '1'))));
  t.deepEqual(n1.hard, { term: 2, vote: null });
});

test("a late write of a candidate's vote counts for nothing once it has given way", (t) => {
  const n1 = server(1, { voters: [1], learners: [2] });
  const stood = timeOut(n1);
  step(n1, turn(from(2, append(1, '0/0', '1'))));
  step(n1, turn(stored(stood)));
  t.like(n1.role, { name: 'follower', leader: 2 });
});

test('votes of a term that is over are ignored, and tell nobody anything', (t) => {
  const n1 = server(1);
  stand(n1);
  step(n1, turn(stored(stand(n1))));
  t.is(n1.hard.term, 2);
  step(n1, turn(from(2, { kind: 'RequestVoteReply', term: 1, granted: true })));
  t.is(n1.role.name, 'candidate');
});

test('E30: a vote of a stranger does not count', (t) => {
  const n1 = server(1, { voters: [1, 2, 3, 4, 5] });
  step(n1, turn(stored(stand(n1))));
  const vote = { kind: 'RequestVoteReply', term: 1, granted: true } as const;
  step(n1, turn(from(2, vote), from(8, vote), from(9, vote)));
  t.is(n1.role.name, 'candidate');
});

test('Q07: who is no voter in its own configuration follows and votes, but never stands', (t) => {
  const n2 = server(2, { voters: [1, 3] });
  step(n2, turn(from(1, append(1, '0/0', '1'))));
  t.like(n2.role, { name: 'follower', leader: 1 });
  for (let i = 0; i < 5; i += 1) t.deepEqual(timeOut(n2).free, []);
  t.is(n2.role.name, 'follower');
  t.like(answer(n2, from(3, { kind: 'RequestVote', term: 2, last: entryId('1/1') })), {
    granted: true,
  });
});

test('E23: a learner never stands; promoted, it can win', (t) => {
  const n2 = server(2, { voters: [1], learners: [2] });
  for (let i = 0; i < 4; i += 1) t.deepEqual(timeOut(n2).free, []);
  t.is(n2.role.name, 'follower');
  t.true(n2.electionDeadline > n2.now);
  reshape(n2, { voters: [2], learners: [] });
  step(n2, turn(stored(timeOut(n2))));
  t.is(n2.role.name, 'leader');
});

test('learners vote when asked: their configuration may be old', (t) => {
  const n4 = server(4, { learners: [4] });
  t.like(answer(n4, from(1, { kind: 'RequestVote', term: 1, last: entryId('0/0') })), {
    granted: true,
  });
});

test('E19: a lone voter stands at once, and leads when its vote is on disk', (t) => {
  const n1 = server(1, { voters: [1] });
  const stood = timeOut(n1);
  t.is(n1.role.name, 'candidate');
  const won = step(n1, turn(stored(stood)));
  t.is(n1.role.name, 'leader');
  t.is(n1.commit, 0);
  step(n1, turn(stored(won)));
  t.is(n1.commit, 1);
});

test('election timeouts are spread over their whole range, also for neighbouring seeds', (t) => {
  const waits = Array.from({ length: 1000 }, (_, i) => server(1, { seed: i + 1 }).electionDeadline);
  t.true(waits.every((ms) => ms >= 300 && ms < 600));
  for (let low = 300; low < 600; low += 30) {
    const part = waits.filter((ms) => ms >= low && ms < low + 30).length;
    t.true(part > 60 && part < 140, `${part} of 1000 wait ${low} to ${low + 30} ms`);
  }
});

test('E13: five servers rarely time out within the same tenth of the range', (t) => {
  let collisions = 0;
  for (let round = 0; round < 1000; round += 1) {
    const waits = [1, 2, 3, 4, 5].map(
      (id) => server(id, { seed: round * 5 + id }).electionDeadline,
    );
    const tenths = waits.map((ms) => Math.floor((ms - 300) / 30)).sort((a, b) => a - b);
    if (tenths[0] === tenths[1]) collisions += 1;
  }
  t.true(collisions < 300, `${collisions} of 1000 rounds`);
});

test('who has won tells everybody at once', (t) => {
  const won = elect(server(1, { log: '1' }));
  t.like(won.beat, { kind: 'Heartbeat', term: 2, round: 1 });
  t.deepEqual(
    won.free.map(({ to, message }) => [to, message.kind]),
    [
      [2, 'AppendEntries'],
      [3, 'AppendEntries'],
    ],
  );
  t.is(won.view.role, 'leader');
  t.is(won.view.leader, 1);
});
