import type { EntryId, Index } from '../../core/types.ts';

/** What the batches of one segment build on. */
type Ground = {
  readonly segment: number;
  /** The last entry of the log before its first batch. */
  readonly before: EntryId;
  /** The lowest entry that one of its batches begins with. */
  lowest: Index;
};

/** A segment that the log can begin with, and the place before the first entry that it then holds. */
export type Beginning = { readonly segment: number; readonly base: EntryId };

/**
 * Knows with which segments the log could begin, the ones before them being gone. A segment is one
 * of those if no batch in it, or after it, replaces anything that lay there before it: else it could
 * not be replayed without that.
 */
export class Beginnings {
  /** In the order of the log. */
  #grounds: Ground[] = [];

  /**
   * Takes note of a batch, the next one in the order of the log.
   *
   * @param first entry that it carries; null if it carries none.
   */
  add(segment: number, before: EntryId, first: Index | null): void {
    let ground = this.#grounds.at(-1);
    if (ground?.segment !== segment) {
      ground = { segment, before, lowest: Number.POSITIVE_INFINITY };
      this.#grounds.push(ground);
    }
    if (first !== null) ground.lowest = Math.min(ground.lowest, first);
  }

  /**
   * The latest beginning at or before `upTo`, where nothing is replaced any more.
   *
   * @returns null if it is the one that the log has.
   */
  latest(upTo: Index): Beginning | null {
    let lowest = Number.POSITIVE_INFINITY;
    for (let i = this.#grounds.length - 1; i > 0; i -= 1) {
      const { segment, before, lowest: own } = this.#grounds[i] as Ground;
      lowest = Math.min(lowest, own);
      if (before.index <= upTo && lowest > before.index) return { segment, base: before };
    }
    return null;
  }

  /** The log begins with `segment` now. */
  dropBefore(segment: number): void {
    this.#grounds = this.#grounds.filter((ground) => ground.segment >= segment);
  }
}
