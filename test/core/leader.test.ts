import test from 'ava';
import { tellLog } from '../../lib/core/tell.ts';
import {
  acknowledge,
  at,
  elect,
  entries,
  entryId,
  from,
  leader,
  office,
  propose,
  saidTo,
  server,
  stand,
  step,
  stored,
  turn,
} from './servers.ts';

test('a new leader opens its term with an entry of its own, and guesses that all have its log', (t) => {
  const n1 = server(1, { log: '1 1 2' });
  const won = elect(n1);
  t.is(tellLog(n1.log), '1..2/1 3/2 4/3');
  t.deepEqual(
    won.write?.entries.map(({ index, kind }) => [index, kind]),
    [[4, 'noop']],
  );
  t.like(saidTo(2, won)[0], { kind: 'AppendEntries', term: 3, prev: { index: 3, term: 2 } });
  t.like(office(n1).progress.get(2), { mode: 'probe', match: 0, next: 4, waiting: true });
});

test('learners get the log as well', (t) => {
  const n1 = leader(1, { voters: [1, 2], learners: [4] });
  t.deepEqual([...office(n1).progress.keys()], [2, 4]);
});

test('R11: a command is stored and sent in the turn in which it was proposed', (t) => {
  const n1 = leader(1);
  acknowledge(n1, 2, 1);
  acknowledge(n1, 3, 1);
  const { write, free, accepted } = propose(n1, 70, 71);
  t.deepEqual(accepted, [{ tokens: [70, 71], first: 2, term: 1 }]);
  t.deepEqual(
    write?.entries.map(({ index, term }) => [index, term]),
    [
      [2, 1],
      [3, 1],
    ],
  );
  t.deepEqual(
    free.map(({ to }) => to),
    [2, 3],
  );
  t.like(free[0]?.message, { kind: 'AppendEntries', prev: { index: 1, term: 1 }, commit: 1 });
  t.is(n1.commit, 1);
});

test('followers that need the same entries get the very same array', (t) => {
  const n1 = leader(1);
  acknowledge(n1, 2, 1);
  acknowledge(n1, 3, 1);
  const [a, b] = propose(n1, 70).free.map(({ message: m }) => m);
  t.true(a?.kind === 'AppendEntries' && b?.kind === 'AppendEntries' && a.entries === b.entries);
});

test('acknowledging what was never sent is an alarm, and counts for nothing', (t) => {
  const n1 = leader(1);
  const { alarms } = acknowledge(n1, 2, 99);
  t.regex(alarms[0] ?? '', /server 2 acknowledges index 99, which was never sent/);
  t.is(n1.commit, 0);
});

test('answering a beat that was never published is an alarm, and confirms nothing', (t) => {
  const n1 = leader(1);
  const last = entryId('1/1');
  const { alarms } = step(n1, turn(from(2, { kind: 'HeartbeatReply', term: 1, round: 9, last })));
  t.regex(alarms[0] ?? '', /server 2 answers beat 9, which was never published/);
  t.is(office(n1).progress.get(2)?.round, 0);
});

test('E30: nobody but followers of this cluster is heard', (t) => {
  const n1 = leader(1);
  const before = [...office(n1).progress.values()].map(({ heardAt }) => heardAt);
  step(n1, turn(from(9, { kind: 'AppendEntriesReply', term: 1, result: 'matched', index: 1 })));
  step(n1, turn(from(9, { kind: 'HeartbeatReply', term: 1, round: 1, last: entryId('1/1') })));
  t.is(n1.commit, 0);
  t.deepEqual(
    [...office(n1).progress.values()].map(({ heardAt }) => heardAt),
    before,
  );
});

