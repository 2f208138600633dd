import { fraction, nextRandom } from '../../lib/kit/random.ts';

/** A seeded source of chance. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds would begin alike.
    this.#state = nextRandom(Math.imul(seed + 1, 0x9e3779b1) >>> 0);
  }

  /** A number from `low` up to but not including `high`. */
  between(low: number, high: number): number {
    this.#state = nextRandom(this.#state);
    return low + fraction(this.#state) * (high - low);
  }

  /** A whole number from `low` to `high`. */
  whole(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1));
  }

  /** True in `part` of all cases. */
  happens(part: number): boolean {
    return this.between(0, 1) < part;
  }

  pick<T>(things: readonly T[]): T {
    return things[this.whole(0, things.length - 1)] as T;
  }

  /** Some of `things`, at most `most`. */
  some<T>(things: readonly T[], most: number): T[] {
    const left = [...things];
    const chosen: T[] = [];
    for (let n = this.whole(0, most); n > 0 && left.length > 0; n -= 1) {
      chosen.push(...left.splice(this.whole(0, left.length - 1), 1));
    }
    return chosen;
  }
}

/**
 * Chance of its own for one thing of a run: what one link, disk or client draws does not depend on
 * what the others do. So a run from which something was left out still resembles the whole one.
 */
export function chanceOf(seed: number, ...names: readonly (number | string)[]): Chance {
  let hash = Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1);
  for (const name of names) {
    for (const letter of `${name}/`) {
      hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
      hash ^= hash >>> 15;
    }
  }
  return new Chance(hash >>> 0);
}
