import test from 'ava';
import type { RaftState } from '../../lib/core/state.ts';
import { tellState } from '../../lib/core/tell.ts';
import type { NodeId } from '../../lib/core/types.ts';
import {
  answer,
  append,
  at,
  entryId,
  from,
  heartbeat,
  leader,
  server,
  stand,
  step,
  timeOut,
  turn,
} from './servers.ts';

test('asking for a vote in advance changes nothing: no term, no vote, no deadline, no leader', (t) => {
  const n1 = server(1, { term: 2 });
  step(n1, turn(from(3, heartbeat(2, 1))));
  const { electionDeadline, hard, role } = n1;
  const asked = from(2, { kind: 'PreVote', term: 9, last: entryId('9/8') });
  const outcome = step(n1, at(290, asked));
  t.is(outcome.write, null);
  t.like(n1, { electionDeadline, hard, role });
});

test('a grant in advance carries the term that was asked for, a refusal our own', (t) => {
  const asked = { kind: 'PreVote', last: entryId('9/8') } as const;
  const n1 = (): ReturnType<typeof server> => server(1, { term: 2 });
  t.deepEqual(answer(n1(), from(2, { ...asked, term: 9 })), {
    kind: 'PreVoteReply',
    term: 9,
    granted: true,
  });
  t.deepEqual(answer(n1(), from(2, { ...asked, term: 2 })), {
    kind: 'PreVoteReply',
    term: 2,
    granted: false,
  });
  t.deepEqual(answer(n1(), from(2, { ...asked, term: 1 })), {
    kind: 'PreVoteReply',
    term: 2,
    granted: false,
  });
});

test('who is refused with a newer term takes it, and asks again from there', (t) => {
  const n1 = server(1, { log: '1 1 1' });
  timeOut(n1);
  step(n1, turn(from(2, { kind: 'PreVoteReply', term: 5, granted: false })));
  t.like(n1, { hard: { term: 5, vote: null }, role: { name: 'follower' } });
  const asked = timeOut(n1);
  t.like(asked.free[0]?.message, { kind: 'PreVote', term: 6 });
});

test('pre-votes for another term, of nobody in particular or after the election do not count', (t) => {
  const n1 = server(1, { term: 3 });
  timeOut(n1);
  step(n1, turn(from(2, { kind: 'PreVoteReply', term: 9, granted: true })));
  step(n1, turn(from(2, { kind: 'PreVoteReply', term: 3, granted: true })));
  step(n1, turn(from(8, { kind: 'PreVoteReply', term: 4, granted: true })));
  t.is(n1.role.name, 'precandidate');
  step(n1, turn(from(2, { kind: 'PreVoteReply', term: 4, granted: true })));
  t.is(n1.role.name, 'candidate');
  step(n1, turn(from(3, { kind: 'PreVoteReply', term: 4, granted: true })));
  t.is(n1.role.name, 'candidate');
});

test('a server that a majority would not have follows again, and waits', (t) => {
  const n1 = server(1);
  timeOut(n1);
  const no = (id: NodeId) => from(id, { kind: 'PreVoteReply', term: 0, granted: false });
  step(n1, turn(no(2), no(3)));
  t.like(n1, { role: { name: 'follower', leader: null }, hard: { term: 0 } });
});

test('who hears a leader takes no notice of a candidate, for the shortest election timeout', (t) => {
  const n1 = server(1, { term: 1 });
  step(n1, at(100, from(3, heartbeat(1, 1))));
  const asked = from(2, { kind: 'RequestVote', term: 2, last: entryId('0/0') });

  const ignored = step(n1, at(399, asked));
  t.deepEqual([ignored.free, ignored.sworn, ignored.write], [[], [], null]);
  t.is(n1.hard.term, 1);

  const heard = step(n1, at(400, asked));
  t.like(heard.sworn[0]?.message, { granted: true, term: 2 });
});

test('the leader itself may ask those who hear it: it has restarted', (t) => {
  const n1 = server(1, { term: 1 });
  step(n1, turn(from(3, heartbeat(1, 1))));
  t.like(answer(n1, from(3, { kind: 'PreVote', term: 2, last: entryId('0/0') })), {
    granted: true,
  });
  t.like(answer(n1, from(3, { kind: 'RequestVote', term: 2, last: entryId('0/0') })), {
    granted: true,
  });
});

test('a leader votes for nobody', (t) => {
  const n1 = leader(1);
  const last = entryId('9/9');
  t.like(answer(n1, from(2, { kind: 'PreVote', term: 9, last })), { granted: false, term: 1 });
  t.is(answer(n1, from(2, { kind: 'RequestVote', term: 9, last })), undefined);
  t.like(n1, { role: { name: 'leader' }, hard: { term: 1 } });
});

const asks = test.macro({
  exec(t, log: string, term: number, end: string) {
    const last = entryId(end);
    const follower = (): RaftState => {
      const n1 = server(1);
      step(n1, turn(from(2, append(term - 1, '0/0', log))));
      return n1;
    };
    t.deepEqual(timeOut(follower()).free[0]?.message, { kind: 'PreVote', term, last });
    t.deepEqual(stand(follower()).sworn.at(-1)?.message, { kind: 'RequestVote', term, last });
  },
  title: (_, log, term, end) =>
    `E15: who was sent [${log}] asks to be voted for in term ${term}, with a log that ends at ${end}`,
});

test(asks, '1', 2, '1/1');
test(asks, '1 2', 3, '2/2');
test(asks, '1 1 4', 6, '3/4');

test('Q15: whoever asks for pre-votes again and again, in whatever term, moves nobody', (t) => {
  const n1 = leader(1);
  const n2 = server(2);
  step(n2, turn(from(1, append(1, '0/0', '1'))));
  for (const state of [n1, n2]) {
    const before = [tellState(state), state.electionDeadline];
    for (let i = 1; i <= 50; i += 1) {
      const asked = { kind: 'PreVote', term: 1000 * i, last: entryId('99/999') } as const;
      const { write } = step(state, turn(from(9, asked)));
      t.is(write, null);
    }
    t.deepEqual([tellState(state), state.electionDeadline], before);
  }
});
