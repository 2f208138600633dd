import test from 'ava';
import type { Message } from '../../lib/core/message.ts';
import type { RaftState } from '../../lib/core/state.ts';
import { tellState } from '../../lib/core/tell.ts';
import { snapshot } from './of-snapshots.ts';
import {
  append,
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

/** A newer term makes a follower of everybody; an older one makes nothing of anybody. */

type RoleName = RaftState['role']['name'];

/** Server 1 in `role`, after a log of `log`; a candidate or leader is in the next term. */
function inRole(role: RoleName, log = ''): RaftState {
  if (role === 'leader') return leader(1, { log });
  const n1 = server(1, { log });
  if (role === 'precandidate') timeOut(n1);
  if (role === 'candidate') stand(n1);
  return n1;
}

const follows = test.macro({
  exec(t, role: RoleName, term: number) {
    const n1 = inRole(role);
    const isNews = n1.hard.term < term;
    const { write, free, sworn } = step(n1, turn(from(2, append(term, '0/0', '1'))));
    t.like(n1.role, { name: 'follower', leader: 2 });
    t.deepEqual(n1.hard, { term, vote: isNews ? null : 1 });
    t.is(write?.hard?.term, isNews ? term : undefined);
    t.deepEqual(free, [], 'nothing is said that does not wait for the write');
    t.is(sworn.at(-1)?.message.term, term);
  },
  title: (_, role, term) =>
    `E05 E11: a ${role} of an earlier term, or none, follows a leader of term ${term}`,
});

test(follows, 'follower', 1);
test(follows, 'follower', 7);
test(follows, 'precandidate', 1);
test(follows, 'candidate', 1);
test(follows, 'candidate', 2);
test(follows, 'candidate', 7);
test(follows, 'leader', 2);
test(follows, 'leader', 7);

const ORIGIN = entryId('0/0');
/** All but the refusal of a pre-vote: it is of the voter's own term, which may be behind. */
const OLD: readonly Message[] = [
  { kind: 'PreVote', term: 1, last: ORIGIN },
  { kind: 'PreVoteReply', term: 1, granted: true },
  { kind: 'RequestVote', term: 1, last: ORIGIN },
  { kind: 'RequestVoteReply', term: 1, granted: true },
  append(1, '0/0', '1 1', 2),
  heartbeat(1, 9, '1/1'),
  { kind: 'AppendEntriesReply', term: 1, result: 'matched', index: 1 },
  { kind: 'AppendEntriesReply', term: 1, result: 'conflict', rejected: 1, hint: ORIGIN },
  { kind: 'HeartbeatReply', term: 1, round: 1, last: ORIGIN },
  {
    kind: 'InstallSnapshot',
    term: 1,
    snapshot: snapshot('9/1'),
    offset: 0,
    chunk: Buffer.alloc(1),
  },
  {
    kind: 'InstallSnapshotReply',
    term: 1,
    index: 9,
    checksum: 7,
    offset: 0,
    granted: 100,
    result: 'continue',
  },
];

for (const role of ['follower', 'precandidate', 'candidate', 'leader'] as const) {
  test(`E06: a ${role} makes nothing of messages of a former term, and answers with its own`, (t) => {
    for (const message of OLD) {
      const n1 = inRole(role, '2');
      const { term } = n1.hard;
      const before = tellState(n1);
      const outcome = step(n1, turn(from(2, message)));
      const said = [...outcome.free, ...outcome.sworn];
      t.is(outcome.write, null, message.kind);
      t.deepEqual(outcome.shipments, [], message.kind);
      t.true(said.every(({ to, message: m }) => to === 2 && m.term === term));
      t.true(said.length <= 1);
      t.is(tellState(n1), before, message.kind);
    }
  });
}
