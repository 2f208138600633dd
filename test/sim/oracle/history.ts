import { type Entry, payloadOf } from '../../../lib/core/entry.ts';
import type { Configuration, ConfigurationAt, Index } from '../../../lib/core/types.ts';

/**
 * A log with a running hash: two histories with the same hash at an index are equal up to it, which
 * makes comparing whole prefixes as cheap as comparing two numbers.
 */
export class History {
  readonly entries: Entry[] = [];
  readonly #hashes: number[] = [0];
  /** Those of its entries that carry a configuration. */
  readonly configurations: ConfigurationAt[] = [];

  constructor(entries: readonly Entry[] = []) {
    this.put(entries);
  }

  get last(): Index {
    return this.entries.length;
  }

  /** Entries take the place of whatever was at or after the first of them. */
  put(entries: readonly Entry[]): void {
    const [first] = entries;
    if (!first) return;
    if (first.index > this.last + 1) throw new Error(`a gap before entry ${first.index}`);
    this.entries.length = first.index - 1;
    this.#hashes.length = first.index;
    while ((this.configurations.at(-1)?.index ?? 0) >= first.index) this.configurations.pop();
    for (const entry of entries) {
      this.#hashes.push(hash(this.#hashes.at(-1) as number, entry));
      this.entries.push(entry);
      if (entry.kind === 'config') this.#adopt(entry);
    }
  }

  #adopt(entry: Entry): void {
    const configuration = JSON.parse(Buffer.from(payloadOf(entry)).toString()) as Configuration;
    this.configurations.push({ index: entry.index, configuration });
  }

  /** The hash of everything up to `index`, or null if the history does not reach so far. */
  hashAt(index: Index): number | null {
    return this.#hashes[index] ?? null;
  }

  termAt(index: Index): number {
    return this.entries[index - 1]?.term ?? 0;
  }

  /** Entries from `from` on, about `bytesMax` of them but at least one, as a log store reads them. */
  read(from: Index, bytesMax: number): readonly Entry[] {
    let end = from - 1;
    for (let bytes = 0; end < this.last; end += 1) {
      bytes += this.entries[end]?.record.length ?? 0;
      if (bytes > bytesMax && end >= from) break;
    }
    return this.entries.slice(from - 1, end);
  }

  /** A copy of the first entries, up to `index`. */
  upTo(index: Index): History {
    return new History(this.entries.slice(0, index));
  }
}

/** A record's own checksum, at offset 4, stands for its bytes. */
function hash(before: number, { index, term, record }: Entry): number {
  const sum = new DataView(record.buffer, record.byteOffset).getUint32(4, true);
  let h = before;
  for (const part of [sum, term, index]) {
    h = Math.imul(h ^ part, 0x9e3779b1);
    h ^= h >>> 15;
  }
  return h >>> 0;
}