test('R23: answers to a former term are not heard, of a later one depose', (t) => {
  const last = entryId('1/1');
  const hint = entryId('0/0');
  for (const reply of [
    { kind: 'AppendEntriesReply', result: 'matched', index: 1 },
    { kind: 'AppendEntriesReply', result: 'conflict', rejected: 1, hint },
    { kind: 'HeartbeatReply', round: 1, last },
    { kind: 'RequestVoteReply', granted: false },
    { kind: 'PreVoteReply', granted: false },
  ] as const) {
    const n1 = leader(1, { log: '1 1' });
    const { term } = n1.hard;
    const progress = JSON.stringify(office(n1).progress.get(2));
    step(n1, turn(from(2, { ...reply, term: term - 1 })));
    t.is(JSON.stringify(office(n1).progress.get(2)), progress, reply.kind);
    const deposed = step(n1, turn(from(2, { ...reply, term: term + 1 })));
    t.like(n1.role, { name: 'follower', leader: null }, reply.kind);
    t.deepEqual(deposed.write?.hard, { term: term + 1, vote: null });
  }
});

test('a refused probe is followed at once by one where the logs may meet', (t) => {
  const n1 = leader(1, { log: '1 1 1 5 5', term: 5 });
  const conflict = {
    kind: 'AppendEntriesReply',
    term: 6,
    result: 'conflict',
    rejected: 5,
    hint: entryId('5/4'),
  } as const;
  const outcome = step(n1, turn(from(2, conflict)));
  t.like(saidTo(2, outcome)[0], { kind: 'AppendEntries', prev: { index: 3, term: 1 } });
  t.deepEqual(
    saidTo(2, outcome).map((m) => (m.kind === 'AppendEntries' ? m.entries.length : 0)),
    [3],
  );
});

test('a backlog goes in as many messages as it takes, and no more than may be in flight', (t) => {
  const n1 = leader(1, { settings: { messageBytesMax: 60, inflightMessagesMax: 3 } });
  acknowledge(n1, 2, 1);
  const sent = saidTo(2, propose(n1, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  t.is(sent.length, 3);
  t.deepEqual(
    sent.map((m) => (m.kind === 'AppendEntries' ? m.prev.index : 0)),
    [1, 3, 5],
  );
  const next = saidTo(2, acknowledge(n1, 2, 3));
  t.deepEqual(
    next.map((m) => (m.kind === 'AppendEntries' ? m.prev.index : 0)),
    [7],
  );
});

test('mail to a server out of reach is not tried again until it gives a sign of life', (t) => {
  const n1 = leader(1);
  acknowledge(n1, 2, 1);
  propose(n1, 7);
  step(n1, turn({ kind: 'Unreachable', peer: 2 }));
  t.like(office(n1).progress.get(2), { mode: 'probe', next: 2, waiting: true });
  t.deepEqual(saidTo(2, propose(n1, 8)), []);

  const { round } = office(n1);
  const reply = { kind: 'HeartbeatReply', term: 1, round, last: entryId('1/1') } as const;
  const outcome = step(n1, at(n1.now + 50, from(2, reply)));
  t.like(saidTo(2, outcome)[0], { kind: 'AppendEntries', prev: { index: 1, term: 1 } });
});

test('only a leader minds who is out of reach or what was read back', (t) => {
  const n1 = server(1);
  const outcome = step(
    n1,
    turn({ kind: 'Unreachable', peer: 2 }, { kind: 'Loaded', to: 2, entries: entries('1') }),
  );
  t.deepEqual([outcome.free, outcome.sworn, outcome.write], [[], [], null]);
});

test('a whole leadership in one turn leaves a true record', (t) => {
  const n1 = server(1);
  step(n1, turn(stored(stand(n1))));
  const outcome = step(
    n1,
    turn(
      from(2, { kind: 'RequestVoteReply', term: 1, granted: true }),
      from(2, { kind: 'HeartbeatReply', term: 4, round: 0, last: entryId('0/0') }),
    ),
  );
  t.is(n1.role.name, 'follower');
  t.deepEqual(outcome.write?.hard, { term: 4, vote: null });
  t.deepEqual(
    outcome.write?.entries.map(({ term }) => term),
    [1],
  );
  t.deepEqual(outcome.free, [], 'it never spoke as a leader');
});
