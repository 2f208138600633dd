import { merge, Observable, tap } from 'rxjs';
import type { Input } from '../lib/core/input.ts';
import type { Millis, Term } from '../lib/core/types.ts';
import type { Applied, LogTime } from '../lib/store/state-machine.ts';
import type { Decided } from './decided.ts';
import type { ServiceWorld } from './world.ts';

/**
 * While this node leads, asks for a clock entry when the log time of the next end has come, as far as
 * can be told from when log time moved last. Nothing is asked for while nothing ends, and only one
 * entry at a time: a leader without a majority must not fill its log with time.
 */
export function logTime(
  { clock, machine }: Pick<ServiceWorld, 'clock' | 'machine'>,
  decided$: Observable<Decided>,
  applied$: Observable<readonly Applied[]>,
): Observable<Input> {
  return new Observable((subscriber) => {
    if (!machine.logTime) return subscriber.complete();
    // asked for anew each time: a snapshot may have brought another
    const time = (): LogTime => machine.logTime ?? NEVER;
    /** The term in which this node leads, or null. */
    let office: Term | null = null;
    /** The clock entry that was applied last, by its number, and since when log time stands. */
    let seen = time().entries;
    let since: Millis = clock.now();
    /** A clock entry was asked for, and none has been applied since. */
    let isAsked = false;
    let ringsAt: Millis = Number.POSITIVE_INFINITY;
    let cancel = (): void => {};

    const ring = (): void => {
      ringsAt = Number.POSITIVE_INFINITY;
      isAsked = true;
      subscriber.next({ kind: 'Elapsed' });
    };

    const setOut = (): void => {
      const { next, now } = time();
      const isDue = office !== null && next !== null && !isAsked;
      const at = isDue ? since + Math.max(0, next - now) : Number.POSITIVE_INFINITY;
      if (at === ringsAt) return;
      cancel();
      cancel = (): void => {};
      ringsAt = at;
      if (at < Number.POSITIVE_INFINITY) cancel = clock.after(Math.max(0, at - clock.now()), ring);
    };

    const onDecided = ({ view }: Decided): void => {
      const term = view.role === 'leader' ? view.term : null;
      if (term === office) return;
      office = term;
      since = clock.now();
      isAsked = false;
      setOut();
    };

    const onApplied = (): void => {
      const { entries } = time();
      if (entries !== seen) {
        seen = entries;
        since = clock.now();
        isAsked = false;
      }
      setOut();
    };

    subscriber.add(() => cancel());
    subscriber.add(
      merge(decided$.pipe(tap(onDecided)), applied$.pipe(tap(onApplied))).subscribe({
        error: (reason: unknown) => subscriber.error(reason),
      }),
    );
  });
}

const NEVER: LogTime = { now: 0, entries: 0, next: null, isTimed: () => false };
