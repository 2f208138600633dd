import { assert } from '../kit/assert.ts';
import { type Entry, type EntryKind, makeEntry } from './entry.ts';
import { type EntryId, type Index, ORIGIN, type Term } from './types.ts';

/** Where a term begins in the log. Terms rise along the log, so a few of these know every term. */
export type TermStart = { readonly term: Term; readonly first: Index };

/** What a log starts from: what recovery found on disk. */
export type LogImage = {
  readonly base: EntryId;
  readonly last: EntryId;
  readonly terms: readonly TermStart[];
  /** The newest entries, ending with `last`; may be fewer than there are. */
  readonly tail: readonly Entry[];
  /** How far it is on disk; all of it if left out. */
  readonly stored?: Index;
  /** How often entries were replaced; 0 if left out. */
  readonly epoch?: number;
};

type Slice = {
  readonly entries: readonly Entry[];
  readonly last: EntryId;
  readonly bytesMax: number;
};

const NOTHING_SLICED: Slice = { entries: [], last: ORIGIN, bytesMax: 0 };

export const EMPTY_LOG: LogImage = { base: ORIGIN, last: ORIGIN, terms: [], tail: [] };

/**
 * The log as the core sees it: the term of every entry, and the newest entries themselves (the
 * window). Older entries are on disk only; the shell reads them back when somebody needs them.
 *
 *     base │ ······ on disk ······ │ window ······· stored │ not yet stored │
 *          └ first                 └ windowFirst           └ stored         └ last
 *
 * Owned and edited in place by the core.
 */
export class Log {
  #base: EntryId;
  #terms: TermStart[];
  #window: Entry[];
  #windowFirst: Index;
  #windowBytes = 0;
  #last: EntryId;
  #stored: Index;
  #unwritten: Index;
  #epoch = 0;
  #sliced: Slice = NOTHING_SLICED;

  constructor(image: LogImage = EMPTY_LOG) {
    this.#base = image.base;
    this.#terms = [...image.terms];
    this.#window = [...image.tail];
    this.#windowFirst = image.last.index - image.tail.length + 1;
    for (const entry of image.tail) this.#windowBytes += entry.record.length;
    this.#last = image.last;
    this.#stored = image.stored ?? image.last.index;
    this.#unwritten = image.last.index + 1;
    this.#epoch = image.epoch ?? 0;
  }

