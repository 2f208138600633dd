import test from 'ava';
import { tellLog } from '../../lib/core/tell.ts';
import {
  acknowledge,
  append,
  at,
  elect,
  entryId,
  from,
  heartbeat,
  leader,
  office,
  propose,
  saidTo,
  server,
  stand,
  step,
  stored,
  timeOut,
  turn,
} from './servers.ts';

/** The summary of the algorithm, thesis figure 3.1 (figure 2 of the paper), one test a sentence. */

// State

test('the term begins at 0 and increases monotonically (persistent state)', (t) => {
  const n1 = server(1);
  t.is(n1.hard.term, 0);
  step(n1, turn(from(2, heartbeat(4, 1))));
  step(n1, turn(from(3, heartbeat(2, 1))));
  t.is(n1.hard.term, 4);
});

test('a server remembers whom it voted for in the current term, or nobody (persistent state)', (t) => {
  const n1 = server(1);
  t.is(n1.hard.vote, null);
  step(n1, turn(from(2, { kind: 'RequestVote', term: 1, last: entryId('0/0') })));
  t.deepEqual(n1.hard, { term: 1, vote: 2 });
  step(n1, turn(from(3, heartbeat(2, 1))));
  t.deepEqual(n1.hard, { term: 2, vote: null });
});

test('the first index of the log is 1 (persistent state)', (t) => {
  const n1 = leader(1);
  t.is(tellLog(n1.log), '1/1');
});

test('persistent state is on stable storage before RPCs are answered (persistent state)', (t) => {
  const n1 = server(1);
  const { write, free, sworn } = step(
    n1,
    turn(
      from(2, { kind: 'RequestVote', term: 1, last: entryId('0/0') }),
      from(2, append(1, '0/0', '1')),
    ),
  );
  t.like(write, { hard: { term: 1, vote: 2 } });
  t.is(write?.entries.length, 1);
  t.deepEqual(free, []);
  t.deepEqual(
    sworn.map(({ message }) => message.kind),
    ['RequestVoteReply', 'AppendEntriesReply'],
  );
});

test('the commit index begins at 0, or where the state machine is, and only rises (volatile state)', (t) => {
  t.is(server(1, { log: '1 1' }).commit, 0);
  const n1 = server(1, { log: '1 1', applied: 2 });
  step(n1, turn(from(2, heartbeat(1, 1, '1/1'))));
  t.is(n1.commit, 2);
});

test('next begins one past the end of the log, and match at 0 (volatile state on leaders)', (t) => {
  const n1 = server(1, { log: '1 1' });
  elect(n1);
  t.like(office(n1).progress.get(2), { next: 3, match: 0 });
});

// AppendEntries, receiver implementation

test('1. a message of an older term is refused; we answer it with our term (AppendEntries)', (t) => {
  const n1 = server(1, { term: 3 });
  const outcome = step(n1, turn(from(2, append(2, '0/0', '2'))));
  t.like(saidTo(2, outcome)[0], { term: 3 });
  t.is(tellLog(n1.log), '-');
});

test('2. refused if the log has no entry at prev with its term (AppendEntries)', (t) => {
  for (const prev of ['3/1', '2/2']) {
    const outcome = step(server(1, { log: '1 1', term: 3 }), turn(from(2, append(3, prev, '3'))));
    t.like(saidTo(2, outcome)[0], { result: 'conflict' });
  }
});

test('3. an entry that conflicts is deleted with all that follow it (AppendEntries)', (t) => {
  const n1 = server(1, { log: '1 1 2 2', term: 3 });
  step(n1, turn(from(2, append(3, '2/1', '3'))));
  t.is(tellLog(n1.log), '1..2/1 3/3');
});

test('4. entries that are not yet in the log are appended (AppendEntries)', (t) => {
  const n1 = server(1, { log: '1 1', term: 3 });
  step(n1, turn(from(2, append(3, '1/1', '1 3 3'))));
  t.is(tellLog(n1.log), '1..2/1 3..4/3');
});

test('5. commit becomes the lesser of what the leader says and the last new entry (AppendEntries)', (t) => {
  const n1 = server(1, { log: '1 1 1 1', term: 1 });
  step(n1, turn(from(2, append(1, '1/1', '1', 4))));
  t.is(n1.commit, 2);
  step(n1, turn(from(2, append(1, '4/1', '1', 3))));
  t.is(n1.commit, 3);
});

// RequestVote, receiver implementation

test('1. a request of an older term is refused (RequestVote)', (t) => {
  const request = { kind: 'RequestVote', term: 2, last: entryId('9/2') } as const;
  const outcome = step(server(1, { term: 3 }), turn(from(2, request)));
  t.deepEqual(saidTo(2, outcome), [{ kind: 'RequestVoteReply', term: 3, granted: false }]);
});

test('2. a vote that is free goes to a candidate whose log is as up to date (RequestVote)', (t) => {
  const ask = (last: string, vote: number | null) =>
    saidTo(
      2,
      step(
        server(1, { log: '1 2', term: 3, vote }),
        turn(from(2, { kind: 'RequestVote', term: 3, last: entryId(last) })),
      ),
    )[0];
  t.like(ask('2/2', null), { granted: true });
  t.like(ask('2/2', 2), { granted: true });
  t.like(ask('2/2', 3), { granted: false });
  t.like(ask('1/2', null), { granted: false });
});

// Rules for servers: all servers

