import test from 'ava';
import { Subject } from 'rxjs';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { Applied, LogTime, StateMachine } from '../../lib/store/state-machine.ts';
import { logTime } from '../../streams/log-time.ts';
import { manualClock } from './manual-clock.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A node that leads in `term`, or in none, of a machine of which something ends at `next`. */
function setUp(next: number | null) {
  const clock = manualClock(1000);
  const time: Writable<LogTime> = { now: 0, entries: 0, next, isTimed: () => false };
  const machine = { logTime: time } as unknown as StateMachine;
  const decided$ = new Subject<Outcome>();
  const applied$ = new Subject<readonly Applied[]>();
  let asked = 0;
  logTime({ clock, machine }, decided$, applied$).subscribe(() => {
    asked += 1;
  });
  const lead = (term: number | null): void =>
    decided$.next({
      view: { role: term ? 'leader' : 'follower', term: term ?? 1 },
    } as unknown as Outcome);
  /** A clock entry is applied, and then something ends at `nextEnd`. */
  const pass = (ms: number, nextEnd: number | null): void => {
    time.now += ms;
    time.entries += 1;
    time.next = nextEnd;
    applied$.next([]);
  };
  return { clock, time, lead, pass, applied$, asked: () => asked };
}

test('a leader asks for time when the next end has come, once', (t) => {
  const { clock, lead, asked } = setUp(500);
  lead(1);
  clock.advance(499);
  t.is(asked(), 0);
  clock.advance(1);
  t.is(asked(), 1);
  clock.advance(10_000);
  t.is(asked(), 1, 'nothing came of it yet, so there is no majority');
});

test('when the time that came was not enough, it asks again after the rest', (t) => {
  const { clock, lead, pass, asked } = setUp(500);
  lead(1);
  clock.advance(500);
  pass(480, 500);
  clock.advance(19);
  t.is(asked(), 1);
  clock.advance(1);
  t.is(asked(), 2);
});

test('when more has ended than one entry could do, it asks again at once, even if no time passed', (t) => {
  const { clock, lead, pass, asked } = setUp(500);
  lead(1);
  clock.advance(500);
  pass(500, 500);
  clock.advance(0);
  pass(0, 500);
  clock.advance(0);
  t.is(asked(), 3);
  pass(0, null);
  clock.advance(100_000);
  t.is(asked(), 3);
});

test('an end that comes nearer is minded', (t) => {
  const { clock, time, lead, applied$, asked } = setUp(500);
  lead(1);
  clock.advance(100);
  time.next = 200;
  applied$.next([]);
  clock.advance(99);
  t.is(asked(), 0);
  clock.advance(1);
  t.is(asked(), 1);
});

test('who does not lead asks for nothing, and whoever takes office counts from then on', (t) => {
  const { clock, lead, asked } = setUp(500);
  clock.advance(10_000);
  lead(1);
  clock.advance(499);
  lead(null);
  clock.advance(10_000);
  t.is(asked(), 0);
  lead(2);
  clock.advance(500);
  t.is(asked(), 1);
});

test('where nothing ends nothing is asked for', (t) => {
  const { clock, lead, asked } = setUp(null);
  lead(1);
  clock.advance(100_000);
  t.is(asked(), 0);
});
