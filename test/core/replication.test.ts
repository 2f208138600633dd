import test from 'ava';
import type { Entry } from '../../lib/core/entry.ts';
import type { Input } from '../../lib/core/input.ts';
import type { Message } from '../../lib/core/message.ts';
import type { RaftState } from '../../lib/core/state.ts';
import {
  acknowledge,
  at,
  entries,
  entryId,
  from,
  leader,
  office,
  propose,
  saidTo,
  step,
  stored,
  turn,
} from './servers.ts';

/** Server 2 answers the newest beat of `state` a whole interval later. */
function answer(state: RaftState, last: string): readonly Message[] {
  const { term } = state.hard;
  const { round } = office(state);
  const reply = { kind: 'HeartbeatReply', term, round, last: entryId(last) } as const;
  return saidTo(2, step(state, at(state.now + 50, from(2, reply))));
}

test('R27 R29: a lost acknowledgement is asked for again by an empty message after all that was sent', (t) => {
  const n1 = leader(1);
  acknowledge(n1, 2, 1);
  step(n1, turn(stored(propose(n1, 7))));

  const [asked, ...rest] = answer(n1, '2/1');

  t.deepEqual(rest, []);
  t.like(asked, { kind: 'AppendEntries', prev: { index: 2, term: 1 }, entries: [] });
  t.is(office(n1).progress.get(2)?.inflight.length, 1, 'it takes no room of the window');
  acknowledge(n1, 2, 2);
  t.is(n1.commit, 2);
});

test('a probe to an unreachable server stays where it is: nothing is certain yet', (t) => {
  const n1 = leader(1, { log: '1 1 1 1 1' });
  const { next } = office(n1).progress.get(2) ?? {};

  step(n1, at(n1.now, { kind: 'Unreachable', peer: 2 }));

  t.is(next, 6);
  t.like(office(n1).progress.get(2), { mode: 'probe', next: 6, waiting: true });
});

/** A leader of eight entries with only the last few in memory, whose follower 2 lacks them all. */
function forgetfulLeader(): RaftState {
  const n1 = leader(1, { log: '1 1 1 1 1 1 1', tail: 2 });
  const hint = entryId('0/0');
  const term = 2;
  step(
    n1,
    turn(from(2, { kind: 'AppendEntriesReply', term, result: 'conflict', rejected: 7, hint })),
  );
  return n1;
}

function loaded(...all: readonly Entry[]): Input {
  return { kind: 'Loaded', to: 2, entries: all };
}

test('what memory no longer holds is asked for once, and sent when it is there', (t) => {
  const n1 = leader(1, { log: '1 1 1 1 1 1 1', tail: 2 });
  const { term } = n1.hard;
  const hint = entryId('0/0');
  const refused = from(2, {
    kind: 'AppendEntriesReply',
    term,
    result: 'conflict',
    rejected: 7,
    hint,
  });
  const { loads, free } = step(n1, turn(refused));
  t.deepEqual(loads, [{ to: 2, from: 1, bytesMax: n1.settings.messageBytesMax }]);
  t.deepEqual(free, []);
  t.deepEqual(propose(n1, 7).loads, [], 'while it is read nothing else is asked for');

  const sent = saidTo(2, step(n1, turn(loaded(...entries('1 1 1')))));
  t.like(sent[0], { kind: 'AppendEntries', prev: { index: 0, term: 0 } });
  t.is(sent.length, 1);
});

const drops = test.macro({
  exec(t, all: readonly Entry[]) {
    const n1 = forgetfulLeader();
    const outcome = step(n1, turn(loaded(...all)));
    t.deepEqual(saidTo(2, outcome), []);
    t.is(outcome.loads.length, 1, 'what is needed is asked for again');
  },
  title: (what) => `${what} that were read back are not sent`,
});

test('entries of another place', drops, entries('1 1', 3));
test('entries that were replaced meanwhile', drops, entries('9 9'));
test('no entries', drops, []);

test('what was read for a follower that is out of reach by now is not sent', (t) => {
  const n1 = forgetfulLeader();
  const outcome = step(n1, turn({ kind: 'Unreachable', peer: 2 }, loaded(...entries('1 1 1'))));
  t.deepEqual(saidTo(2, outcome), []);
  t.deepEqual(outcome.loads, []);
});

test('a follower that has caught up is sent nothing until there is something new', (t) => {
  const n1 = leader(1);
  t.deepEqual(saidTo(2, acknowledge(n1, 2, 1)), []);
  t.is(saidTo(2, propose(n1, 7)).length, 1);
});

test('answers within an interval of the last message say nothing about mail that was lost', (t) => {
  const n1 = leader(1);
  acknowledge(n1, 2, 1);
  propose(n1, 7);
  const { round } = office(n1);
  const reply = { kind: 'HeartbeatReply', term: 1, round, last: entryId('1/1') } as const;
  t.deepEqual(saidTo(2, step(n1, at(n1.now + 49, from(2, reply)))), []);
  const sent = saidTo(2, step(n1, at(n1.now + 1, from(2, reply))));
  t.like(sent[0], { kind: 'AppendEntries', prev: { index: 1, term: 1 } });
});
