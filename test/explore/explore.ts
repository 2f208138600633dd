import { type Bounds, REDUCTIONS, type Reductions } from './bounds.ts';
import { type Explored, type Found, foundBy, type Limits, reachedBy } from './explored.ts';
import { Form } from './form.ts';
import { Frontier } from './frontier.ts';
import { Pairs } from './pairs.ts';
import { CODES_MAX, possibleSteps } from './possible.ts';
import { RowHash } from './row-hash.ts';
import { type Row, Worlds } from './world.ts';

type Each = (row: Row, length: number) => void;

/** Worlds between two looks at the clock. */
const LOOK_EVERY = 1024;

/** Breadth first, so that what is found is found by a shortest way. */
export class Explorer {
  readonly worlds: Worlds;
  readonly form: Form;
  readonly #seen = new Pairs(1 << 16);
  readonly #hash = new RowHash();
  readonly #frontier = new Frontier();
  /** By world: the world before it, and the step that led from there. */
  #parents = new Int32Array(1 << 16);
  #codes = new Int32Array(1 << 16);
  #transitions = 0;
  #depth = 0;
  readonly #each: Each | null;

  /** @param each is called with every world that is new. */
  constructor(bounds: Bounds, reductions: Reductions = REDUCTIONS, each: Each | null = null) {
    this.worlds = new Worlds(bounds, reductions);
    this.form = new Form(this.worlds, reductions);
    this.#each = each;
  }

  /** @param clock seconds; only ever compared. */
  run({ states, seconds }: Limits, clock: () => number): Explored {
    const worlds = this.worlds;
    const end = clock() + seconds;
    const row: Row = new Int32Array(worlds.raw.length);
    const codes: Row = new Int32Array(CODES_MAX);
    worlds.begin();
    this.#meet(-1, 0);
    let layerEnd = 1;
    for (let number = 0; ; number += 1) {
      const length = this.#frontier.shift(row);
      if (length === 0) return this.#report(true, null);
      if (number === layerEnd) {
        layerEnd = this.#seen.size;
        this.#depth += 1;
      }
      if (this.#seen.size >= states) return this.#report(false, null);
      if (number % LOOK_EVERY === 0 && clock() > end) return this.#report(false, null);
      const count = possibleSteps(worlds, row, length, codes);
      for (let i = 0; i < count; i += 1) {
        const code = codes[i] as number;
        try {
          if (!worlds.take(row, length, code)) continue;
        } catch (error) {
          return this.#report(false, this.#found(error, number, code));
        }
        this.#transitions += 1;
        this.#meet(number, code);
      }
    }
  }

  /** Looks at the world that the last step has left. */
  #meet(parent: number, code: number): void {
    const { raw, rawLength } = this.worlds;
    const form = this.form.of(raw, rawLength);
    const number = this.#seen.size;
    this.#hash.of(form, rawLength);
    if (this.#seen.add(this.#hash.high, this.#hash.low, number) >= 0) return;
    if (number >= this.#parents.length) this.#grow();
    this.#parents[number] = parent;
    this.#codes[number] = code;
    this.#frontier.push(form, rawLength);
    this.#each?.(form, rawLength);
  }

  #grow(): void {
    const [parents, codes] = [this.#parents, this.#codes];
    this.#parents = new Int32Array(parents.length * 2);
    this.#codes = new Int32Array(codes.length * 2);
    this.#parents.set(parents);
    this.#codes.set(codes);
  }

  #found(error: unknown, number: number, code: number): Found {
    const path = [code];
    for (let at = number; at > 0; at = this.#parents[at] as number) {
      path.unshift(this.#codes[at] as number);
    }
    return foundBy(error, path);
  }

  #report(isExhausted: boolean, found: Found | null): Explored {
    return {
      states: this.#seen.size,
      transitions: this.#transitions,
      depth: this.#depth,
      isExhausted,
      ...reachedBy(this.worlds.catalogue),
      found,
    };
  }
}
