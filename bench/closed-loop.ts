import { build, type Histogram } from 'hdr-histogram-js';
import type { Target } from './target.ts';
import type { Ask, Drawn } from './workload.ts';

/** A request that failed is followed by the next one after so long: a refusal costs no time. */
const FAILED_PAUSE_MS = 10;
const MICROS = 1000;
const LONGEST_MICROS = 60_000_000;

/**
 * As many users as there are slots, each of whom asks, waits for the reply and asks again. Whoever
 * was answered in one trip round the event loop asks again in one message: a burst of replies makes
 * a burst of requests, and nothing ever waits for a batch to fill.
 */
export class ClosedLoop {
  /** Of requests that were carried out while measuring, in µs from sending to reading the reply. */
  readonly latencies: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST_MICROS,
    numberOfSignificantValueDigits: 3,
  });
  /** Of the whole run, warm-up included: how often each thing went wrong. */
  readonly failures = new Map<string, number>();
  /** Resolves once nothing is drawn any more and every request has been answered. */
  readonly drained: Promise<void>;
  isMeasuring = false;
  readonly #draw: () => Drawn | null;
  readonly #target: Target;
  /** Of each slot: the request that is on its way, or -1, and when it was sent. */
  readonly #ids: Float64Array;
  readonly #sentAt: Float64Array;
  #generation = 0;
  #answered: number[] = [];
  #busy = 0;
  #drain: () => void = () => {};

  /** @param draw the next request, or null if there are no more. */
  constructor(outstanding: number, draw: () => Drawn | null, target: Target) {
    this.#draw = draw;
    this.#target = target;
    this.#ids = new Float64Array(outstanding).fill(-1);
    this.#sentAt = new Float64Array(outstanding);
    this.drained = new Promise((resolve) => {
      this.#drain = resolve;
    });
  }

  /** Starts all slots. */
  start(): void {
    this.#ask(Array.from(this.#ids.keys()));
  }

  /** What became of a request: to be called once for each. */
  readonly settle = (id: number, failure: string | null): void => {
    const slot = id % this.#ids.length;
    if (this.#ids[slot] !== id) return this.#fail('UNASKED');
    this.#ids[slot] = -1;
    this.#busy--;
    if (failure !== null) {
      this.#fail(failure);
      setTimeout(() => this.#ask([slot]), FAILED_PAUSE_MS);
      return;
    }
    if (this.isMeasuring) {
      const micros = (performance.now() - (this.#sentAt[slot] as number)) * MICROS;
      this.latencies.recordValue(Math.min(LONGEST_MICROS, Math.max(1, Math.round(micros))));
    }
    if (this.#answered.push(slot) === 1) setImmediate(() => this.#askAgain());
  };

  /** Gives up on whatever is still on its way. */
  abandon(): void {
    for (let i = 0; i < this.#busy; i++) this.#fail('NO_REPLY');
  }

  #askAgain(): void {
    const slots = this.#answered;
    this.#answered = [];
    this.#ask(slots);
  }

  #ask(slots: readonly number[]): void {
    const asks: Ask[] = [];
    const now = performance.now();
    this.#generation++;
    for (const slot of slots) {
      const drawn = this.#draw();
      if (drawn === null) break;
      const id = this.#generation * this.#ids.length + slot;
      this.#ids[slot] = id;
      this.#sentAt[slot] = now;
      asks.push({ id, ...drawn });
    }
    this.#busy += asks.length;
    if (asks.length > 0) this.#target.send(asks);
    else if (this.#busy === 0) this.#drain();
  }

  #fail(name: string): void {
    this.failures.set(name, (this.failures.get(name) ?? 0) + 1);
  }
}
