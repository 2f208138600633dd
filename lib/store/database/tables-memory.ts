import { assert } from '../../kit/assert.ts';
import { KEY_BYTES_MAX, type Order, type Row, type Table, type Tables } from './tables.ts';

/**
 * The twin of LMDB in memory, for tests and the simulator: the same results in the same order, and
 * nothing that depends on time or chance.
 *
 * A disk that outlives its node is the same `MemoryTables` opened by another machine; a disk that
 * was lost is a new one. Writing a known key costs a map entry, a new key also a shift of the
 * sorted keys behind it: fine for a hundred thousand keys a table, not for ten million.
 */
export class MemoryTables implements Tables {
  readonly #tables = new Map<string, MemoryTable>();
  readonly #journal: Journal = { before: null };

  open(name: string): Table {
    assert(this.#journal.before === null, 'a table is opened outside of transactions');
    const table = this.#tables.get(name) ?? new MemoryTable(this.#journal);
    this.#tables.set(name, table);
    return table;
  }

  transaction(work: () => undefined): void {
    assert(this.#journal.before === null, 'transactions do not nest');
    const before: Before[] = [];
    this.#journal.before = before;
    try {
      work();
    } catch (reason) {
      for (const { table, name, value } of before.reverse()) table.set(name, value);
      throw reason;
    } finally {
      this.#journal.before = null;
    }
  }

  /** An independent copy of all tables as they are now: a disk to come back to. */
  clone(): MemoryTables {
    assert(this.#journal.before === null, 'tables are cloned outside of transactions');
    const copy = new MemoryTables();
    for (const [name, table] of this.#tables) copy.#tables.set(name, table.clone(copy.#journal));
    return copy;
  }

  /** Everything as bytes, as it is now; `restore` reads them. */
  image(): Buffer {
    assert(this.#journal.before === null, 'tables are copied outside of transactions');
    const parts: Buffer[] = [];
    for (const [name, table] of this.#tables) {
      for (const { key, value } of table.rows(null, null)) {
        parts.push(sized(Buffer.from(name)), sized(key), sized(value));
      }
    }
    return Buffer.concat(parts);
  }

  /**
   * Puts what `image` gave in the place of everything. Tables that are open show it.
   *
   * @returns false, with nothing changed, if that is not what `image` gives.
   */
  restore(image: Buffer): boolean {
    const parts = partsOf(image);
    if (parts === null || parts.length % 3 !== 0) return false;
    for (const table of this.#tables.values()) table.clear();
    for (let i = 0; i < parts.length; i += 3) {
      const [name, key, value] = parts.slice(i, i + 3) as [Buffer, Buffer, Buffer];
      (this.open(name.toString()) as MemoryTable).set(latin1(key), Buffer.from(value));
    }
    return true;
  }

  async close(): Promise<void> {
    assert(this.#journal.before === null, 'the tables are closed outside of transactions');
  }
}

/** What each write of the running transaction replaced, oldest first; null outside of one. */
type Journal = { before: Before[] | null };
type Before = {
  readonly table: MemoryTable;
  readonly name: string;
  readonly value: Buffer | undefined;
};

/** Keys are kept as strings of one character a byte, which compare as the bytes do. */
class MemoryTable implements Table {
  readonly #journal: Journal;
  readonly #values: Map<string, Buffer>;
  readonly #names: string[];

  constructor(journal: Journal, values = new Map<string, Buffer>(), names: string[] = []) {
    this.#journal = journal;
    this.#values = values;
    this.#names = names;
  }

  clone(journal: Journal): MemoryTable {
    return new MemoryTable(journal, new Map(this.#values), [...this.#names]);
  }

  get(key: Uint8Array): Buffer | null {
    return this.#values.get(nameOf(key)) ?? null;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#write(nameOf(key), Buffer.from(value));
  }

  remove(key: Uint8Array): void {
    this.#write(nameOf(key), undefined);
  }

  *rows(from: Uint8Array | null, to: Uint8Array | null, order?: Order): Iterable<Row> {
    for (const name of this.#between(from, to, order)) {
      const value = this.#values.get(name);
      assert(value !== undefined, 'a table is not written to while it is read');
      yield { key: Buffer.from(name, 'latin1'), value: Buffer.from(value) };
    }
  }

  *keys(from: Uint8Array | null, to: Uint8Array | null, order?: Order): Iterable<Buffer> {
    for (const name of this.#between(from, to, order)) yield Buffer.from(name, 'latin1');
  }

  /** Writes or, given undefined, removes, without a word to the journal. */
  set(name: string, value: Buffer | undefined): void {
    if (value === undefined) {
      if (this.#values.delete(name)) this.#names.splice(this.#place(name), 1);
      return;
    }
    if (!this.#values.has(name)) this.#names.splice(this.#place(name), 0, name);
    this.#values.set(name, value);
  }

  clear(): void {
    this.#values.clear();
    this.#names.length = 0;
  }

  #write(name: string, value: Buffer | undefined): void {
    assert(this.#journal.before !== null, 'a write needs a transaction');
    this.#journal.before.push({ table: this, name, value: this.#values.get(name) });
    this.set(name, value);
  }

  *#between(from: Uint8Array | null, to: Uint8Array | null, order?: Order): Iterable<string> {
    const low = from === null ? 0 : this.#place(latin1(from));
    const high = to === null ? this.#names.length : this.#place(latin1(to));
    if (order === 'falling') for (let i = high - 1; i >= low; i--) yield this.#names[i] as string;
    else for (let i = low; i < high; i++) yield this.#names[i] as string;
  }

  /** How many names are below `name`: where it is, or where it would be. */
  #place(name: string): number {
    let low = 0;
    let high = this.#names.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#names[middle] as string) < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Bytes behind their number. */
function sized(bytes: Buffer): Buffer {
  const size = Buffer.allocUnsafe(4);
  size.writeUInt32LE(bytes.length);
  return Buffer.concat([size, bytes]);
}

function partsOf(image: Buffer): Buffer[] | null {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < image.length) {
    if (at + 4 > image.length) return null;
    const end = at + 4 + image.readUInt32LE(at);
    if (end > image.length) return null;
    parts.push(image.subarray(at + 4, end));
    at = end;
  }
  return parts;
}

function nameOf(key: Uint8Array): string {
  assert(key.length > 0 && key.length <= KEY_BYTES_MAX, `a key has 1 to ${KEY_BYTES_MAX} bytes`);
  return latin1(key);
}

function latin1(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}
