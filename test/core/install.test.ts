import test from 'ava';
import { votersOnly } from '../../lib/core/quorum.ts';
import { tellLog, tellOutcome } from '../../lib/core/tell.ts';
import { fetched, snapshot } from './of-snapshots.ts';
import {
  append,
  at,
  entryId,
  from,
  heartbeat,
  leader,
  saidTo,
  server,
  step,
  stored,
  turn,
} from './servers.ts';

test('a chunk of the leader is a word of the leader: it ends a candidacy and puts off an election', (t) => {
  const n2 = server(2, { log: '1', term: 1 });
  step(n2, at(n2.electionDeadline));
  const deadline = n2.electionDeadline;
  const message = {
    kind: 'InstallSnapshot',
    term: 1,
    snapshot: snapshot('5/1'),
    offset: 0,
    chunk: new Uint8Array(3),
  } as const;
  const outcome = step(n2, at(n2.now + 1, from(1, message)));
  t.like(outcome.view, { role: 'follower', leader: 1 });
  t.deepEqual(outcome.shipments, [{ kind: 'chunk', from: 1, message }]);
  t.not(n2.electionDeadline, deadline);
  const older = step(server(2, { term: 4 }), turn(from(1, message)));
  t.deepEqual(older.shipments, [], 'a leader of an older term is told so instead');
  t.like(saidTo(1, older)[0], { kind: 'HeartbeatReply', term: 4 });
});

test('S12: a log that parts from a snapshot is replaced as a whole, and its configuration with it', (t) => {
  const n2 = server(2, { log: '1 1 2 2 2', term: 3 });
  step(n2, turn(from(1, heartbeat(3, 1))));
  const epoch = n2.log.epoch;
  const other = { ...votersOnly([1, 2]), learners: [4] };
  const outcome = step(n2, turn(fetched('4/3', other)));
  t.is(tellLog(n2.log), '-');
  t.deepEqual(n2.log.last, entryId('4/3'));
  t.is(n2.log.epoch, epoch + 1);
  t.deepEqual(n2.configuration, other);
  t.deepEqual(outcome.write?.base, entryId('4/3'));
  t.like(outcome.release, { upTo: 4, entries: [], install: { index: 4 } });
  t.like(outcome.sworn[0], { to: 1, message: { result: 'matched', index: 4 } });
  t.deepEqual(tellOutcome(outcome), [
    'write base=4/3 entries=-',
    'sworn n1 AppendEntriesReply term=3 matched=4',
    'release to=4 entries=- install=4/3',
  ]);
  const next = step(n2, turn(from(1, append(3, '4/3', '3 3', 5))));
  t.like(saidTo(1, next)[0], { result: 'matched', index: 6 });
});

test('S11: a log that holds the last entry of a snapshot goes on, and is only told what is committed', (t) => {
  const n2 = server(2, { log: '1 1 2 2 2', term: 2 });
  step(n2, turn(from(1, heartbeat(2, 1))));
  const outcome = step(n2, turn(fetched('4/2')));
  t.is(n2.log.last.index, 5);
  t.is(outcome.write, null);
  t.like(outcome.release, { upTo: 4, install: null });
  t.is(n2.commit, 4);
});

test('S11: a snapshot of less than is committed changes nothing', (t) => {
  const n2 = server(2, { log: '1 1 2 2 2', term: 2 });
  step(n2, turn(from(1, append(2, '5/2', '', 4))));
  for (const end of ['2/1', '4/2']) {
    const outcome = step(n2, turn(fetched(end)));
    t.like(outcome, { write: null, release: null, sworn: [] });
    t.is(n2.commit, 4);
  }
});

test('S11: a snapshot never lowers the term, and what was being written before it proves nothing', (t) => {
  const n2 = server(2, { term: 7 });
  const past = step(n2, turn(from(1, append(7, '0/0', '5 5', 0))));
  step(n2, turn(fetched('9/6')));
  t.is(n2.hard.term, 7);
  step(n2, turn(stored(past)));
  t.is(n2.log.stored, 9);
  t.is(n2.released, 9);
});

test('S13: a snapshot brings the configuration as it was, a joint one and learners too', (t) => {
  const joint = { ...votersOnly([2, 3, 4]), outgoing: [1, 2, 3], learners: [5] };
  const n2 = server(2, { term: 1 });
  const outcome = step(n2, turn(fetched('8/1', joint)));
  t.deepEqual(outcome.view.configuration, joint);
  const excluded = server(9, { term: 1 });
  step(excluded, turn(fetched('8/1', joint)));
  t.is(excluded.commit, 8, 'the entry that adds a server comes after the snapshot that lacks it');
  t.is(excluded.configuration, joint);
});

test('S18: of two snapshots that come at once the newer counts', (t) => {
  const n2 = server(2, { term: 1 });
  step(n2, turn(from(1, heartbeat(1, 1))));
  const outcome = step(n2, turn(fetched('4/1'), fetched('9/1')));
  t.like(outcome.release, { upTo: 9, install: { index: 9 } });
  t.deepEqual(outcome.write?.base, entryId('9/1'));
  const again = step(n2, turn(fetched('4/1')));
  t.like(again, { write: null, release: null });
});

test('a leader installs nothing: it holds whatever a snapshot does', (t) => {
  const n1 = leader(1, { log: '1 1' });
  const outcome = step(n1, turn(fetched('9/1')));
  t.like(outcome, { write: null, release: null });
  t.is(n1.log.last.index, 3);
});
