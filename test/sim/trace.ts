import type { Turn } from '../../lib/core/input.ts';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { RaftState } from '../../lib/core/state.ts';
import { tellInput, tellOutcome, tellState } from '../../lib/core/tell.ts';
import type { Millis, NodeId } from '../../lib/core/types.ts';
import type { Watcher } from './watcher.ts';
import type { Party } from './world/lines.ts';

/** What happened in a run, as a number: two runs with the same fingerprint did the same. */
export class Fingerprint implements Watcher {
  #hash = 0x811c9dc5;

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  #mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ value, 0x01000193);
    this.#hash ^= this.#hash >>> 15;
  }

  began(at: Millis, id: NodeId, { hard, log }: RaftState): void {
    this.#mix(at * 1000);
    this.#mix(id * 4096 + hard.term * 64 + log.last.index);
  }

  turn(at: Millis, id: NodeId, { inputs }: Turn, { view, free, sworn, wakeAt }: Outcome): void {
    this.#mix(at * 1000);
    this.#mix(id * 64 + inputs.length);
    this.#mix(view.term * 4096 + view.commit);
    this.#mix(view.last * 64 + free.length * 8 + sworn.length);
    this.#mix(wakeAt * 1000);
  }

  arrived(at: Millis, from: Party, to: NodeId, frames: readonly Uint8Array[]): void {
    this.#mix(at * 1000);
    this.#mix(from * 256 + to);
    for (const frame of frames) {
      // The last bytes of a header are its checksum.
      for (let i = Math.max(0, frame.length - 4); i < frame.length; i += 1)
        this.#mix(frame[i] ?? 0);
    }
  }
}

/** All that happens, line by line: `<` an input, then what was decided, `=` the state it left. */
export class Transcript implements Watcher {
  readonly #told: (line: string) => void;

  constructor(told: (line: string) => void) {
    this.#told = told;
  }

  began(at: Millis, id: NodeId, state: RaftState): void {
    this.noted(at, id, `begins: ${tellState(state)}`);
  }

  turn(at: Millis, id: NodeId, { inputs }: Turn, outcome: Outcome): void {
    for (const input of inputs) this.noted(at, id, `< ${tellInput(input)}`);
    for (const line of tellOutcome(outcome)) this.noted(at, id, `  ${line}`);
    this.noted(at, id, `= ${tellState(outcome.state)}`);
  }

  asked(at: Millis, client: number, server: NodeId, text: () => string): void {
    this.#told(`${at.toFixed(2)} client ${client} at n${server}: ${text()}`);
  }

  noted(at: Millis, id: NodeId, line: string): void {
    this.#told(`${at.toFixed(2)} n${id} ${line}`);
  }
}
