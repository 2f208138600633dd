import type { Chance } from '../sim/chance.ts';
import { type Bounds, REDUCTIONS } from './bounds.ts';
import { type Explored, type Found, foundBy, type Limits, reachedBy } from './explored.ts';
import { Form } from './form.ts';
import { Pairs } from './pairs.ts';
import { CODES_MAX, possibleSteps } from './possible.ts';
import { RowHash } from './row-hash.ts';
import { type Row, Worlds } from './world.ts';

/** Steps of one walk; few come so far before there is nothing more to do. */
const STEPS_MAX = 200;
/** Walks between two looks at the clock. */
const LOOK_EVERY = 64;

/**
 * Walks from the beginning, each step by chance, again and again. Within bounds that are too wide to
 * be exhausted this comes to worlds that breadth first would never come to, but by no shortest way.
 */
export class Wanderer {
  readonly worlds: Worlds;
  readonly form: Form;
  readonly #chance: Chance;
  readonly #seen = new Pairs(1 << 16);
  readonly #hash = new RowHash();
  readonly #row: Row;
  readonly #codes: Row = new Int32Array(CODES_MAX);
  #transitions = 0;
  #depth = 0;

  constructor(bounds: Bounds, chance: Chance) {
    this.worlds = new Worlds(bounds, REDUCTIONS);
    this.form = new Form(this.worlds, REDUCTIONS);
    this.#chance = chance;
    this.#row = new Int32Array(this.worlds.raw.length);
  }

  /** @param clock seconds; only ever compared. */
  run({ states, seconds }: Limits, clock: () => number): Explored {
    const end = clock() + seconds;
    for (let walk = 0; this.#seen.size < states; walk += 1) {
      if (walk % LOOK_EVERY === 0 && clock() > end) break;
      const found = this.#walk();
      if (found) return this.#report(found);
    }
    return this.#report(null);
  }

  #walk(): Found | null {
    const { worlds } = this;
    const path: number[] = [];
    worlds.begin();
    while (path.length < STEPS_MAX) {
      const length = worlds.rawLength;
      this.#meet(path.length);
      const count = possibleSteps(worlds, this.#row, length, this.#codes);
      const found = this.#step(length, count, path);
      if (found !== null) return found === 'end' ? null : found;
    }
    return null;
  }

  /** Takes one step by chance of those that change something, and adds it to the path. */
  #step(length: number, count: number, path: number[]): Found | 'end' | null {
    const codes = this.#codes;
    for (let left = count; left > 0; left -= 1) {
      const at = this.#chance.whole(0, left - 1);
      const code = codes[at] as number;
      codes[at] = codes[left - 1] as number;
      try {
        if (!this.worlds.take(this.#row, length, code)) continue;
      } catch (error) {
        return foundBy(error, [...path, code]);
      }
      this.#transitions += 1;
      path.push(code);
      return null;
    }
    return 'end';
  }

  /** Goes on from the world that the last step has left. */
  #meet(depth: number): void {
    const { raw, rawLength } = this.worlds;
    const form = this.form.of(raw, rawLength);
    for (let i = 0; i < rawLength; i += 1) this.#row[i] = form[i] as number;
    this.#hash.of(form, rawLength);
    this.#seen.add(this.#hash.high, this.#hash.low, 0);
    this.#depth = Math.max(this.#depth, depth);
  }

  #report(found: Found | null): Explored {
    return {
      states: this.#seen.size,
      transitions: this.#transitions,
      depth: this.#depth,
      isExhausted: false,
      ...reachedBy(this.worlds.catalogue),
      found,
    };
  }
}
