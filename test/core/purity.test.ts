import test from 'ava';
import fc from 'fast-check';
import { makeEntry } from '../../lib/core/entry.ts';
import type { Input, Stored } from '../../lib/core/input.ts';
import type { Message } from '../../lib/core/message.ts';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { RaftState } from '../../lib/core/state.ts';
import { tellState } from '../../lib/core/tell.ts';
import { at, leader, type Recovered, server, step } from './servers.ts';

/** Anything that the wire lets through, from anybody, in any order: true or not. */

const term = fc.integer({ min: 1, max: 6 });
const index = fc.integer({ min: 0, max: 8 });
const round = fc.integer({ min: 0, max: 12 });
const granted = fc.boolean();

/** An entry of a log in `below` or an earlier term: nothing is before the first, and term 0 is nothing. */
function entryIn(below: number): fc.Arbitrary<{ index: number; term: number }> {
  return fc
    .record({ index: fc.integer({ min: 1, max: 8 }), term: fc.integer({ min: 1, max: 6 }) })
    .map((id) => (id.term > below ? { index: 0, term: 0 } : id));
}

const message: fc.Arbitrary<Message> = term.chain((term) =>
  fc.oneof(
    fc.record({
      kind: fc.constant('PreVote' as const),
      term: fc.constant(term),
      last: entryIn(term - 1),
    }),
    fc.record({ kind: fc.constant('PreVoteReply' as const), term: fc.constant(term), granted }),
    fc.record({
      kind: fc.constant('RequestVote' as const),
      term: fc.constant(term),
      last: entryIn(term - 1),
    }),
    fc.record({
      kind: fc.constant('RequestVote' as const),
      term: fc.constant(term),
      last: entryIn(term - 1),
      isTransfer: fc.constant(true as const),
    }),
    fc.record({ kind: fc.constant('TimeoutNow' as const), term: fc.constant(term) }),
    fc.record({ kind: fc.constant('RequestVoteReply' as const), term: fc.constant(term), granted }),
    appendEntries(term),
    fc.record({
      kind: fc.constant('AppendEntriesReply' as const),
      term: fc.constant(term),
      result: fc.constant('matched' as const),
      index,
    }),
    fc.record({
      kind: fc.constant('AppendEntriesReply' as const),
      term: fc.constant(term),
      result: fc.constant('conflict' as const),
      rejected: index,
      hint: entryIn(term),
    }),
    fc.record({
      kind: fc.constant('Heartbeat' as const),
      term: fc.constant(term),
      commit: entryIn(term),
      round,
    }),
    fc.record({
      kind: fc.constant('HeartbeatReply' as const),
      term: fc.constant(term),
      last: entryIn(term),
      round,
    }),
  ),
);

function appendEntries(term: number): fc.Arbitrary<Message> {
  return fc
    .record({
      prev: entryIn(term),
      rises: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 4 }),
      commit: index,
    })
    .map(({ prev, rises, commit }) => {
      let at = Math.max(1, prev.term);
      const entries = rises.map((by, i) => {
        at = Math.min(term, at + by);
        return makeEntry(prev.index + 1 + i, at, 'command');
      });
      return { kind: 'AppendEntries', term, prev, entries, commit };
    });
}

const peer = fc.integer({ min: 2, max: 4 });
const token = fc.integer({ min: 1, max: 99 });
const happening: fc.Arbitrary<Input | 'sync'> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('Received' as const), from: peer, message }),
  },
  { weight: 3, arbitrary: fc.constant('sync' as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'Tick' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('Unreachable' as const), peer }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('Asked' as const), tokens: fc.array(token) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('TransferAsked' as const),
      token,
      to: fc.option(peer),
    }),
  },
  {
    weight: 1,
    arbitrary: token.map((one): Input => {
      return { kind: 'Proposed', proposals: [{ token: one, payload: new Uint8Array(one) }] };
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ to: peer, prev: entryIn(6) }).map(({ to, prev }): Input => {
      return { kind: 'Loaded', to, entries: [makeEntry(prev.index + 1, prev.term, 'command')] };
    }),
  },
);
const story = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 400 }), fc.array(happening, { maxLength: 4 })),
  {
    maxLength: 25,
  },
);

const SETUP: Recovered = {
  log: '1 1 2',
  learners: [4],
  tail: 2,
  settings: {
    windowBytesMax: 60,
    uncommittedBytesMax: 300,
    inflightMessagesMax: 2,
    messageBytesMax: 50,
  },
};

/** Lets all of `story` happen to one server. */
function live(
  state: RaftState,
  happened: typeof story extends fc.Arbitrary<infer S> ? S : never,
): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  const owed: Stored[] = [];
  let now = state.now;
  for (const [ms, inputs] of happened) {
    now += ms;
    const given = inputs.flatMap((one): readonly Input[] => {
      return one === 'sync' ? owed.splice(0, 1) : [one];
    });
    const outcome = step(state, at(now, ...given));
    if (outcome.write) owed.push(outcome.write.receipt);
    freeze({ ...outcome, state: null });
    outcomes.push(outcome);
  }
  return outcomes;
}

/** Freezes everything but bytes: whoever edits any of it later throws. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  if (Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
}

function told(outcomes: readonly Outcome[]): string {
  return JSON.stringify(outcomes.map((outcome) => ({ ...outcome, state: null })));
}

for (const [name, born] of [
  ['follower', server],
  ['leader', leader],
] as const) {
  test(`N14: whatever a ${name} is told, it breaks none of its rules and edits nothing it has handed out`, (t) => {
    fc.assert(
      fc.property(story, (happened) => {
        live(born(1, SETUP), happened);
      }),
      { numRuns: 1500 },
    );
    t.pass();
  });

  test(`the same ${name} and the same turns give the same outcomes, byte for byte`, (t) => {
    fc.assert(
      fc.property(story, (happened) => {
        const [one, other] = [born(1, SETUP), born(1, SETUP)];
        t.is(told(live(one, happened)), told(live(other, happened)));
        t.is(tellState(one), tellState(other));
        t.is(one.random, other.random);
      }),
      { numRuns: 300 },
    );
  });
}

test('what was decided stays as it was, whatever happens to the state afterwards', (t) => {
  fc.assert(
    fc.property(story, story, (before, after) => {
      const state = leader(1, SETUP);
      const outcomes = live(state, before);
      const then = told(outcomes);
      live(state, after);
      t.is(told(outcomes), then);
    }),
    { numRuns: 300 },
  );
});
