import type { EntryId, Index, Millis, NodeId, Term } from '../core/types.ts';

/**
 * Largest term to believe from a peer: an election every 30 ms for a thousand years. Records hold
 * terms of 48 bits, so a server that adopted this one could still count on without a limit in sight.
 */
export const TERM_MAX = 2 ** 40;
/** Largest index: what a record holds. */
export const INDEX_MAX = 2 ** 48 - 1;
/** Largest id of a server: what configurations allow. */
export const NODE_MAX = 2 ** 31 - 1;

/** True for a safe integer of 0 or more. */
export function isUint(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

const NOTHING = new Uint8Array(0);

/**
 * Takes the fields of a message one after another, checking each. The first that is wrong is
 * remembered in `fault`, and everything taken after it is worthless: look at `fault` before use.
 */
export class Fields {
  readonly #items: readonly unknown[];
  #next: number;
  #fault: string | null = null;

  constructor(items: readonly unknown[], from: number) {
    this.#items = items;
    this.#next = from;
  }

  /** What is wrong, or null if every field was taken and sound. */
  get fault(): string | null {
    if (this.#fault !== null || this.#next === this.#items.length) return this.#fault;
    return `${this.#items.length - this.#next} fields too many`;
  }

  /** An integer from `min` to `max`. */
  uint(name: string, min: number, max: number): number {
    const value = this.#items[this.#next++];
    const isSound = typeof value === 'number' && Number.isSafeInteger(value);
    if (isSound && value >= min && value <= max) return value;
    this.require(false, `${name} is not an integer from ${min} to ${max}`);
    return min;
  }

  /** The term of a message: servers speak in terms from 1 on. */
  term(min = 1): Term {
    return this.uint('the term', min, TERM_MAX);
  }

  index(name: string): Index {
    return this.uint(name, 0, INDEX_MAX);
  }

  node(name: string): NodeId {
    return this.uint(name, 1, NODE_MAX);
  }

  /** An entry whose term is at most `termMax`: logs hold no entries of terms to come. */
  entryId(name: string, termMax: Term): EntryId {
    const index = this.index(name);
    const term = this.uint(`the term of ${name}`, 0, TERM_MAX);
    this.require(term <= termMax, `the term of ${name} is above ${termMax}`);
    this.require((index === 0) === (term === 0), `${name} has an index or a term, but not both`);
    return { index, term };
  }

  /** How many of `width` fields each follow: never more than are there. */
  count(name: string, width: number): number {
    const left = this.#items.length - this.#next - 1;
    return this.uint(name, 0, Math.max(0, Math.floor(left / width)));
  }

  /** A moment, in fractions; Infinity and -Infinity are after and before all others. */
  millis(name: string): Millis {
    const value = this.#items[this.#next++];
    const isSound = typeof value === 'number' && !Number.isNaN(value);
    this.require(isSound, `${name} is not a number`);
    return isSound ? value : 0;
  }

  /** A string of at most so many UTF-16 units. */
  text(name: string, lengthMax: number): string {
    const value = this.#items[this.#next++];
    const isSound = typeof value === 'string' && value.length <= lengthMax;
    this.require(isSound, `${name} is not a string of at most ${lengthMax} characters`);
    return isSound ? value : '';
  }

  bytes(name: string): Uint8Array {
    const value = this.#items[this.#next++];
    const isSound = value instanceof Uint8Array;
    this.require(isSound, `${name} are not bytes`);
    return isSound ? value : NOTHING;
  }

  boolean(name: string): boolean {
    const value = this.#items[this.#next++];
    this.require(typeof value === 'boolean', `${name} is not a boolean`);
    return value === true;
  }

  /** Notes `otherwise`, unless `holds` or something was wrong before. */
  require(holds: boolean, otherwise: string): void {
    if (!holds) this.#fault ??= otherwise;
  }
}
