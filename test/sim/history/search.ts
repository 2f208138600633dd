import { nextRandom } from '../../../lib/kit/random.ts';
import { EventList, type Interval, NONE, START } from './event-list.ts';
import { SeenSet } from './seen-set.ts';

/** What follows what, by numbers of states and calls; state 0 is the first. */
export type Steps = {
  /** The state that `call` leaves, or -1 if it cannot come next. */
  after(state: number, call: number): number;
  isRead(call: number): boolean;
  /** How often `after` was asked. */
  readonly asked: number;
};

export type Found = {
  readonly result: 'linearizable' | 'violated' | 'undecided';
  /** The longest order that was found. */
  readonly order: readonly number[];
  /** The call that had to be next after `order` and could not be; null if none was left. */
  readonly stuck: number | null;
};

/**
 * Looks for an order of all calls that must take effect, and some of the others, that keeps to real
 * time and has a state after every step: the search of Wing and Gong, which takes whatever may come
 * next until nothing fits and then takes it back, with Lowe's memory of where it has been. Two
 * shortcuts are its own:
 *
 * - a read that fits now and changes nothing is taken at once and never taken back: whatever can
 *   follow without it can follow with it;
 * - of the calls that need not take effect, to have used fewer is always better (see `SeenSet`).
 *
 * @param calls the first `musts` of them are those that must take effect; `returnedAt` of the others
 *   is null.
 * @param stepsMax after about so many steps the result is `undecided`.
 * @see Wing and Gong, "Testing and verifying concurrent objects"; Lowe, "Testing for linearizability"
 */
export function search(
  calls: readonly Interval[],
  musts: number,
  steps: Steps,
  stepsMax: number,
): Found {
  return new Search(calls, musts, steps).run(stepsMax);
}

class Search {
  readonly #left: EventList;
  readonly #steps: Steps;
  readonly #musts: number;
  readonly #seen: SeenSet;
  /** A random number for each must; those of the order, combined, are its hash. */
  readonly #salts: Uint32Array;
  /** Which calls are in the order; those that need not be begin with a word of their own. */
  readonly #bits: Uint32Array;
  readonly #firstMayBit: number;
  #hash = 0;
  #state = 0;
  /** The order so far; for each call in it the state before, and whether it was a choice. */
  readonly #order: number[] = [];
  readonly #before: number[] = [];
  readonly #isChoice: boolean[] = [];
  #mustsTaken = 0;
  #longest: { readonly musts: number; readonly order: readonly number[]; stuck: number | null } = {
    musts: -1,
    order: [],
    stuck: null,
  };

  constructor(calls: readonly Interval[], musts: number, steps: Steps) {
    this.#left = new EventList(calls, musts);
    this.#steps = steps;
    this.#musts = musts;
    const mustWords = Math.ceil(musts / 32);
    const words = mustWords + Math.ceil((calls.length - musts) / 32);
    this.#seen = new SeenSet(mustWords, words);
    this.#bits = new Uint32Array(words);
    this.#firstMayBit = mustWords * 32;
    let salt = 1;
    this.#salts = Uint32Array.from({ length: musts }, () => {
      salt = nextRandom(salt);
      return salt;
    });
  }

  run(stepsMax: number): Found {
    this.#takeReads();
    let tried = START;
    while (!this.#left.isDone) {
      if (this.#steps.asked > stepsMax) return this.#end('undecided');
      if (this.#choose(tried)) {
        this.#takeReads();
        tried = START;
        if (this.#seen.add(this.#bits, this.#hash, this.#state)) continue;
      }
      this.#noteLongest();
      tried = this.#takeBack();
      if (tried === NONE) return this.#end('violated');
    }
    this.#noteLongest();
    return this.#end('linearizable');
  }

  #end(result: Found['result']): Found {
    const { order, stuck } = this.#longest;
    return { result, order, stuck };
  }

  /** Takes the next call that fits, of those after `tried`. @returns false if there is none. */
  #choose(tried: number): boolean {
    let call = this.#left.candidateAfter(tried);
    for (; call !== NONE; call = this.#left.candidateAfter(call)) {
      const state = this.#steps.after(this.#state, call);
      if (state < 0) continue;
      this.#take(call, state, true);
      return true;
    }
    return false;
  }

  #takeReads(): void {
    let call = this.#left.candidateAfter(START);
    while (call !== NONE && call < this.#musts) {
      const fits = this.#steps.isRead(call) && this.#steps.after(this.#state, call) === this.#state;
      call = fits ? this.#take(call, this.#state, false) : this.#left.candidateAfter(call);
    }
  }

  #take(call: number, state: number, isChoice: boolean): number {
    this.#order.push(call);
    this.#before.push(this.#state);
    this.#isChoice.push(isChoice);
    this.#state = state;
    this.#flip(call);
    if (call < this.#musts) this.#mustsTaken += 1;
    return this.#left.takeOut(call);
  }

  /** Goes back to before the last choice. @returns what was chosen then. */
  #takeBack(): number {
    for (let call = this.#order.pop(); call !== undefined; call = this.#order.pop()) {
      this.#left.putBack(call);
      this.#flip(call);
      if (call < this.#musts) this.#mustsTaken -= 1;
      this.#state = this.#before.pop() as number;
      if (this.#isChoice.pop()) return call;
    }
    return NONE;
  }

  #flip(call: number): void {
    const isMust = call < this.#musts;
    const bit = isMust ? call : this.#firstMayBit + call - this.#musts;
    this.#bits[bit >> 5] = (this.#bits[bit >> 5] as number) ^ (1 << (bit & 31));
    if (isMust) this.#hash ^= this.#salts[call] as number;
  }

  #noteLongest(): void {
    if (this.#mustsTaken <= this.#longest.musts) return;
    const order = [...this.#order];
    this.#longest = { musts: this.#mustsTaken, order, stuck: this.#left.due };
  }
}
