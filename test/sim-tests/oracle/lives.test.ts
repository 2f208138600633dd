import test from 'ava';
import { CLOCK_STEP_MS } from '../../../lib/core/log-clock.ts';
import type { AnyAsk, Committed } from '../../sim/history/operation.ts';
import { watchLives } from '../../sim/oracle/lives.ts';

const TTL = 1000;
const OPEN: Committed<AnyAsk> = { index: 1, id: 1, ask: { op: 'session.open', ttl: TTL } };
/** Enough log time for all that was opened to end. */
const ELAPSED: Committed<AnyAsk> = { index: 2, id: null, ask: null, clockMs: TTL + CLOCK_STEP_MS };

const ROWS: readonly [
  what: string,
  livedMs: number,
  drift: number,
  jumpedMs: number,
  fits: boolean,
][] = [
  ['its whole ttl', 1000, 0, 0, true],
  ['less than its ttl', 900, 0, 0, false],
  ['less, by the clock of a leader that runs faster', 900, 0.2, 0, true],
  ['less, by as much as a clock has jumped ahead', 900, 0, 100, true],
  ['less, and more than any clock has jumped ahead', 900, 0, 50, false],
];

for (const [what, livedMs, drift, jumpedMs, fits] of ROWS) {
  test(`a session ${fits ? 'may' : 'must not'} live ${what}`, (t) => {
    const watch = watchLives(drift);
    const askedMs = 50;
    const jumpedSince = (moment: number): number => (moment === askedMs ? jumpedMs : 0);
    t.is(watch(OPEN, { now: 60, askedMs, jumpedSince }), null);
    const now = askedMs + livedMs;
    const wrong = watch(ELAPSED, { now, askedMs: now, jumpedSince });
    if (fits) t.is(wrong, null);
    else t.is(wrong, 'what was opened at 1 for 1000 ms has ended after 900 ms');
  });
}
