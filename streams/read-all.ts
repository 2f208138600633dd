import { Observable } from 'rxjs';
import type { Clock } from './world.ts';

/** Most messages of one socket in one trip round the event loop. */
const BURST_MAX = 256;

/**
 * A socket as a stream of what `read` makes of its messages; those it makes nothing of are left
 * out. Ends when the socket is closed.
 *
 * After a burst the next message waits until the loop has made a trip, and with it a turn: what one
 * turn must hold is bounded, and whoever sends faster is slowed down by ZeroMQ and TCP.
 */
export function readAll<T, R>(
  socket: AsyncIterable<T>,
  clock: Clock,
  read: (message: T) => R | null,
): Observable<R> {
  return new Observable((subscriber) => {
    const loop = async (): Promise<void> => {
      let burst = 0;
      for await (const message of socket) {
        if (subscriber.closed) return;
        const value = read(message);
        if (value !== null) subscriber.next(value);
        burst += 1;
        if (burst < BURST_MAX) continue;
        burst = 0;
        await new Promise<void>((resume) => clock.defer(resume));
      }
      subscriber.complete();
    };
    loop().catch((reason: unknown) => subscriber.error(reason));
  });
}
