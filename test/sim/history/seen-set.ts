/**
 * Where a search has been: which operations were in the order, and the state they left. Operations
 * that must be in the order and those that may be are kept apart, because a place is no news if one
 * was seen with the same state and the same musts, and no more of the others: whatever can follow
 * here could follow there.
 *
 * One array holds all places, each as
 *
 *     hash   state   bits of the musts …   bits of the others …
 */
export class SeenSet {
  readonly #mustWords: number;
  readonly #words: number;
  readonly #placeWords: number;
  #places: Uint32Array;
  #count = 0;
  /** By hash: 1 + the number of a place, or 0. Linear probing; at most half full. */
  #slots = new Uint32Array(SLOTS_MIN);

  /** @param mustWords words of 32 bits that the musts take, of `words` in all. */
  constructor(mustWords: number, words: number) {
    this.#mustWords = mustWords;
    this.#words = words;
    this.#placeWords = HEADER_WORDS + words;
    this.#places = new Uint32Array(PLACES_MIN * this.#placeWords);
  }

  /**
   * @param hash of the musts alone.
   * @returns false if this place is no news.
   */
  add(bits: Uint32Array, hash: number, state: number): boolean {
    const mixed = mix(hash, state);
    const mask = this.#slots.length - 1;
    let slot = mixed & mask;
    for (let place = this.#slots[slot]; place; place = this.#slots[slot]) {
      if (this.#covers((place - 1) * this.#placeWords, bits, mixed, state)) return false;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.#append(bits, mixed, state);
    if (this.#count * 2 > this.#slots.length) this.#rehash();
    return true;
  }

  #covers(at: number, bits: Uint32Array, mixed: number, state: number): boolean {
    const places = this.#places;
    if (places[at] !== mixed || places[at + 1] !== state) return false;
    const start = at + HEADER_WORDS;
    for (let i = 0; i < this.#mustWords; i += 1) if (places[start + i] !== bits[i]) return false;
    for (let i = this.#mustWords; i < this.#words; i += 1) {
      const before = places[start + i] as number;
      if ((before & (bits[i] as number)) >>> 0 !== before) return false;
    }
    return true;
  }

  #append(bits: Uint32Array, mixed: number, state: number): number {
    const at = this.#count * this.#placeWords;
    if (at + this.#placeWords > this.#places.length) {
      const larger = new Uint32Array(this.#places.length * 2);
      larger.set(this.#places);
      this.#places = larger;
    }
    this.#places[at] = mixed;
    this.#places[at + 1] = state;
    this.#places.set(bits, at + HEADER_WORDS);
    this.#count += 1;
    return this.#count;
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 4);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#count; number += 1) {
      let slot = (this.#places[number * this.#placeWords] as number) & mask;
      while (slots[slot]) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

const HEADER_WORDS = 2;
const PLACES_MIN = 64;
const SLOTS_MIN = 256;

/** Spreads the musts and the state over 32 bits. */
function mix(hash: number, state: number): number {
  let mixed = hash ^ Math.imul(state + 1, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
