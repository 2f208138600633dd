import test from 'ava';
import { checkState } from '../../lib/core/invariants.ts';
import type { RaftState } from '../../lib/core/state.ts';
import { InvariantViolation } from '../../lib/kit/errors.ts';
import { acknowledge, leader, office, propose, server } from './servers.ts';

/** A leader whose follower 2 has a message in flight. */
function busyLeader(): RaftState {
  const n1 = leader(1);
  acknowledge(n1, 2, 1);
  propose(n1, 7);
  return n1;
}

function progress(state: RaftState) {
  const found = office(state).progress.get(2);
  if (!found) throw new Error('server 2 is a follower');
  return found;
}

const forbids = test.macro({
  exec(t, begin: () => RaftState, spoil: (state: RaftState) => unknown, rule: RegExp) {
    const state = begin();
    t.notThrows(() => checkState(state));
    spoil(state);
    const error = t.throws(() => checkState(state), { instanceOf: InvariantViolation });
    t.regex(error?.message ?? '', rule);
    t.regex(error?.message ?? '', /; but n1 /, 'and shows the state');
  },
  title: (_, _begin, _spoil, rule: RegExp) => `a state is wrong unless ${rule.source}`,
});

const follower = () => server(1, { log: '1 1' });

test(forbids, follower, (s) => Object.assign(s, { commit: 3 }), /commit is at most last/);
test(forbids, follower, (s) => Object.assign(s, { released: 1 }), /released is as far as/);
test(
  forbids,
  follower,
  (s) => Object.assign(s, { hard: { term: 0, vote: null } }),
  /no entry is of a term to come/,
);
test(forbids, follower, (s) => Object.assign(s, { electionDeadline: 0 }), /has a deadline ahead/);
test(
  forbids,
  () => server(1),
  (s) => Object.assign(s, { hard: { term: 0, vote: 2 } }),
  /only a vote of a term/,
);
test(
  forbids,
  busyLeader,
  (s) => Object.assign(s, { hard: { term: 1, vote: 2 } }),
  /has voted for itself/,
);
test(
  forbids,
  busyLeader,
  (s) => Object.assign(s, { hard: { term: 2, vote: 1 } }),
  /an entry of its own term/,
);
test(
  forbids,
  busyLeader,
  (s) => Object.assign(office(s), { uncommittedBytes: 1 }),
  /uncommittedBytes are/,
);
test(
  forbids,
  busyLeader,
  (s) => Object.assign(office(s), { told: 2 }),
  /tells no more than is committed/,
);
test(
  forbids,
  busyLeader,
  (s) => Object.assign(office(s).reads, { attached: { round: 9, index: 1, tokens: [1] } }),
  /attached to a beat that was published/,
);
test(
  forbids,
  () => leader(1, { log: '1' }),
  (s) => Object.assign(office(s).reads, { attached: { round: 1, index: 0, tokens: [1] } }),
  /only once an entry of the term is committed/,
);
test(
  forbids,
  busyLeader,
  (s) => Object.assign(progress(s), { match: 5 }),
  /match is less than next/,
);
test(
  forbids,
  busyLeader,
  (s) => Object.assign(progress(s), { next: 9 }),
  /at most one past the end/,
);
test(
  forbids,
  busyLeader,
  (s) => Object.assign(progress(s), { round: 9 }),
  /nobody answers a beat to come/,
);
test(
  forbids,
  busyLeader,
  (s) => Object.assign(progress(s), { heardAt: 1e9 }),
  /heard in the future/,
);
const TRANSFER = { to: 2, tokens: [], term: 1, until: 1e9, round: 1, isSent: false };
test(
  forbids,
  busyLeader,
  (s) => Object.assign(s, { transfer: { ...TRANSFER, until: 0 } }),
  /a transfer is given up in time/,
);
test(
  forbids,
  busyLeader,
  (s) => Object.assign(s, { transfer: { ...TRANSFER, term: 9 } }),
  /an office that was held/,
);
test(
  forbids,
  busyLeader,
  (s) => Object.assign(s, { transfer: { ...TRANSFER, to: null, isSent: true } }),
  /told to stand has a name/,
);
test(
  forbids,
  busyLeader,
  (s) => Object.assign(s, { transfer: { ...TRANSFER, isSent: true } }),
  /told to stand is remembered/,
);
test(
  forbids,
  busyLeader,
  (s) => Object.assign(office(s).contact, { at: 1e9 }),
  /contact is not of the future/,
);
test(
  forbids,
  busyLeader,
  (s) => void office(s).contact.beats.push({ round: 9, sentAt: 0 }),
  /beats are noted in their order/,
);
test(
  forbids,
  busyLeader,
  (s) => Object.assign(progress(s), { inflightBytes: 1 }),
  /inflightBytes are/,
);
test(
  forbids,
  busyLeader,
  (s) => void progress(s).inflight.push({ last: 1, bytes: 0 }),
  /in flight end after match/,
);
test(
  forbids,
  busyLeader,
  (s) => Object.assign(progress(s), { mode: 'probe' }),
  /nothing else in flight/,
);
test(
  forbids,
  busyLeader,
  (s) => Object.assign(progress(s), { waiting: true }),
  /only a probe waits/,
);
test(
  forbids,
  busyLeader,
  (s) => {
    progress(s).next = 2;
    progress(s).inflight.length = 0;
    progress(s).inflightBytes = 0;
  },
  /lacks entries and has room was sent some/,
);
test(
  forbids,
  () => leader(1, { settings: { inflightMessagesMax: 1 } }),
  (s) => {
    Object.assign(progress(s), { mode: 'replicate', match: 0, next: 2, waiting: false });
    progress(s).inflight.push({ last: 1, bytes: 0 }, { last: 1, bytes: 0 });
  },
  /as many as may be/,
);
