import test from 'ava';
import type { Message } from '../../lib/core/message.ts';
import type { RaftState } from '../../lib/core/state.ts';
import {
  acknowledge,
  at,
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

test('a lost acknowledgement is asked for again by an empty message after all that was sent', (t) => {
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
