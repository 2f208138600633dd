import { concatMap, from, merge, mergeMap, Observable, tap } from 'rxjs';
import type { Outcome } from '../lib/core/outcome.ts';
import type { Applied } from '../lib/store/state-machine.ts';
import type { LoopWorld, SnapshotWorld } from './world.ts';

/**
 * Gives back the space of what the core has let go of, once the database is past it: what is yet to
 * be applied is read from the log. One call at a time, the newest is enough.
 */
export function compactLog(
  { log, machine }: Pick<LoopWorld, 'log' | 'machine'>,
  { store }: SnapshotWorld,
  decided$: Observable<Outcome>,
  applied$: Observable<readonly Applied[]>,
): Observable<never> {
  return new Observable((subscriber) => {
    let upTo = 0;
    let done = 0;
    let isBusy = false;

    const work = async (): Promise<void> => {
      const index = upTo;
      await log.compact(index);
      await store.keepFrom(index);
      done = index;
    };
    const workIfDue = (): void => {
      if (isBusy || upTo <= done || machine.applied < upTo || subscriber.closed) return;
      isBusy = true;
      work().then(
        () => {
          isBusy = false;
          workIfDue();
        },
        (reason: unknown) => subscriber.error(reason),
      );
    };
    subscriber.add(
      merge(
        decided$.pipe(
          tap(({ compact }) => {
            if (compact) upTo = compact.index;
          }),
        ),
        applied$,
      ).subscribe({ next: workIfDue, error: (reason: unknown) => subscriber.error(reason) }),
    );
  });
}

/** The log has begun anew after a snapshot: older snapshots are of no more use. */
export function keepFromBase(
  { store }: SnapshotWorld,
  durable$: Observable<readonly Outcome[]>,
): Observable<never> {
  return durable$.pipe(
    mergeMap((outcomes) => outcomes.flatMap(({ write }) => write?.base ?? [])),
    concatMap(({ index }) => from(store.keepFrom(index))),
    mergeMap(() => []),
  );
}
