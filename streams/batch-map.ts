import { Observable, type OperatorFunction } from 'rxjs';
import { InvariantViolation } from '../lib/kit/errors.ts';

/**
 * `concatMap` for work that gets cheaper in bulk: whatever arrives while one batch is in flight
 * travels together in the next. One batch at a time, in order, nothing dropped.
 *
 * @param work done on return, or when the promise it returns resolves; a throw or a rejection ends
 *   the stream with that error.
 * @param pendingMax most values allowed to wait. Reaching it is a bug upstream: whoever feeds this
 *   operator must slow down first.
 */
export function batchMap<T, R>(
  work: (batch: readonly T[]) => Promise<R> | R,
  pendingMax: number,
): OperatorFunction<T, R> {
  return (source) =>
    new Observable((subscriber) => {
      let pending: T[] = [];
      let isBusy = false;
      let hasEnded = false;

      const fail = (reason: unknown): void => subscriber.error(reason);

      const finish = (result: R): void => {
        isBusy = false;
        subscriber.next(result);
        pump();
      };

      const pump = (): void => {
        // Whoever has left wants no more work done: what it works on may be closed by now.
        if (isBusy || subscriber.closed) return;
        if (pending.length === 0) {
          if (hasEnded) subscriber.complete();
          return;
        }
        const batch = pending;
        pending = [];
        isBusy = true;
        try {
          const result = work(batch);
          if (result instanceof Promise) result.then(finish, fail);
          else finish(result);
        } catch (reason) {
          // An operator hands its errors down the stream, where they end the node.
          fail(reason);
        }
      };

      return source.subscribe({
        next: (value) => {
          if (pending.length === pendingMax) {
            fail(new InvariantViolation('batchMap: the source outran its limit'));
            return;
          }
          pending.push(value);
          pump();
        },
        error: fail,
        complete: () => {
          hasEnded = true;
          pump();
        },
      });
    });
}
