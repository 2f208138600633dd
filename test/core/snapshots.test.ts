import test from 'ava';
import type { Input } from '../../lib/core/input.ts';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { RaftState } from '../../lib/core/state.ts';
import { tellLog } from '../../lib/core/tell.ts';
import { fetched, taken } from './of-snapshots.ts';
import {
  acknowledge,
  append,
  at,
  entryId,
  from,
  leader,
  office,
  propose,
  type Recovered,
  SETTINGS,
  saidTo,
  server,
  step,
  turn,
} from './servers.ts';

function delivered(to: number, index: number, ok: boolean, term = 2): Input {
  return { kind: 'Delivered', to, term, index, ok };
}

/** A leader of term 2 that has committed all and let go of `base` entries; 2 has them, 3 has nothing. */
function compacted(end: string, recovered: Recovered = {}): RaftState {
  const n1 = leader(1, { log: '1 1 1 1 1', ...recovered });
  acknowledge(n1, 2, 6);
  step(n1, turn(taken(end)));
  return n1;
}

/** Server 3 refuses entries because it has none. */
function isEmpty(n1: RaftState): Outcome {
  const { next } = office(n1).progress.get(3) ?? { next: 0 };
  const hint = { index: 0, term: 0 };
  return step(
    n1,
    turn(
      from(3, {
        kind: 'AppendEntriesReply',
        term: n1.hard.term,
        result: 'conflict',
        rejected: next - 1,
        hint,
      }),
    ),
  );
}

function sent({ shipments }: Outcome): readonly string[] {
  return shipments.map((one) =>
    one.kind === 'send' ? `${one.snapshot.index} to ${one.to}, ${one.attempt}` : one.kind,
  );
}

test('the log lets go of what a durable snapshot stands for, but for a tail', (t) => {
  const n1 = leader(1, { log: '1 1 1 1 1', settings: { keepEntries: 2 } });
  acknowledge(n1, 2, 6);
  const outcome = step(n1, turn(taken('5/1')));
  t.deepEqual(outcome.compact, entryId('3/1'));
  t.is(tellLog(n1.log), '4..5/1 6/2');
  t.is(outcome.view.first, 4);
  t.is(outcome.view.snapshot, 5);
  t.is(step(n1, turn(taken('4/1'))).compact, null, 'an older snapshot tells nothing new');
});

test('a log lets go of nothing that is not applied from it yet', (t) => {
  const n2 = server(2, { log: '1 1 1', term: 1 });
  step(n2, turn(from(1, append(1, '3/1'))));
  const outcome = step(n2, turn(fetched('3/1')));
  t.is(outcome.release?.upTo, 3);
  t.is(outcome.compact, null);
  t.deepEqual(step(n2, turn()).compact, entryId('3/1'), 'once it is released');
});

test('S10: a follower that lacks what the log has let go of is sent the snapshot, and then the rest', (t) => {
  const n1 = compacted('5/1');
  t.deepEqual(sent(isEmpty(n1)), ['5 to 3, 1']);
  t.deepEqual(saidTo(3, propose(n1, 7)), [], 'nothing but the snapshot is sent to it meanwhile');
  const outcome = acknowledge(n1, 3, 5);
  t.like(saidTo(3, outcome)[0], { kind: 'AppendEntries', prev: entryId('5/1') });
  t.like(office(n1).progress.get(3), { mode: 'replicate', match: 5, pending: 0 });
});

test('S10: whoever holds the last entry that was let go of needs no snapshot, and one before it does', (t) => {
  const holds = compacted('5/1');
  t.like(saidTo(3, acknowledge(holds, 3, 5))[0], { prev: entryId('5/1') });
  const lacks = compacted('5/1');
  t.deepEqual(sent(acknowledge(lacks, 3, 4)), ['5 to 3, 1']);
});

test('S08: after a snapshot that ends where the log ends the follower is in step at once', (t) => {
  const n1 = compacted('6/2');
  isEmpty(n1);
  const outcome = acknowledge(n1, 3, 6);
  t.deepEqual(saidTo(3, outcome), []);
  t.like(office(n1).progress.get(3), { mode: 'replicate', match: 6, next: 7 });
  t.like(saidTo(3, propose(n1, 1))[0], { kind: 'AppendEntries', prev: entryId('6/2') });
});

