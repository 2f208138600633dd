import type { Reductions } from './bounds.ts';
import type { Names } from './rename.ts';
import type { Row, Worlds } from './world.ts';

/**
 * One form for all worlds that differ only in how servers are numbered: of all ways to number them,
 * the one whose row comes first, among those that put the servers in order of their kind.
 */
export class Form {
  readonly #worlds: Worlds;
  readonly #ways: readonly Names[];
  readonly #nodes: number;
  readonly #kinds: number[];
  #best: Row;
  #other: Row;
  /** The way in which the last row was renamed. */
  way = 0;

  /** Without `symmetry` every row is taken as it is, but for mail that rises. */
  constructor(worlds: Worlds, { symmetry }: Reductions) {
    this.#worlds = worlds;
    const { names } = worlds.catalogue;
    this.#ways = symmetry ? names : names.slice(0, 1);
    this.#nodes = worlds.bounds.nodes;
    this.#kinds = Array.from({ length: this.#nodes }, () => 0);
    this.#best = new Int32Array(worlds.raw.length);
    this.#other = new Int32Array(worlds.raw.length);
  }

  /** The form of `row`. Good until the next call. */
  of(row: Row, length: number): Row {
    const { stills } = this.#worlds.catalogue;
    for (let i = 0; i < this.#nodes; i += 1) this.#kinds[i] = stills.least(row[i] as number);
    let isFirst = true;
    for (let way = 0; way < this.#ways.length; way += 1) {
      if (this.#ways.length > 1 && !this.#isInOrder(this.#ways[way] as Names)) continue;
      this.#worlds.rename(row, length, way, isFirst ? this.#best : this.#other);
      if (isFirst) this.way = way;
      else if (isBefore(this.#other, this.#best, length)) {
        [this.#best, this.#other] = [this.#other, this.#best];
        this.way = way;
      }
      isFirst = false;
    }
    return this.#best;
  }

  #isInOrder(names: Names): boolean {
    for (let a = 1; a <= this.#nodes; a += 1) {
      for (let b = 1; b <= this.#nodes; b += 1) {
        const isBefore = (names[a] as number) < (names[b] as number);
        if (isBefore && (this.#kinds[a - 1] as number) > (this.#kinds[b - 1] as number))
          return false;
      }
    }
    return true;
  }

  /** In how many different rows this world can be written. */
  count(row: Row, length: number): number {
    const seen = new Set<string>();
    for (let way = 0; way < this.#worlds.catalogue.names.length; way += 1) {
      this.#worlds.rename(row, length, way, this.#other);
      seen.add(this.#other.subarray(0, length).join());
    }
    return seen.size;
  }
}

function isBefore(a: Row, b: Row, length: number): boolean {
  for (let i = 0; i < length; i += 1) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
