import { type MonoTypeOperatorFunction, Observable } from 'rxjs';

/**
 * Completes when `other` completes. Unlike `takeUntil` it subscribes to its source first, so that
 * the order of effects in the source is kept.
 */
export function untilComplete<T>(other: Observable<unknown>): MonoTypeOperatorFunction<T> {
  return (source) =>
    new Observable((subscriber) => {
      subscriber.add(source.subscribe(subscriber));
      subscriber.add(
        other.subscribe({
          error: (reason: unknown) => subscriber.error(reason),
          complete: () => subscriber.complete(),
        }),
      );
    });
}
