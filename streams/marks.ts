import type { After, MarkFields } from '../lib/wire/event.ts';
import { MARK } from '../lib/wire/event.ts';

/** How often a node tells of a prefix that is watched, in ms. */
export const MARK_INTERVAL_MS = 100;
/** Marks at a time. With more prefixes than that each has its turn, less often. */
const MARKS_MAX = 100;

/** A prefix that somebody watches. */
type Watched = {
  readonly prefix: string;
  readonly bytes: number;
  /** Above it, and up to the rev of the marks, no change is of a key with this prefix. */
  last: number;
};

/**
 * What makes the event feed complete for those who watch a part of the keys: they see some revs
 * only, so a rev that is missing does not show. For each prefix that is watched this keeps the rev
 * of its last change. Every change tells what came before it, and every mark what came last: both
 * are statements about the history, true on all nodes, by whichever they are made.
 */
export class Marks {
  #rev: number;
  /** What `watch` was told. */
  #topics: readonly string[] = [];
  /** By the length of the prefix as a string, and then by the prefix. */
  #watched = new Map<number, Map<string, Watched>>();
  #inTurn: Watched[] = [];

  /** @param rev of the state that the node begins with. */
  constructor(rev: number) {
    this.#rev = rev;
  }

  /** @param topics of marks that somebody subscribes to, now. */
  watch(topics: readonly string[]): void {
    if (topics === this.#topics) return;
    this.#topics = topics;
    const before = this.#watched;
    this.#watched = new Map();
    // two of the same prefix would be one that is kept and one that is not
    this.#inTurn = [...new Set(topics)].map((topic) => {
      const prefix = topic.slice(MARK.length);
      const ofLength = this.#watched.get(prefix.length) ?? new Map<string, Watched>();
      this.#watched.set(prefix.length, ofLength);
      const bytes = Buffer.byteLength(prefix);
      const known = before.get(prefix.length)?.get(prefix);
      // of what came before it was watched nothing is known
      const watched = known ?? { prefix, bytes, last: this.#rev };
      ofLength.set(prefix, watched);
      return watched;
    });
  }

  /** The state was replaced by one at `rev`, and nobody saw the changes between. */
  skipTo(rev: number): void {
    if (rev === this.#rev) return;
    this.#rev = rev;
    for (const watched of this.#inTurn) watched.last = rev;
  }

  /** The next change. @returns what came before it, for each watched prefix of its key. */
  note(rev: number, key: string): After {
    this.skipTo(rev - 1);
    this.#rev = rev;
    const after: (readonly [number, number])[] = [];
    for (const [length, ofLength] of this.#watched) {
      const watched = ofLength.get(key.slice(0, length));
      if (!watched) continue;
      after.push([watched.bytes, watched.last]);
      watched.last = rev;
    }
    return after;
  }

  /** The marks to publish now. */
  due(): readonly ({ readonly prefix: string } & MarkFields)[] {
    const turns = Math.max(1, Math.ceil(this.#inTurn.length / MARKS_MAX));
    const now = this.#inTurn.splice(0, MARKS_MAX);
    this.#inTurn.push(...now);
    const every = turns * MARK_INTERVAL_MS;
    return now.map(({ prefix, last }) => ({ prefix, rev: this.#rev, last, every }));
  }
}
