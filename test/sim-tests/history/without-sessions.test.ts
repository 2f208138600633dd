import test from 'ava';
import { withoutSessions } from '../../sim/history/key-value-history.ts';
import type { AnyAsk, Committed, History } from '../../sim/history/operation.ts';

const OPEN: AnyAsk = { op: 'session.open', ttl: 1000 };

function put(session: number, seq: number): AnyAsk {
  return { op: 'put', key: 'k', value: seq, session, seq };
}

/** A log whose entries are requests with their ids, or ms that pass. */
function history(...log: readonly (readonly [number, AnyAsk] | number)[]): History<AnyAsk> {
  const committed = log.map((one, i): Committed<AnyAsk> => {
    const index = i + 1;
    if (typeof one === 'number') return { index, id: null, ask: null, clockMs: one };
    return { index, id: one[0], ask: one[1] };
  });
  return { operations: [], committed };
}

/** Which request takes effect at each entry. */
function idsOf(whole: History<AnyAsk>): readonly (number | null)[] | undefined {
  return withoutSessions(whole)?.committed.map(({ id }) => id);
}

test('a write has its place where it first is in the log; its copies have none', (t) => {
  const write = put(1, 1);
  t.deepEqual(idsOf(history([1, OPEN], [2, write], [3, put(1, 2)], [2, write])), [
    null,
    2,
    3,
    null,
  ]);
});

test('a write of a session that had ended took no effect, though it is in the log', (t) => {
  t.deepEqual(idsOf(history([1, OPEN], [2, put(1, 1)], 1e6, [3, put(1, 2)])), [
    null,
    2,
    null,
    null,
  ]);
  t.deepEqual(idsOf(history([1, put(7, 1)])), [null], 'nor if there never was one');
});

test('a write whose reply its session has let go of takes no effect any more', (t) => {
  const next: AnyAsk = { op: 'put', key: 'k', value: 2, session: 1, seq: 2, acked: 1 };
  t.deepEqual(idsOf(history([1, OPEN], [2, next], [3, put(1, 1)])), [null, 2, null]);
});
