import { Observable } from 'rxjs';
import type { Input } from '../lib/core/input.ts';
import type { Outcome } from '../lib/core/outcome.ts';
import type { Clock } from './world.ts';

/**
 * Makes a turn when the next deadline falls. A deadline that moves away costs nothing: the timer
 * that is already set rings in vain, and is set anew from what that turn decides.
 */
export function wakeUps(clock: Clock, decided$: Observable<Outcome>): Observable<Input> {
  return new Observable((subscriber) => {
    let ringsAt = Number.POSITIVE_INFINITY;
    let cancel = (): void => {};

    const ring = (): void => {
      ringsAt = Number.POSITIVE_INFINITY;
      subscriber.next({ kind: 'Tick' });
    };

    subscriber.add(() => cancel());
    subscriber.add(
      decided$.subscribe({
        next: ({ wakeAt }) => {
          if (wakeAt >= ringsAt) return;
          cancel();
          ringsAt = wakeAt;
          cancel = clock.after(Math.max(0, wakeAt - clock.now()), ring);
        },
        error: (reason: unknown) => subscriber.error(reason),
        complete: () => subscriber.complete(),
      }),
    );
  });
}
