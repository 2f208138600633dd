import test from 'ava';
import { tellInput, tellLog, tellMessage, tellOutcome, tellState } from '../../lib/core/tell.ts';
import {
  append,
  elect,
  entries,
  entryId,
  from,
  heartbeat,
  leader,
  propose,
  server,
  stand,
  step,
  timeOut,
  turn,
} from './servers.ts';

const tells = test.macro({
  exec: (t, told: string, text: string) => t.is(told, text),
  title: (_, _told: string, text: string) => text,
});

const last = entryId('3/2');
const kind = 'AppendEntriesReply';

test(tells, tellMessage({ kind: 'PreVote', term: 3, last }), 'PreVote term=3 last=3/2');
test(
  tells,
  tellMessage({ kind: 'PreVoteReply', term: 3, granted: true }),
  'PreVoteReply term=3 granted',
);
test(tells, tellMessage({ kind: 'RequestVote', term: 3, last }), 'RequestVote term=3 last=3/2');
test(
  tells,
  tellMessage({ kind: 'RequestVoteReply', term: 3, granted: false }),
  'RequestVoteReply term=3 refused',
);
test(
  tells,
  tellMessage(append(3, '2/1', '1 1 2 3', 5)),
  'AppendEntries term=3 prev=2/1 entries=3..4/1 5/2 6/3 commit=5',
);
test(tells, tellMessage(append(3, '2/1')), 'AppendEntries term=3 prev=2/1 entries=- commit=0');
test(
  tells,
  tellMessage({ kind, term: 3, result: 'matched', index: 4 }),
  'AppendEntriesReply term=3 matched=4',
);
test(
  tells,
  tellMessage({ kind, term: 3, result: 'conflict', rejected: 4, hint: last }),
  'AppendEntriesReply term=3 conflict=4 hint=3/2',
);
test(tells, tellMessage(heartbeat(3, 7, '3/2')), 'Heartbeat term=3 round=7 commit=3/2');
test(
  tells,
  tellMessage({ kind: 'HeartbeatReply', term: 3, round: 7, last }),
  'HeartbeatReply term=3 round=7 last=3/2',
);

test(tells, tellInput({ kind: 'Tick' }), 'Tick');
test(
  tells,
  tellInput(from(2, heartbeat(3, 7))),
  'Received from=n2 Heartbeat term=3 round=7 commit=0/0',
);
test(
  tells,
  tellInput({ kind: 'Proposed', proposals: [{ token: 8, payload: new Uint8Array(1) }] }),
  'Proposed tokens=8',
);
test(tells, tellInput({ kind: 'Asked', tokens: [8, 9] }), 'Asked tokens=8,9');
test(
  tells,
  tellInput({ kind: 'Stored', term: 3, last: 4, epoch: 1 }),
  'Stored term=3 last=4 epoch=1',
);
test(
  tells,
  tellInput({ kind: 'Loaded', to: 2, entries: entries('1 1') }),
  'Loaded for=n2 entries=1..2/1',
);
test(tells, tellInput({ kind: 'Unreachable', peer: 2 }), 'Unreachable peer=n2');

test(tells, tellLog(server(1, { log: '1 1 4 5 5 5' }).log), '1..2/1 3/4 4..6/5');
test(tells, tellLog(server(1).log), '-');

test('a state is told in one line, whatever its role', (t) => {
  const n1 = server(1, { log: '1 1' });
  t.is(tellState(n1), 'n1 follower term=1 vote=nobody log=1..2/1 commit=0');
  step(n1, turn(from(2, heartbeat(1, 1, '2/1'))));
  t.is(tellState(n1), 'n1 follower of n2 term=1 vote=nobody log=1..2/1 commit=2');
  timeOut(n1);
  t.is(tellState(n1), 'n1 precandidate(n1:yes) term=1 vote=nobody log=1..2/1 commit=2');
  stand(n1);
  t.is(tellState(n1), 'n1 candidate term=2 vote=n1 log=1..2/1 commit=2');
  elect(n1);
  t.is(
    tellState(n1),
    'n1 leader term=3 vote=n1 log=1..2/1 3/3 commit=2 stored=2 round=1' +
      ' | n2 probe match=0 next=3 waiting | n3 probe match=0 next=3 waiting',
  );
  step(n1, turn({ kind: 'Asked', tokens: [7] }));
  t.regex(tellState(n1), / round=1 waiting=7 \| /);
});

test('an outcome is told one line a decision', (t) => {
  const n1 = leader(1, { voters: [1, 2] });
  t.deepEqual(tellOutcome(propose(n1, 5)), ['write entries=2/1', 'accept tokens=5 first=2/1']);
  t.deepEqual(tellOutcome(step(n1, turn(from(2, heartbeat(4, 1))))), [
    'write term=4 vote=nobody entries=-',
    'free n2 HeartbeatReply term=4 round=1 last=2/1',
  ]);
  t.deepEqual(tellOutcome(step(n1, turn({ kind: 'Asked', tokens: [6] }))), [
    'refuse tokens=6 NotLeader leader=n2',
  ]);
  t.deepEqual(tellOutcome(step(n1, turn())), []);
});
