import type { EntryId, Index, Term } from '../../core/types.ts';
import { assert } from '../../kit/assert.ts';

/** Consecutive entries in one segment: entry `first + i` begins at `offsets[i]`. */
type Run = { readonly segment: number; readonly first: Index; offsets: Uint32Array; count: number };

/** Where each term begins. */
export type TermStart = { readonly term: Term; readonly first: Index };

/**
 * Where each entry of the log lies on disk, and the term of each. Four to eight bytes an entry: a segment's
 * entries are consecutive, so only their offsets are kept.
 */
export class Positions {
  #base: EntryId;
  #last: EntryId;
  #runs: Run[] = [];
  #terms: TermStart[] = [];

  constructor(base: EntryId) {
    this.#base = base;
    this.#last = base;
  }

  /** The place before the first entry. */
  get base(): EntryId {
    return this.#base;
  }

  get last(): EntryId {
    return this.#last;
  }

  get terms(): readonly TermStart[] {
    return this.#terms;
  }

  /** Adds the entry after the last, which begins at `offset` of `segment`. */
  append(segment: number, offset: number, index: Index, term: Term): void {
    assert(index === this.#last.index + 1, `entry ${index} cannot follow ${this.#last.index}`);
    let run = this.#runs.at(-1);
    if (run?.segment !== segment) {
      run = { segment, first: index, offsets: new Uint32Array(64), count: 0 };
      this.#runs.push(run);
    }
    if (run.count === run.offsets.length) {
      const grown = new Uint32Array(run.count * 2);
      grown.set(run.offsets);
      run.offsets = grown;
    }
    run.offsets[run.count] = offset;
    run.count += 1;
    if (this.#terms.at(-1)?.term !== term) this.#terms.push({ term, first: index });
    this.#last = { index, term };
  }

  /** Forgets the entry `from` and all after it. */
  truncate(from: Index): void {
    if (from > this.#last.index) return;
    assert(from > this.#base.index, `entry ${from} is no longer in the log`);
    for (let run = this.#runs.at(-1); run !== undefined; run = this.#runs.at(-1)) {
      run.count = Math.min(run.count, Math.max(0, from - run.first));
      if (run.count > 0) break;
      this.#runs.pop();
    }
    while ((this.#terms.at(-1)?.first ?? 0) >= from) this.#terms.pop();
    this.#last = { index: from - 1, term: this.termBefore(from) };
  }

  /** Forgets the entries in segments before `segment`, whose first one follows `base`. */
  dropBefore(segment: number, base: EntryId): void {
    this.#runs = this.#runs.filter((run) => run.segment >= segment);
    const first = base.index + 1;
    const kept = this.#terms.filter((_, i) => (this.#terms[i + 1]?.first ?? first + 1) > first);
    const isEmpty = base.index === this.#last.index;
    this.#terms = isEmpty
      ? []
      : kept.map((start) => ({ term: start.term, first: Math.max(start.first, first) }));
    this.#base = base;
  }

  /** About how many bytes the entries after `index` take on disk. */
  bytesAfter(index: Index): number {
    let bytes = 0;
    for (let i = this.#runs.length - 1; i >= 0; i -= 1) {
      const { first, offsets, count } = this.#runs[i] as Run;
      const start = Math.max(0, index + 1 - first);
      if (start >= count) break;
      bytes += (offsets[count - 1] as number) - (offsets[start] as number);
    }
    return bytes;
  }

  /** Term of the entry before `index`. */
  termBefore(index: Index): Term {
    return this.#terms.findLast(({ first }) => first < index)?.term ?? this.#base.term;
  }

  /**
   * The offsets of `from` and of the entries after it that begin less than `bytes` further on in
   * the same segment. A copy: it stays right when the log is rewritten meanwhile.
   */
  stretch(from: Index, bytes: number): { readonly segment: number; readonly offsets: Uint32Array } {
    const run = this.#runs.findLast(({ first }) => first <= from);
    assert(
      run !== undefined && from < run.first + run.count,
      `entry ${from} is not stored; the log holds ${this.#base.index + 1} to ${this.#last.index}`,
    );
    const start = from - run.first;
    const limit = (run.offsets[start] as number) + bytes;
    let end = start + 1;
    while (end < run.count && (run.offsets[end] as number) < limit) end += 1;
    return { segment: run.segment, offsets: run.offsets.slice(start, end) };
  }
}
