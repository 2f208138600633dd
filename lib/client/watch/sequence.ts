import type { Change } from '../operations.ts';
import type { Claim } from './claim.ts';

/**
 * Every change under a prefix once, in the order of their revs and none left out, from claims that
 * come in any order, more than once, or not at all.
 *
 * One rule does it. Everything up to `known` has been handed over; a claim that begins at or before
 * `known` and ends after it adds what is new in it, and `known` moves to its end. A claim that
 * begins after `known` shows a gap: it is kept aside, and somebody has to ask for what lies between.
 */
export class Sequence {
  #known: number;
  #heard: number;
  /** Claims from beyond a gap, in the order in which they came: mostly that of their revs. */
  #aside: Claim[] = [];
  #asideBytes = 0;
  readonly #asideBytesMax: number;

  /**
   * @param since everything up to this rev is known.
   * @param asideBytesMax most that is kept from beyond a gap. More than that is forgotten, and has
   *   to be asked for.
   */
  constructor(since: number, asideBytesMax: number) {
    this.#known = since;
    this.#heard = since;
    this.#asideBytesMax = asideBytesMax;
  }

  /** Everything up to here has been handed over. */
  get known(): number {
    return this.#known;
  }

  /** The newest rev of which anything was heard: something is missing while it is above `known`. */
  get heard(): number {
    return Math.max(this.#heard, this.#known);
  }

  /** Bytes that are kept aside. */
  get asideBytes(): number {
    return this.#asideBytes;
  }

  /** The store has this rev: what lies between it and `known` will have to come from somewhere. */
  hear(rev: number): void {
    this.#heard = Math.max(this.#heard, rev);
  }

  /** @returns the changes that are next. */
  take(claim: Claim): readonly Change[] {
    this.hear(claim.upTo);
    if (claim.upTo <= this.#known) return NONE;
    if (claim.after > this.#known) {
      this.#keep(claim);
      return NONE;
    }
    const next = this.#add(claim);
    return this.#aside.length === 0 ? next : [...next, ...this.#join()];
  }

  #add({ upTo, changes }: Claim): readonly Change[] {
    const known = this.#known;
    this.#known = upTo;
    const [first] = changes;
    return first === undefined || first.rev > known
      ? changes
      : changes.filter(({ rev }) => rev > known);
  }

  #keep(claim: Claim): void {
    const bytes = claim.bytes + CLAIM_BYTES;
    if (this.#asideBytes + bytes > this.#asideBytesMax) {
      this.#takeAside();
      return;
    }
    this.#asideBytes += bytes;
    this.#aside.push(claim);
  }

  #takeAside(): Claim[] {
    const aside = this.#aside;
    this.#aside = [];
    this.#asideBytes = 0;
    return aside;
  }

  /** Forgets all that was heard of and is not known. Nothing is lost: the next claim shows the gap. */
  forget(): void {
    this.#takeAside();
    this.#heard = this.#known;
  }

  /** Claims from beyond a gap that is closed now. */
  #join(): readonly Change[] {
    const joined: Change[] = [];
    let before: number;
    do {
      before = this.#known;
      for (const claim of this.#takeAside()) {
        if (claim.upTo <= this.#known) continue;
        if (claim.after > this.#known) this.#keep(claim);
        else joined.push(...this.#add(claim));
      }
      // those that came out of order may be next only now
    } while (this.#known > before && this.#aside.length > 0);
    return joined;
  }
}

const NONE: readonly Change[] = [];
/** What a claim takes besides its changes, about. */
const CLAIM_BYTES = 100;
