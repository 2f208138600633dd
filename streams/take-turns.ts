import { Observable, type OperatorFunction } from 'rxjs';
import type { Input, Turn } from '../lib/core/input.ts';
import type { Clock } from './world.ts';

/**
 * The node's mailbox: gathers the inputs of one trip round the event loop into a turn.
 *
 * Because a turn is only ever handed over from `defer`, an effect may feed an input back at any
 * moment, even from inside a turn, and it waits its turn like any other. RxJS alone would run it
 * depth first, so other subscribers would see the consequence before the cause.
 *
 * @param inputsMax most inputs in one turn; the rest keep their place for the next.
 */
export function takeTurns(clock: Clock, inputsMax: number): OperatorFunction<Input, Turn> {
  return (source) =>
    new Observable((subscriber) => {
      let waiting: Input[] = [];

      const turn = (): void => {
        const inputs = waiting.length <= inputsMax ? waiting : waiting.slice(0, inputsMax);
        waiting = waiting.length <= inputsMax ? [] : waiting.slice(inputsMax);
        if (waiting.length > 0) clock.defer(turn);
        subscriber.next({ now: clock.now(), inputs });
      };

      return source.subscribe({
        next: (input) => {
          if (waiting.push(input) === 1) clock.defer(turn);
        },
        error: (reason: unknown) => subscriber.error(reason),
        complete: () => subscriber.complete(),
      });
    });
}
