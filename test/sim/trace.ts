import type { Turn } from '../../lib/core/input.ts';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { RaftState } from '../../lib/core/state.ts';
import { tellInput, tellOutcome, tellState } from '../../lib/core/tell.ts';
import type { NodeId } from '../../lib/core/types.ts';
import type { Agenda } from './agenda.ts';
import type { Party } from './world/lines.ts';

/**
 * What happened in a run, as a number: two runs with the same hash did the same. And, for whoever
 * wants to follow it, line by line.
 */
export class Trace {
  readonly #told: ((line: string) => void) | null;
  #agenda: Agenda | null = null;
  #hash = 0x811c9dc5;

  constructor(told: ((line: string) => void) | null = null) {
    this.#told = told;
  }

  begin(agenda: Agenda): void {
    this.#agenda = agenda;
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  #mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ value, 0x01000193);
    this.#hash ^= this.#hash >>> 15;
  }

  #now(): number {
    return this.#agenda?.now ?? 0;
  }

  arrives(from: Party, to: NodeId, frames: readonly Uint8Array[]): void {
    this.#mix(this.#now() * 1000);
    this.#mix(from * 256 + to);
    for (const frame of frames) {
      // The last bytes of a header are its checksum.
      for (let i = Math.max(0, frame.length - 4); i < frame.length; i += 1)
        this.#mix(frame[i] ?? 0);
    }
  }

  turn(id: NodeId, turn: Turn, outcome: Outcome): void {
    const { view, free, sworn, wakeAt } = outcome;
    this.#mix(this.#now() * 1000);
    this.#mix(id * 64 + turn.inputs.length);
    this.#mix(view.term * 4096 + view.commit);
    this.#mix(view.last * 64 + free.length * 8 + sworn.length);
    this.#mix(wakeAt * 1000);
    if (!this.#told) return;
    for (const input of turn.inputs) this.say(id, `< ${tellInput(input)}`);
    for (const line of tellOutcome(outcome)) this.say(id, `  ${line}`);
    this.say(id, `= ${tellState(outcome.state)}`);
  }

  began(id: NodeId, state: RaftState): void {
    this.#mix(id);
    this.say(id, `begins: ${tellState(state)}`);
  }

  /** Something worth a line happens to a server, or by it. */
  say(id: NodeId, line: string): void {
    this.#told?.(`${this.#now().toFixed(2)} n${id} ${line}`);
  }
}
