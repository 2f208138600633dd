import test from 'ava';
import { tellLog, tellState } from '../../lib/core/tell.ts';
import {
  append,
  at,
  entryId,
  from,
  heartbeat,
  leader,
  saidTo,
  server,
  step,
  stored,
  turn,
} from './servers.ts';

const TERM = 9;

test('an acknowledgement is a promise: it waits for the entries to be stored', (t) => {
  const n2 = server(2, { term: 3, log: '1 1 3' });

  const { write, free, sworn } = step(n2, turn(from(1, append(3, '3/3', '3 3'))));

  t.deepEqual(
    write?.entries.map(({ index }) => index),
    [4, 5],
  );
  t.deepEqual(free, []);
  t.like(sworn[0], { to: 1, message: { kind: 'AppendEntriesReply', result: 'matched', index: 5 } });
});

const accepts = test.macro({
  exec(t, log: string, prev: string, news: string, result: string, matched: number) {
    const n2 = server(2, { log, term: TERM });
    const { sworn } = step(n2, turn(from(1, append(TERM, prev, news))));
    t.is(tellLog(n2.log), tellLog(server(2, { log: result, term: TERM }).log));
    t.like(sworn[0]?.message, { result: 'matched', index: matched });
  },
  title: (_, log, prev, news, result, matched) =>
    `R15: [${log}] takes [${news}] after ${prev}, has [${result}] and acknowledges ${matched}`,
});

test(accepts, '', '0/0', '', '', 0);
test(accepts, '', '0/0', '1', '1', 1);
test(accepts, '1 2', '0/0', '', '1 2', 0);
test(accepts, '1 2', '1/1', '', '1 2', 1);
test(accepts, '1 2', '2/2', '3', '1 2 3', 3);
test(accepts, '1 1 1', '0/0', '1', '1 1 1', 1);
test(accepts, '1 1 1', '1/1', '1', '1 1 1', 2);
test(accepts, '1 1 1', '1/1', '1 1 1', '1 1 1 1', 4);
test(accepts, '1 1 1', '1/1', '2', '1 2', 2);
test(accepts, '1 1 2 2 2', '2/1', '', '1 1 2 2 2', 2);
test(accepts, '1 1 2 2 2', '1/1', '1 3', '1 1 3', 3);

const refuses = test.macro({
  exec(t, log: string, prev: string, hint: string) {
    const n2 = server(2, { term: TERM, log });
    const { write, sworn } = step(n2, turn(from(1, append(TERM, prev, String(TERM)))));
    t.is(write, null);
    t.is(tellLog(n2.log), tellLog(server(2, { log }).log), 'a refusal replaces nothing');
    t.deepEqual(sworn[0]?.message, {
      kind: 'AppendEntriesReply',
      term: TERM,
      result: 'conflict',
      rejected: entryId(prev).index,
      hint: entryId(hint),
    });
  },
  title: (_, log, prev, hint) =>
    `R15 N08: [${log}] asked to attach after ${prev} points back to ${hint}`,
});

test(refuses, '1 1', '4/4', '2/1');
test(refuses, '1 1 5 5', '4/4', '2/1');
test(refuses, '1 2', '2/1', '1/1');
test(refuses, '1 2', '3/3', '2/2');
test(refuses, '2 2', '2/1', '0/0');
test(refuses, '', '1/1', '0/0');
test(refuses, '1 1', '999999999/4', '2/1');
test(refuses, '1 1 1 2 2 2 3 3 3', '9/6', '9/3');
test(refuses, '1 1 1 4 4 4 4', '7/5', '7/4');

test('R30: the same entries again are acknowledged again, and not written again', (t) => {
  const n2 = server(2, { term: 1 });
  const first = step(n2, turn(from(1, append(1, '0/0', '1 1 1 1 1', 4))));
  const again = step(n2, turn(from(1, append(1, '0/0', '1 1 1 1 1', 4))));
  t.is(again.write, null);
  t.deepEqual(again.sworn, first.sworn);
  t.deepEqual(again.free, [], 'it waits for the write that is under way');
  const older = step(n2, turn(from(1, append(1, '0/0', '1 1 1', 2))));
  t.like(older.sworn[0]?.message, { index: 3 });
  t.is(n2.log.last.index, 5, 'entries that an older message does not name stay');
  t.is(n2.commit, 4, 'and so does what is committed');
});

const commits = test.macro({
  exec(t, log: string, prev: string, news: string, told: number, commit: number) {
    const n2 = server(2, { log, term: TERM });
    step(n2, turn(from(1, append(TERM, prev, news, told))));
    t.is(n2.commit, commit);
  },
  title: (_, log, prev, news, told, commit) =>
    `R14 N08: [${log}] that gets [${news}] after ${prev} with commit ${told} commits ${commit}`,
});

test(commits, '', '0/0', '1 1', 1, 1);
test(commits, '', '0/0', '1 1', 2, 2);
test(commits, '', '0/0', '1 1', 7, 2);
test(commits, '1 1', '0/0', '1', 7, 1);
test(commits, '1 1 1', '1/1', '', 3, 1);
test(commits, '1 1 1', '3/1', '', 2, 2);
test(commits, '1 1 1 2 2', '3/1', '', 5, 3);
test(commits, '1', '3/3', '3', 3, 0);

