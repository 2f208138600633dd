import test from 'ava';
import type { Input } from '../../lib/core/input.ts';
import type { RaftState } from '../../lib/core/state.ts';
import { remember, tellWhy } from '../../lib/core/why.ts';
import {
  acknowledge,
  append,
  at,
  from,
  heartbeat,
  leader,
  propose,
  server,
  stand,
  step,
  stored,
} from './servers.ts';

/** One turn, and why it came out as it did. */
function why(state: RaftState, now: number, ...inputs: readonly Input[]): readonly string[] {
  const turn = at(Math.max(now, state.now), ...inputs);
  const before = remember(state);
  return tellWhy(before, turn, step(state, turn));
}

const vote = (term: number, index: number, of: number): Input =>
  from(2, { kind: 'RequestVote', term, last: { index, term: of } });
const preVote = (term: number, index: number, of: number): Input =>
  from(2, { kind: 'PreVote', term, last: { index, term: of } });

const CASES: readonly (readonly [string, () => readonly string[], readonly RegExp[]])[] = [
  ['a quiet turn', () => why(server(1), 0), []],
  [
    'a deadline that passes',
    () => why(server(1), 5000),
    [/^the election deadline passed \d+\.\d ms ago and no leader was heard: .* \(§9\.6\)$/],
  ],
  [
    'a vote that is granted',
    () => why(server(1, { log: '1 1' }), 0, vote(2, 2, 1)),
    [/^term 2 is newer than 1/, /^n2 gets its vote: its log, up to 2\/1, .* ours, up to 2\/1 \(§3/],
  ],
  [
    'a vote for a log that is behind',
    () => why(server(1, { log: '1 2' }), 0, vote(3, 9, 1)),
    [/^term 3 /, /^n2 gets no vote: its log ends with 9\/1, ours with 2\/2 \(§3\.6\.1\)$/],
  ],
  [
    'a vote that another has',
    () => why(server(1, { term: 3, vote: 3 }), 0, vote(3, 0, 0)),
    [/^n2 gets no vote: n3 has the one of term 3 \(§3\.4\)$/],
  ],
  [
    'a vote of a term that is over',
    () => why(server(1, { term: 3 }), 0, vote(2, 0, 0)),
    [/^n2 gets no vote: it asks for term 2, and this is term 3/],
  ],
  [
    'a pre-vote while a leader leads',
    () => why(leader(1), 0, preVote(9, 9, 8)),
    [/^n2 gets no pre-vote: a leader is heard/],
  ],
  [
    'an election that is won',
    () => {
      const state = server(1);
      const term = 1;
      step(state, at(0, stored(stand(state))));
      return why(state, 0, from(2, { kind: 'RequestVoteReply', term, granted: true }));
    },
    [/^a quorum voted for it in term 1/, /^beat 1 tells everybody who leads/],
  ],
  [
    'a leader that is heard',
    () => why(server(1), 0, from(2, heartbeat(4, 1))),
    [/^term 4 is newer than 0, and n2 is in it \(Heartbeat/, /^n2 leads term 4/],
  ],
  [
    'a log that parts from the leader’s',
    () => why(server(1, { log: '1 1' }), 0, from(2, append(2, '5/2'))),
    [
      /^term 2/,
      /^n2 leads/,
      /^n2 is told of a conflict: the entry 5 .* 2\/1 may be common \(§3\.5\)$/,
    ],
  ],
  [
    'entries that are replaced',
    () => why(server(1, { log: '1 1' }), 0, from(2, append(2, '1/1', '2'))),
    [/^term 2/, /^n2 leads/, /replaced by the leader's \(§3\.5\)$/],
  ],
  [
    'a commit by counting',
    () => {
      const state = leader(1);
      return why(
        state,
        0,
        from(2, { kind: 'AppendEntriesReply', term: 1, result: 'matched', index: 1 }),
      );
    },
    [
      /^committed up to 1: a quorum has it on disk, .* \(n1=1 n2=1 n3=0; §3\.6\.2\)$/,
      /^released up to 1: /,
    ],
  ],
  [
    'a command at the wrong server',
    () =>
      why(server(1), 0, { kind: 'Proposed', proposals: [{ token: 1, payload: Buffer.alloc(1) }] }),
    [/^1 requests are refused: no leader is known$/],
  ],
  [
    'a read that is confirmed',
    () => {
      const state = leader(1);
      acknowledge(state, 2, 1);
      propose(state, 1);
      step(state, at(state.now, { kind: 'Asked', tokens: [7] }));
      const round = state.role.name === 'leader' ? state.role.round : 0;
      const reply = {
        kind: 'HeartbeatReply',
        term: 1,
        round,
        last: { index: 1, term: 1 },
      } as const;
      return why(state, 0, from(2, reply));
    },
    [/^1 reads may be served at 1: /],
  ],
  [
    'a leader that nobody answers',
    () => why(leader(1), 60_000),
    [/^a quorum has not answered for 600\.0 ms: .* \(check-quorum, §6\.2\)$/],
  ],
];

for (const [name, happen, expected] of CASES) {
  test(`it says why: ${name}`, (t) => {
    const told = happen();
    t.is(told.length, expected.length, told.join('\n'));
    expected.forEach((pattern, i) => {
      t.regex(told[i] ?? '', pattern);
    });
  });
}