test('what is committed and not applied is applied (all servers)', (t) => {
  const n1 = server(1, { log: '1 1 1', applied: 1 });
  const { release } = step(n1, turn(from(2, heartbeat(1, 1, '3/1'))));
  t.deepEqual(
    release?.entries.map(({ index }) => index),
    [2, 3],
  );
});

test('a request or answer of a newer term makes a follower of that term (all servers)', (t) => {
  const last = entryId('0/0');
  for (const message of [
    append(9, '0/0', ''),
    heartbeat(9, 1),
    { kind: 'AppendEntriesReply', term: 9, result: 'matched', index: 0 },
    { kind: 'HeartbeatReply', term: 9, round: 1, last },
    { kind: 'RequestVoteReply', term: 9, granted: false },
    { kind: 'PreVoteReply', term: 9, granted: false },
  ] as const) {
    const n1 = leader(1);
    step(n1, turn(from(2, message)));
    t.like(n1, { hard: { term: 9, vote: null }, role: { name: 'follower' } }, message.kind);
  }
});

// Followers

test('a follower answers requests of candidates and leaders (followers)', (t) => {
  const request = { kind: 'RequestVote', term: 1, last: entryId('0/0') } as const;
  t.is(saidTo(2, step(server(1), turn(from(2, request)))).length, 1);
  t.is(saidTo(2, step(server(1), turn(from(2, append(1, '0/0', ''))))).length, 1);
});

test('a follower that hears no leader and grants no vote for a timeout stands (followers)', (t) => {
  const n1 = server(1);
  const heard = n1.electionDeadline - 1;
  step(n1, at(heard, from(2, heartbeat(1, 1))));
  step(n1, at(heard + 299));
  t.is(n1.role.name, 'follower');
  timeOut(n1);
  t.is(n1.role.name, 'precandidate', 'it asks before it stands: thesis §9.6');
});

// Candidates

test('on standing a candidate increments its term, votes for itself and asks all (candidates)', (t) => {
  const n1 = server(1, { term: 4, voters: [1, 2, 3, 4] });
  const { sworn } = stand(n1);
  t.deepEqual(n1.hard, { term: 5, vote: 1 });
  t.deepEqual(
    sworn.map(({ to, message }) => [to, message.kind, message.term]),
    [
      [2, 'RequestVote', 5],
      [3, 'RequestVote', 5],
      [4, 'RequestVote', 5],
    ],
  );
  t.true(n1.electionDeadline >= n1.now + 300, 'and its timer begins anew');
});

test('with votes of a majority a candidate becomes the leader (candidates)', (t) => {
  const n1 = server(1, { voters: [1, 2, 3, 4, 5] });
  step(n1, turn(stored(stand(n1))));
  const vote = { kind: 'RequestVoteReply', term: 1, granted: true } as const;
  step(n1, turn(from(2, vote)));
  t.is(n1.role.name, 'candidate');
  step(n1, turn(from(3, vote)));
  t.is(n1.role.name, 'leader');
});

test('a candidate that hears a new leader becomes a follower (candidates)', (t) => {
  const n1 = server(1);
  stand(n1);
  step(n1, turn(from(2, append(1, '0/0', ''))));
  t.like(n1.role, { name: 'follower', leader: 2 });
});

test('a candidate whose election takes too long begins another (candidates)', (t) => {
  const n1 = server(1);
  stand(n1);
  stand(n1);
  t.like(n1, { hard: { term: 2, vote: 1 }, role: { name: 'candidate' } });
});

// Leaders

test('on election a leader beats at once, and again whenever it is idle (leaders)', (t) => {
  const n1 = server(1);
  t.is(elect(n1).beat?.round, 1);
  t.is(step(n1, at(n1.now + 50)).beat?.round, 2);
});

test("a client's command is appended, and answered when its entry is applied (leaders)", (t) => {
  const n1 = leader(1);
  const proposed = propose(n1, 7);
  t.deepEqual(proposed.accepted, [{ tokens: [7], first: 2, term: 1 }]);
  step(n1, turn(stored(proposed)));
  const { release } = acknowledge(n1, 2, 2);
  t.deepEqual(
    release?.entries.map(({ index }) => index),
    [1, 2],
  );
});

test('a follower that lacks entries is sent those from next on (leaders)', (t) => {
  const n1 = leader(1);
  acknowledge(n1, 2, 1);
  t.like(saidTo(2, propose(n1, 7))[0], { prev: { index: 1, term: 1 } });
});

test('on success next and match move on (leaders)', (t) => {
  const n1 = leader(1);
  acknowledge(n1, 2, 1);
  t.like(office(n1).progress.get(2), { match: 1, next: 2 });
});

test('on an inconsistency next goes back and the leader tries again (leaders)', (t) => {
  const n1 = leader(1, { log: '1 1 1' });
  const hint = entryId('1/1');
  const outcome = step(
    n1,
    turn(from(2, { kind: 'AppendEntriesReply', term: 2, result: 'conflict', rejected: 3, hint })),
  );
  t.like(saidTo(2, outcome)[0], { prev: { index: 1, term: 1 } });
});

test('an index on a majority whose entry is of the current term is committed (leaders)', (t) => {
  const n1 = leader(1, { log: '1 2', voters: [1, 2, 3, 4, 5] });
  acknowledge(n1, 2, 2);
  acknowledge(n1, 3, 2);
  t.is(n1.commit, 0, 'of an earlier term');
  acknowledge(n1, 2, 3);
  t.is(n1.commit, 0, 'on two of five');
  acknowledge(n1, 3, 3);
  t.is(n1.commit, 3);
});
