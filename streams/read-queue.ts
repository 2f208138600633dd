import type { Index } from '../lib/core/types.ts';
import type { StateMachine } from '../lib/store/state-machine.ts';
import { readUint } from '../lib/wire/scan.ts';
import type { Pending } from './pending.ts';

/** Reads that wait until the state machine is far enough: at a log index, and at a rev. */
export class ReadQueue {
  readonly #machine: StateMachine;
  #waiting: { readonly pending: Pending; readonly index: Index; readonly rev: number }[] = [];

  constructor(machine: StateMachine) {
    this.#machine = machine;
  }

  /** @param index what must be applied first; 0 for a stale read. */
  add(pending: Pending, index: Index): void {
    const atLeast = pending.request.args.get('atLeast');
    const rev = (atLeast && readUint(atLeast)) ?? 0;
    this.#waiting.push({ pending, index, rev });
  }

  /** Those that may be served now, in the order in which they came. Each is returned once. */
  takeReady(): readonly Pending[] {
    if (this.#waiting.length === 0) return [];
    const { applied, rev } = this.#machine;
    const isReady = (read: { index: Index; rev: number }): boolean =>
      read.index <= applied && read.rev <= rev;
    const ready = this.#waiting.filter(isReady);
    if (ready.length > 0) this.#waiting = this.#waiting.filter((read) => !isReady(read));
    return ready.map(({ pending }) => pending);
  }
}
