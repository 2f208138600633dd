import type { Entry } from '../../core/entry.ts';
import type { Index, Term } from '../../core/types.ts';
import type { Refusal, Reply, Request } from '../../wire/client.ts';
import type { Applied, CopiedState, LogTime, StateMachine } from '../state-machine.ts';
import type { KeyValueMachine } from './machine.ts';

/** Takes bytes, one after the other. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>;

/** What lies under the key-value database as a whole. */
export interface Image {
  /** See `StateMachine.copy`. */
  copy(write: WriteBytes): Promise<CopiedState>;
  /** See `StateMachine.install`. @returns the database that lies there then. */
  replace(content: AsyncIterable<Uint8Array>): Promise<KeyValueMachine>;
}

/** The key-value database together with what it lies in, so that it has snapshots. */
export class ReplaceableMachine implements StateMachine {
  readonly #image: Image;
  #machine: KeyValueMachine;

  constructor(machine: KeyValueMachine, image: Image) {
    this.#machine = machine;
    this.#image = image;
  }

  get applied(): Index {
    return this.#machine.applied;
  }

  /** Term of the entry at `applied`. */
  get appliedTerm(): Term {
    return this.#machine.appliedTerm;
  }

  get rev(): number {
    return this.#machine.rev;
  }

  get logTime(): LogTime {
    return this.#machine.logTime;
  }

  route(op: string): 'write' | 'read' | null {
    return this.#machine.route(op);
  }

  check(request: Request): Refusal | null {
    return this.#machine.check(request);
  }

  apply(entries: readonly Entry[]): readonly Applied[] {
    return this.#machine.apply(entries);
  }

  read(request: Request): Reply | Refusal {
    return this.#machine.read(request);
  }

  copy(write: WriteBytes): Promise<CopiedState> {
    return this.#image.copy(write);
  }

  async install(content: AsyncIterable<Uint8Array>): Promise<void> {
    this.#machine = await this.#image.replace(content);
  }

  /** A name for all keys with their values and revs: equal on nodes that have applied the same. */
  digest(): string {
    return this.#machine.digest();
  }

  close(): Promise<void> {
    return this.#machine.close();
  }
}
