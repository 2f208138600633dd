import test from 'ava';
import { RECORD_HEADER_BYTES } from '../../lib/core/entry.ts';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { RaftState } from '../../lib/core/state.ts';
import { acknowledge, from, heartbeat, leader, office, server, step, turn } from './servers.ts';

/** Proposes one command for each size of its record. */
function proposeBytes(state: RaftState, ...sizes: readonly number[]): Outcome {
  const proposals = sizes.map((bytes, i) => ({
    token: 10 + i,
    payload: new Uint8Array(bytes - RECORD_HEADER_BYTES),
  }));
  return step(state, turn({ kind: 'Proposed', proposals }));
}

/** A leader with everything committed, that may hold 1000 uncommitted bytes. */
function readyLeader(): RaftState {
  const n1 = leader(1, { settings: { uncommittedBytesMax: 1000 } });
  acknowledge(n1, 2, 1);
  return n1;
}

const takes = test.macro({
  exec(t, held: number, sizes: readonly number[], isTaken: boolean) {
    const n1 = readyLeader();
    if (held > 0) proposeBytes(n1, held);
    const { accepted, refused } = proposeBytes(n1, ...sizes);
    t.is(accepted.length > 0, isTaken);
    t.deepEqual(
      refused.map(({ reason }) => reason),
      isTaken ? [] : ['Busy'],
    );
    const taken = isTaken ? sizes.reduce((sum, bytes) => sum + bytes, 0) : 0;
    t.is(office(n1).uncommittedBytes, held + taken);
  },
  title: (_, held, sizes: readonly number[], isTaken) =>
    `R31: holding ${held} of 1000 bytes a leader ${isTaken ? 'takes' : 'refuses'} ${sizes.join(' + ')}`,
});

test(takes, 0, [1000], true);
test(takes, 0, [5000], true);
test(takes, 0, [500, 600], true);
test(takes, 500, [500], true);
test(takes, 500, [501], false);
test(takes, 500, [200, 200, 100], true);
test(takes, 500, [200, 200, 101], false);
test(takes, 940, [30, 30], true);
test(takes, 940, [30, 31], false);
test(takes, 5000, [24], false);

test('what is refused leaves no trace', (t) => {
  const n1 = readyLeader();
  proposeBytes(n1, 900);
  const { write, free, refused } = proposeBytes(n1, 500, 500);
  t.deepEqual(refused, [{ tokens: [10, 11], reason: 'Busy', leader: 1 }]);
  t.deepEqual([write, free], [null, []]);
  t.is(n1.log.last.index, 2);
});

test('committed entries make room again', (t) => {
  const n1 = readyLeader();
  proposeBytes(n1, 900);
  acknowledge(n1, 2, 2);
  acknowledge(n1, 3, 2);
  t.is(proposeBytes(n1, 900).accepted.length, 1);
});

test('entries of an earlier leader that are not committed yet take room as well', (t) => {
  const n1 = leader(1, { log: '1 1 1', settings: { uncommittedBytesMax: 60 } });
  t.is(proposeBytes(n1, 24).accepted.length, 0);
  acknowledge(n1, 2, 4);
  t.is(proposeBytes(n1, 24).accepted.length, 1);
});

test('only a leader takes commands; others name the leader they follow', (t) => {
  const n2 = server(2);
  t.deepEqual(proposeBytes(n2, 30).refused, [{ tokens: [10], reason: 'NotLeader', leader: null }]);
  step(n2, turn(from(1, heartbeat(1, 1))));
  t.deepEqual(proposeBytes(n2, 30).refused, [{ tokens: [10], reason: 'NotLeader', leader: 1 }]);
  t.is(n2.log.last.index, 0);
});

test('what is accepted and lost in one turn is still accepted: nobody knows what becomes of it', (t) => {
  const n1 = readyLeader();
  const { accepted, refused, write } = step(
    n1,
    turn(
      { kind: 'Proposed', proposals: [{ token: 7, payload: new Uint8Array(1) }] },
      from(3, heartbeat(2, 1)),
    ),
  );
  t.deepEqual(accepted, [{ tokens: [7], first: 2, term: 1 }]);
  t.deepEqual(refused, []);
  t.is(write?.entries.length, 1);
});

test('the payload is copied: what the client does with its bytes afterwards changes nothing', (t) => {
  const n1 = readyLeader();
  const payload = new Uint8Array([1, 2, 3]);
  const { write } = step(n1, turn({ kind: 'Proposed', proposals: [{ token: 7, payload }] }));
  payload.fill(9);
  t.deepEqual([...(write?.entries[0]?.record.subarray(RECORD_HEADER_BYTES) ?? [])], [1, 2, 3]);
});