test('a follower never un-commits', (t) => {
  const n2 = server(2, { log: '1 1 1', applied: 2 });
  step(n2, turn(from(1, append(1, '3/1', '', 1)), from(1, heartbeat(1, 1, '1/1'))));
  t.is(n2.commit, 2);
});

test('whoever would replace what is committed gets no answer, and the operator an alarm', (t) => {
  const n2 = server(2, { log: '1 1 1', applied: 2, term: 2 });
  const { alarms, sworn, write } = step(n2, turn(from(1, append(2, '1/1', '2'))));
  t.is(alarms.length, 1);
  t.regex(alarms[0] ?? '', /server 1 would replace committed entries after index 1/);
  t.deepEqual([sworn, write], [[], null]);
  t.is(tellLog(n2.log), '1..3/1');
});

const beats = test.macro({
  exec(t, log: string, told: string, commit: number) {
    const n2 = server(2, { log, term: TERM });
    const { write, free, sworn } = step(n2, turn(from(1, heartbeat(TERM, 5, told))));
    t.is(n2.commit, commit);
    t.is(write, null);
    t.deepEqual(sworn, []);
    t.like(free[0]?.message, { kind: 'HeartbeatReply', term: TERM, round: 5, last: n2.log.last });
  },
  title: (_, log, told, commit) =>
    `[${log}] that hears that ${told} is committed commits ${commit}`,
});

test(beats, '1 1 2', '3/2', 3);
test(beats, '1 1 2', '2/1', 2);
test(beats, '1 1 2', '2/2', 0);
test(beats, '1 1 2', '3/3', 0);
test(beats, '1 1', '3/1', 0);
test(beats, '1 1 2', '0/0', 0);

test('R14: entries are released for applying when they are committed and stored, whichever comes last', (t) => {
  const n2 = server(2, { term: 1 });
  const got = step(n2, turn(from(1, append(1, '0/0', '1 1', 1))));
  t.is(n2.commit, 1);
  t.is(got.release, null, 'not stored');
  const synced = step(n2, turn(stored(got)));
  t.is(synced.release?.upTo, 1);
  const told = step(n2, turn(from(1, heartbeat(1, 1, '2/1'))));
  t.deepEqual(
    told.release?.entries.map(({ index }) => index),
    [2],
  );
});

test('what memory no longer holds is released without its entries', (t) => {
  const n2 = server(2, { log: '1 1 1 1', tail: 1 });
  const { release } = step(n2, turn(from(1, heartbeat(1, 1, '4/1'))));
  t.is(release?.upTo, 4);
  t.deepEqual(
    release?.entries.map(({ index }) => index),
    [4],
  );
});

test('hearing the leader puts off the election, each time', (t) => {
  for (const message of [heartbeat(1, 1), append(1, '0/0', '1'), append(1, '5/1', '1')]) {
    const n2 = server(2, { term: 1 });
    step(n2, at(100, from(1, message)));
    t.true(n2.electionDeadline >= 400, message.kind);
    step(n2, at(390, from(1, message)));
    t.true(n2.electionDeadline >= 690, `${message.kind} again`);
  }
});

test('a leader of an older term is told ours, and puts nothing off', (t) => {
  for (const message of [heartbeat(4, 1), append(4, '0/0', '1')]) {
    const n2 = server(2, { term: 5, log: '1 5' });
    const { electionDeadline } = n2;
    const outcome = step(n2, at(100, from(1, message)));
    t.deepEqual(saidTo(1, outcome), [
      { kind: 'HeartbeatReply', term: 5, round: 0, last: entryId('2/5') },
    ]);
    t.is(outcome.write, null);
    t.like(n2, { electionDeadline, role: { name: 'follower', leader: null } });
    t.is(tellLog(n2.log), '1/1 2/5');
  }
});

for (const message of [append(1, '0/0', '1'), heartbeat(1, 5, '0/0')]) {
  test(`N06: there is one leader in a term: a ${message.kind} of another is an alarm, and does nothing`, (t) => {
    const n2 = server(2, { term: 1 });
    step(n2, turn(from(1, heartbeat(1, 1))));
    for (const [state, id] of [
      [n2, 1],
      [leader(2), 2],
    ] as const) {
      const before = tellState(state);
      const { alarms, free, sworn, write } = step(state, turn(from(3, message)));
      t.deepEqual(alarms, [`server 3 claims to lead term 1, which server ${id} leads`]);
      t.deepEqual([free, sworn, write], [[], [], null]);
      t.is(tellState(state), before);
    }
  });
}

test('acknowledgements in one turn of two terms are each of their own', (t) => {
  const n2 = server(2, { term: 1 });
  const { write, sworn } = step(
    n2,
    turn(from(1, append(1, '0/0', '1 1')), from(3, append(2, '1/1', '2'))),
  );
  t.deepEqual(
    sworn.map(({ to, message }) => [to, message.term]),
    [
      [1, 1],
      [3, 2],
    ],
  );
  t.deepEqual(
    write?.entries.map(({ index, term }) => [index, term]),
    [
      [1, 1],
      [2, 2],
    ],
  );
  t.deepEqual(write?.hard, { term: 2, vote: null });
});