  /** A log that starts from it is this one, provided that the disk was handed all entries. */
  get image(): Required<LogImage> {
    return {
      base: this.#base,
      last: this.#last,
      terms: [...this.#terms],
      tail: [...this.#window],
      stored: this.#stored,
      epoch: this.#epoch,
    };
  }

  /** The last entry that a snapshot stands for, or the place before the first one. */
  get base(): EntryId {
    return this.#base;
  }

  get first(): Index {
    return this.#base.index + 1;
  }

  get last(): EntryId {
    return this.#last;
  }

  /** Everything up to here is on this server's disk. */
  get stored(): Index {
    return this.#stored;
  }

  /** Changes whenever entries are replaced, so that news of an older write is recognised. */
  get epoch(): number {
    return this.#epoch;
  }

  /** First index that is still in memory; `last.index + 1` if none is. */
  get windowFirst(): Index {
    return this.#windowFirst;
  }

  /** The term of the entry at `index`, or null if the log does not know it. */
  termAt(index: Index): Term | null {
    if (index === this.#base.index) return this.#base.term;
    if (index < this.#base.index || index > this.#last.index) return null;
    return (this.#terms[this.#termStartAt(index)] as TermStart).term;
  }

  #termStartAt(index: Index): number {
    let low = 0;
    let high = this.#terms.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#terms[middle] as TermStart).first <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  has(id: EntryId): boolean {
    return this.termAt(id.index) === id.term;
  }

  /**
   * The last entry at or before `index` whose term is at most `term`: the last one that a log with
   * `term` at `index` could share. Both sides of a conflict search with it, so a whole term is
   * skipped per round trip (thesis §3.5).
   */
  lastNotAfter(index: Index, term: Term): EntryId {
    if (index <= this.#base.index || this.#terms.length === 0) return this.#base;
    let at = Math.min(index, this.#last.index);
    for (let i = this.#termStartAt(at); i >= 0; i -= 1) {
      const start = this.#terms[i] as TermStart;
      if (start.term <= term) return { index: at, term: start.term };
      at = start.first - 1;
    }
    return this.#base;
  }

  /** Adds an entry of the leader's own. */
  append(term: Term, kind: EntryKind, payload?: Uint8Array): Entry {
    const entry = makeEntry(this.#last.index + 1, term, kind, payload);
    this.#push(entry);
    return entry;
  }

  /**
   * Attaches a leader's entries, which follow one that this log holds. Entries that are already
   * here stay; the first that differs takes the place of everything after it.
   *
   * @returns false, with nothing changed, if that would replace an entry at or below `commit`.
   * @see Raft thesis §3.5
   */
  splice(entries: readonly Entry[], commit: Index): boolean {
    const news = entries.findIndex((entry) => this.termAt(entry.index) !== entry.term);
    if (news === -1) return true;
    const from = (entries[news] as Entry).index;
    if (from <= commit) return false;
    if (from <= this.#last.index) this.#truncate(from);
    for (let i = news; i < entries.length; i += 1) this.#push(entries[i] as Entry);
    return true;
  }

  #truncate(from: Index): void {
    while ((this.#terms.at(-1)?.first ?? 0) >= from) this.#terms.pop();
    const kept = Math.max(0, from - this.#windowFirst);
    for (const entry of this.#window.splice(kept)) this.#windowBytes -= entry.record.length;
    this.#windowFirst = Math.min(this.#windowFirst, from);
    this.#last = { index: from - 1, term: this.#terms.at(-1)?.term ?? this.#base.term };
    this.#stored = Math.min(this.#stored, from - 1);
    this.#unwritten = Math.min(this.#unwritten, from);
    this.#epoch += 1;
  }

  #push(entry: Entry): void {
    assert(entry.index === this.#last.index + 1, 'the log has no gaps');
    assert(entry.term >= this.#last.term, 'terms never fall along the log');
    if (entry.term !== this.#last.term || this.#terms.length === 0) {
      this.#terms.push({ term: entry.term, first: entry.index });
    }
    this.#window.push(entry);
    this.#windowBytes += entry.record.length;
    this.#last = { index: entry.index, term: entry.term };
  }

  /**
   * Entries from `from` up to `bytesMax`, but at least one; none if `from` is past the end.
   * Followers mostly need the same entries, so asking again gives the same array: what is made of
   * it (the bytes of a message) need be made only once.
   *
   * @returns null if `from` is no longer in memory.
   */
  slice(from: Index, bytesMax: number): readonly Entry[] | null {
    if (from < this.#windowFirst) return null;
    const sliced = this.#sliced;
    const isSame = sliced.last === this.#last && sliced.bytesMax === bytesMax;
    if (isSame && sliced.entries[0]?.index === from) return sliced.entries;
    const entries = this.#cut(from, bytesMax);
    this.#sliced = { entries, last: this.#last, bytesMax };
    return entries;
  }

  #cut(from: Index, bytesMax: number): readonly Entry[] {
    const start = from - this.#windowFirst;
    let end = start;
    for (let bytes = 0; end < this.#window.length; end += 1) {
      bytes += (this.#window[end] as Entry).record.length;
      if (bytes > bytesMax && end > start) break;
    }
    return this.#window.slice(start, end);
  }

  /** The entries from `from` to `to` that are in memory: the end of that range. */
  held(from: Index, to: Index): readonly Entry[] {
    const start = Math.max(from, this.#windowFirst);
    return this.#window.slice(start - this.#windowFirst, Math.max(0, to + 1 - this.#windowFirst));
  }

  /** Lets go of all entries up to `index`, which this log knows and has on disk. */
  compact(index: Index): void {
    const term = this.termAt(index);
    assert(term !== null && index <= this.#stored, 'only what is stored can be compacted');
    while ((this.#terms[1]?.first ?? Number.POSITIVE_INFINITY) <= index + 1) this.#terms.shift();
    const [oldest] = this.#terms;
    if (index === this.#last.index) this.#terms = [];
    else if (oldest) this.#terms[0] = { term: oldest.term, first: index + 1 };
    const gone = this.#window.splice(0, Math.max(0, index + 1 - this.#windowFirst));
    for (const entry of gone) this.#windowBytes -= entry.record.length;
    this.#windowFirst = Math.max(this.#windowFirst, index + 1);
    this.#base = { index, term };
    this.#sliced = NOTHING_SLICED;
  }

  /** Begins anew after `base`, the last entry of a snapshot that is durable: nothing else is left. */
  restart(base: EntryId): void {
    this.#base = base;
    this.#terms = [];
    this.#window = [];
    this.#windowFirst = base.index + 1;
    this.#windowBytes = 0;
    this.#last = base;
    this.#stored = base.index;
    this.#unwritten = base.index + 1;
    this.#epoch += 1;
    this.#sliced = NOTHING_SLICED;
  }

  /** Entries that nobody has handed to the disk yet. Each is returned once. */
  takeUnwritten(): readonly Entry[] {
    if (this.#unwritten > this.#last.index) return [];
    const entries = this.#window.slice(this.#unwritten - this.#windowFirst);
    this.#unwritten = this.#last.index + 1;
    return entries;
  }

  /** A write is durable. One that was decided before entries were replaced proves nothing now. */
  markStored(last: Index, epoch: number): void {
    if (epoch === this.#epoch) this.#stored = Math.max(this.#stored, last);
  }

  /**
   * Once the window is a quarter over `bytesMax`, lets go of the oldest entries in memory until it
   * is back there, but of none after `upTo`. The slack keeps the cost per entry constant.
   */
  evict(upTo: Index, bytesMax: number): void {
    if (this.#windowBytes * 4 <= bytesMax * 5) return;
    let gone = 0;
    while (this.#windowBytes > bytesMax && this.#windowFirst + gone <= upTo) {
      this.#windowBytes -= (this.#window[gone] as Entry).record.length;
      gone += 1;
    }
    this.#window.splice(0, gone);
    this.#windowFirst += gone;
  }
}
