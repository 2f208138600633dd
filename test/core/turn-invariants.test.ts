import test from 'ava';
import { recordBytes } from '../../lib/core/entry.ts';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { RaftState } from '../../lib/core/state.ts';
import { step } from '../../lib/core/step.ts';
import { checkStep, factsOf } from '../../lib/core/turn-invariants.ts';
import {
  acknowledge,
  append,
  entries,
  entryId,
  from,
  leader,
  office,
  server,
  turn,
} from './servers.ts';

const follower = () => server(1, { log: '1 1' });

/** A turn of `state` whose outcome is told wrongly. */
const misleads = test.macro({
  exec(
    t,
    begin: () => RaftState,
    act: (state: RaftState) => Outcome,
    spoil: (outcome: Outcome) => Outcome,
    rule: RegExp,
  ) {
    const state = begin();
    const before = factsOf(state);
    const outcome = act(state);
    t.notThrows(() => checkStep(before, outcome));
    const error = t.throws(() => checkStep(before, spoil(outcome)));
    t.regex(error?.message ?? '', rule);
  },
  title: (_, _begin, _act, _spoil, rule: RegExp) => `a turn is wrong unless ${rule.source}`,
});

const appends = (s: RaftState) => step(s, turn(from(2, append(1, '2/1', '1'))));
const takesEntries = (s: RaftState) => step(s, turn(from(2, append(3, '1/1', '3 3'))));
const votes = (s: RaftState) =>
  step(s, turn(from(2, { kind: 'RequestVote', term: 3, last: entryId('9/2') })));

test(misleads, follower, votes, (o) => ({ ...o, write: null }), /term or vote is written down/);
test(misleads, follower, appends, (o) => ({ ...o, write: null }), /in their turn, to the end/);
test(misleads, follower, takesEntries, (o) => ({ ...o, write: null }), /is not stored yet/);
test(
  misleads,
  follower,
  takesEntries,
  (o) => ({ ...o, write: o.write && { ...o.write, entries: o.write.entries.slice(0, 1) } }),
  /new entries are written down/,
);
test(
  misleads,
  follower,
  takesEntries,
  (o) => ({
    ...o,
    write: o.write && { ...o.write, receipt: { ...o.write.receipt, last: 9 } },
  }),
  /a receipt speaks of the state/,
);
test(misleads, follower, votes, (o) => ({ ...o, free: o.sworn, sworn: [] }), /free mail is free/);
test(
  misleads,
  follower,
  votes,
  (o) => ({ ...o, sworn: o.sworn.map((mail) => ({ ...mail, to: 3 })) }),
  /the vote that is cast/,
);
test(
  misleads,
  follower,
  takesEntries,
  (o) => ({
    ...o,
    sworn: o.sworn.map((mail) => ({
      ...mail,
      message: { kind: 'AppendEntriesReply', term: 3, result: 'matched', index: 9 },
    })),
  }),
  /entries that are in the log/,
);
test(
  misleads,
  follower,
  takesEntries,
  (o) => ({ ...o, release: { install: null, upTo: 1, entries: entries('1') } }),
  /released in order/,
);
test(misleads, follower, votes, (o) => ({ ...o, wakeAt: 0 }), /next turn is due/);
test(
  misleads,
  follower,
  votes,
  (o) => ({ ...o, view: { ...o.view, term: 1 } }),
  /the view shows the state/,
);

/** What must not happen to a state between two turns. */
const forgets = test.macro({
  exec(t, begin: () => RaftState, spoil: (state: RaftState) => unknown, rule: RegExp) {
    const state = begin();
    const before = factsOf(state);
    spoil(state);
    const error = t.throws(() => checkStep(before, step(state, turn())));
    t.regex(error?.message ?? '', rule);
  },
  title: (_, _begin, _spoil, rule: RegExp) => `between two turns ${rule.source}`,
});

const voter = () => server(1, { log: '1 1', term: 4, vote: 2, applied: 1 });

test(
  forgets,
  voter,
  (s) => Object.assign(s, { hard: { term: 3, vote: null } }),
  /the term never falls/,
);
test(forgets, voter, (s) => Object.assign(s, { hard: { term: 4, vote: 3 } }), /a vote stands/);
test(
  forgets,
  voter,
  (s) => Object.assign(s, { hard: { term: 4, vote: null } }),
  /a vote stands as long/,
);
test(
  forgets,
  voter,
  (s) => void Object.assign(s, { commit: 0, released: 0 }),
  /commit never falls/,
);
test(
  forgets,
  () => leader(1, { log: '1 1' }),
  (s) => {
    s.log.splice(entries('2 2', 2), 0);
    Object.assign(office(s), { uncommittedBytes: recordBytes(s.log.held(1, 3)) });
  },
  /a leader only appends to its log/,
);
test(
  forgets,
  () => {
    const n1 = leader(1);
    acknowledge(n1, 2, 1);
    return n1;
  },
  (s) => Object.assign(office(s).progress.get(2) ?? {}, { match: 0 }),
  /no match is taken back/,
);
