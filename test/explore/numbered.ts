import type { Names } from './rename.ts';

/** Things of one kind, each numbered when it was seen first, and known under all its names. */
export class Numbered<T> {
  readonly #names: readonly Names[];
  readonly #keyOf: (thing: T) => string;
  readonly #rename: (thing: T, names: Names) => T;
  readonly #things: T[] = [];
  readonly #numbers = new Map<string, number>();
  /** By thing and way to rename it; -1 until it is asked for. */
  readonly #renamed: number[] = [];
  readonly #least: number[] = [];

  constructor(
    names: readonly Names[],
    keyOf: (thing: T) => string,
    rename: (thing: T, names: Names) => T,
  ) {
    this.#names = names;
    this.#keyOf = keyOf;
    this.#rename = rename;
  }

  get size(): number {
    return this.#things.length;
  }

  all(): readonly T[] {
    return this.#things;
  }

  /** The same number for the same thing. */
  numberOf(thing: T): number {
    const key = this.#keyOf(thing);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#things.push(thing) - 1;
    this.#numbers.set(key, number);
    this.#least.push(-1);
    this.#renamed.push(number);
    for (let way = 1; way < this.#names.length; way += 1) this.#renamed.push(-1);
    return number;
  }

  get(number: number): T {
    return this.#things[number] as T;
  }

  /** The number of the same thing when servers are renamed in the given way; 0 changes nothing. */
  renamed(number: number, way: number): number {
    const at = number * this.#names.length + way;
    const known = this.#renamed[at] as number;
    if (known >= 0) return known;
    const renamed = this.numberOf(this.#rename(this.get(number), this.#names[way] as Names));
    this.#renamed[at] = renamed;
    return renamed;
  }

  /** The least number among all names of a thing: the same for all of them. */
  least(number: number): number {
    const known = this.#least[number] as number;
    if (known >= 0) return known;
    const all = this.#names.map((_, way) => this.renamed(number, way));
    const least = Math.min(...all);
    for (const one of all) this.#least[one] = least;
    return least;
  }
}