test('S09: a follower that acknowledges less than the snapshot is in step if the log goes on from there', (t) => {
  const n1 = compacted('6/2', { settings: { keepEntries: 1 } });
  isEmpty(n1);
  t.like(office(n1).progress.get(3), { mode: 'snapshot', pending: 6 });
  acknowledge(n1, 3, 4);
  t.like(office(n1).progress.get(3), { mode: 'snapshot', match: 4 }, 'the log begins after 5');
  acknowledge(n1, 3, 5);
  t.like(office(n1).progress.get(3), { mode: 'replicate', match: 5 });
});

test('S14: a snapshot that has arrived is followed by a question after it, one that is lost by another', (t) => {
  const ok = compacted('5/1');
  isEmpty(ok);
  const outcome = step(ok, turn(delivered(3, 5, true)));
  t.like(saidTo(3, outcome)[0], { kind: 'AppendEntries', prev: entryId('5/1') });
  t.like(office(ok).progress.get(3), { mode: 'probe', next: 6 });

  const lost = compacted('5/1');
  isEmpty(lost);
  const gone = step(lost, turn(delivered(3, 5, false)));
  t.deepEqual(sent(gone), [], 'not before it has given a sign of life');
  const { round } = office(lost);
  const alive = step(
    lost,
    at(lost.now + 50, from(3, { kind: 'HeartbeatReply', term: 2, round, last: entryId('0/0') })),
  );
  t.deepEqual(sent(alive), ['5 to 3, 2']);
});

test('S14: what ends a transfer of another snapshot or another term means nothing', (t) => {
  const n1 = compacted('5/1');
  isEmpty(n1);
  step(n1, turn(delivered(3, 4, true), delivered(3, 5, true, 1), delivered(2, 5, true)));
  t.like(office(n1).progress.get(3), { mode: 'snapshot', pending: 5 });
});

test('S14: a link that is down does not end a transfer: what has arrived is not sent again', (t) => {
  const n1 = compacted('5/1');
  isEmpty(n1);
  t.deepEqual(sent(step(n1, turn({ kind: 'Unreachable', peer: 3 }))), []);
  t.like(office(n1).progress.get(3), { mode: 'snapshot', pending: 5 });
});

test('S19: a learner without anything is sent the snapshot, although nothing is written', (t) => {
  const n1 = leader(1, { log: '1 1 1', voters: [1, 2], learners: [3] });
  acknowledge(n1, 2, 4);
  step(n1, turn(taken('4/2')));
  t.is(tellLog(n1.log), '-');
  t.deepEqual(sent(isEmpty(n1)), ['4 to 3, 1']);
});

test('S25: a follower that is behind by less than the tail is served by the log', (t) => {
  const n1 = compacted('5/1', { settings: { keepEntries: 3 } });
  const outcome = step(
    n1,
    turn(
      from(3, {
        kind: 'AppendEntriesReply',
        term: 2,
        result: 'conflict',
        rejected: 5,
        hint: entryId('2/1'),
      }),
    ),
  );
  t.like(saidTo(3, outcome)[0], { kind: 'AppendEntries', prev: entryId('2/1') });
  t.deepEqual(sent(outcome), []);
});

test('the log keeps what follows a snapshot that is on its way, as long as the follower is heard', (t) => {
  const n1 = compacted('5/1');
  isEmpty(n1);
  propose(n1, 1, 2, 3);
  step(n1, turn({ kind: 'Stored', term: 2, last: 9, epoch: n1.log.epoch }));
  acknowledge(n1, 2, 9);
  t.is(step(n1, turn(taken('9/2'))).compact, null);
  const since = n1.now;
  let outcome = step(n1, at(since));
  while (outcome.compact === null && n1.now < since + 2 * SETTINGS.electionMsMax) {
    const { round } = office(n1);
    const reply = { kind: 'HeartbeatReply', term: 2, round, last: entryId('9/2') } as const;
    step(n1, turn(from(2, reply)));
    outcome = step(n1, at(n1.now + SETTINGS.heartbeatMs));
  }
  t.true(n1.now >= since + SETTINGS.electionMsMax);
  t.deepEqual(outcome.compact, entryId('9/2'), 'whoever is silent holds up nothing');
  t.deepEqual(sent(outcome), ['9 to 3, 2'], 'and gets the newer one instead');
});
