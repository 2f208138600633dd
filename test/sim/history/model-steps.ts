import type { Model } from './model.ts';
import type { Steps } from './search.ts';

/** What is asked, and what was replied; null if that is unknown. */
export type Exchange<A, R> = { readonly ask: A; readonly reply: R | null };

/** What a model makes of a list of calls. Gives its states numbers, and asks it nothing twice. */
export class ModelSteps<State, A, R> implements Steps {
  readonly #model: Model<State, A, R>;
  readonly #calls: readonly Exchange<A, R>[];
  readonly #isRead: readonly boolean[];
  readonly #states: State[];
  readonly #numbers = new Map<string | number, number>();
  /** By state and call: the state that follows, or -1. */
  readonly #known = new Map<number, number>();
  #asked = 0;

  constructor(model: Model<State, A, R>, calls: readonly Exchange<A, R>[]) {
    this.#model = model;
    this.#calls = calls;
    this.#isRead = calls.map(({ ask }) => model.kind(ask) === 'read');
    this.#states = [model.init];
    this.#numbers.set(model.name(model.init), 0);
  }

  get asked(): number {
    return this.#asked;
  }

  isRead(call: number): boolean {
    return this.#isRead[call] === true;
  }

  after(state: number, call: number): number {
    this.#asked += 1;
    const name = state * this.#calls.length + call;
    let next = this.#known.get(name);
    if (next === undefined) {
      next = this.#ask(state, call);
      this.#known.set(name, next);
    }
    return next;
  }

  #ask(state: number, call: number): number {
    const { ask, reply } = this.#calls[call] as Exchange<A, R>;
    const before = this.#states[state] as State;
    const after = this.#model.step(before, ask, reply);
    if (after === null) return -1;
    if (after === before) return state;
    const name = this.#model.name(after);
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.#states.length);
    return this.#states.push(after) - 1;
  }
}
