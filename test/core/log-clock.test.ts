import test from 'ava';
import { payloadOf } from '../../lib/core/entry.ts';
import { CLOCK_STEP_MS, encodeClock, readClock } from '../../lib/core/log-clock.ts';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { RaftState } from '../../lib/core/state.ts';
import { acknowledge, at, leader, server, step } from './servers.ts';

/** Kinds of what a turn appended; of clock entries how many ms they count. */
function appended({ write }: Outcome): readonly (string | number)[] {
  return (write?.entries ?? []).map((entry) =>
    entry.kind === 'clock' ? readClock(payloadOf(entry)) : entry.kind,
  );
}

function proposed(state: RaftState, afterMs: number, ...timed: readonly boolean[]): Outcome {
  const proposals = timed.map((isTimed, i) => {
    const proposal = { token: i + 1, payload: new Uint8Array([0x80]) };
    return isTimed ? { ...proposal, timed: true } : proposal;
  });
  return step(state, at(state.now + afterMs, { kind: 'Proposed', proposals }));
}

function elapsed(state: RaftState, afterMs: number): Outcome {
  return step(state, at(state.now + afterMs, { kind: 'Elapsed' }));
}

test('a timed proposal is preceded by the time that has passed since the leader took office', (t) => {
  const n1 = leader(1);
  t.deepEqual(appended(proposed(n1, 150, false, true)), [150, 'command', 'command']);
});

test('tokens of proposals behind a clock entry are those of their own entries', (t) => {
  const n1 = leader(1);
  const { accepted, write } = proposed(n1, 150, true, true);
  t.deepEqual(accepted, [{ tokens: [1, 2], first: 3, term: 1 }]);
  t.deepEqual(
    write?.entries.map(({ index, kind }) => [index, kind]),
    [
      [2, 'clock'],
      [3, 'command'],
      [4, 'command'],
    ],
  );
});

test(`time is written at most every ${CLOCK_STEP_MS} ms, and none of it is lost`, (t) => {
  const n1 = leader(1);
  const steps = [99.5, 0.4, 0.3, 60, 60.9].map((ms) => appended(proposed(n1, ms, true)));
  t.deepEqual(steps, [['command'], ['command'], [100, 'command'], ['command'], [121, 'command']]);
});

test('what is not timed brings no time with it, however long it was', (t) => {
  const n1 = leader(1);
  acknowledge(n1, 2, 1);
  t.deepEqual(appended(proposed(n1, 280, false)), ['command']);
});

test('when something ends a leader writes what has passed, be it ever so little', (t) => {
  const n1 = leader(1);
  t.deepEqual(appended(elapsed(n1, 3.9)), [3]);
  t.deepEqual(appended(elapsed(n1, 0.05)), [0]);
  t.deepEqual(appended(elapsed(n1, 0.1)), [1]);
});

test('only a leader writes time', (t) => {
  const n1 = server(1);
  t.deepEqual(appended(elapsed(n1, 100)), []);
});

test('a refused proposal brings no time with it', (t) => {
  const n1 = leader(1, { settings: { uncommittedBytesMax: 30 } });
  const { refused, write } = proposed(n1, 150, true);
  t.is(refused.length, 1);
  t.is(write, null);
});

test('the payload of a clock entry is read as it was written, and nothing else is believed', (t) => {
  for (const ms of [0, 1, 65_536, 2 ** 48 - 1]) t.is(readClock(encodeClock(ms)), ms);
  t.is(readClock(new Uint8Array(5)), 0);
});
