import { statfsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { type Database, open, type RangeOptions, type RootDatabase } from 'lmdb';
import { assert } from '../../kit/assert.ts';
import { StorageError } from '../../kit/errors.ts';
import { storageError } from '../disk/disk-real.ts';
import { ChangeList } from './change-list.ts';
import { copyFile, faultOfHeader, fillUp, isShorter } from './lmdb-file.ts';
import type { Order, Row, Table, Tables } from './tables.ts';

type Store = Database<Buffer, Buffer>;

/** Bytes in, bytes out: no encoder of LMDB's stands between. */
const BYTES = { encoding: 'binary', keyEncoding: 'binary' } as const;

/**
 * Tables in one LMDB file, written without sync: what a transaction wrote survives the death of
 * this process at any moment, because the page cache has it, but not the death of the machine,
 * which may leave a file that reads as nonsense (LMDB has no checksums). So it must be a file that
 * can be thrown away; `database.ts` decides when.
 *
 * Pages are written with pwrite and not through a writable map: that would halve the price of a
 * put, but a full disk would then end the process with SIGBUS instead of an error.
 */
export class LmdbTables implements Tables {
  readonly #env: RootDatabase<Buffer, Buffer>;
  readonly #path: string;
  readonly #explain: Explain;
  readonly #changes = new ChangeList<Store>();
  #writing = false;
  #copying: Promise<void> = Promise.resolve();

  /**
   * @param path of the file, made if it is missing; LMDB puts a lock file beside it.
   * @param onDamage called, before the error is thrown, if the file turns out to be damaged.
   * @param readOnly the file must be there, and stays as it is; the lock file is used all the same.
   * @throws {StorageError} if the file cannot be opened as an LMDB file.
   */
  constructor(path: string, onDamage: () => void, readOnly = false) {
    const explain = (fault: unknown): unknown => explainFault(fault, path, onDamage);
    this.#path = path;
    this.#explain = explain;
    try {
      const fault = faultOfHeader(path);
      if (fault !== null) throw damaged(path, fault, onDamage);
      this.#env = open({ path, noSubdir: true, noSync: true, readOnly, ...BYTES });
      const { root, lastPageNumber } = this.#env.getStats() as Stats;
      const bytes = (lastPageNumber + 1) * root.pageSize;
      if (!readOnly) fillUp(path, bytes);
      else if (isShorter(path, bytes))
        throw damaged(path, 'pages are missing at its end', onDamage);
    } catch (fault) {
      throw explain(fault);
    }
  }

  open(name: string): Table {
    assert(!this.#writing, 'a table is opened outside of transactions');
    try {
      const store = this.#env.openDB<Buffer, Buffer>({ name, ...BYTES });
      return new LmdbTable(store, () => this.#writing, this.#changes, this.#explain);
    } catch (fault) {
      throw this.#explain(fault);
    }
  }

  transaction(work: () => undefined): void {
    assert(!this.#writing, 'transactions do not nest');
    this.#writing = true;
    this.#changes.clear();
    let isWritten = false;
    try {
      this.#env.transactionSync(() => {
        work();
        isWritten = true;
        // Nothing is returned: LMDB would take a promise as a reason to commit later.
      });
    } catch (fault) {
      if (isWritten && isFalseAlarm(fault)) this.#repeat();
      else throw this.#explain(fault);
    } finally {
      this.#writing = false;
    }
  }

  /** Does the same once more. Nothing of the first attempt is left: LMDB has given it up whole. */
  #repeat(): void {
    try {
      this.#env.transactionSync(() => {
        for (const { table, key, value } of this.#changes) {
          if (value === null) table.removeSync(key as Buffer);
          else table.putSync(key as Buffer, value as Buffer);
        }
      });
    } catch (fault) {
      throw this.#explain(fault);
    }
  }

  /**
   * Hands over the whole file, as it is when this is called, piece by piece; transactions go on
   * meanwhile. LMDB never writes to a page that a reader may see, so a reader is kept until the end,
   * and only the pages that say which are in use are taken at once. The file is read like any other
   * and not through the map, which would make all of it resident.
   *
   * @throws {StorageError} IO, or what `write` throws.
   */
  copy(write: (bytes: Uint8Array) => Promise<void>): Promise<void> {
    assert(!this.#writing, 'the tables are copied outside of transactions');
    const { root, lastPageNumber } = this.#env.getStats() as Stats;
    const reader = this.#env.useReadTransaction();
    const copying = copyFile(this.#path, root.pageSize, lastPageNumber + 1, write)
      .catch((fault: unknown) => {
        throw this.#explain(fault);
      })
      .finally(() => reader.done());
    this.#copying = copying;
    return copying;
  }

  /** Waits for a copy that is under way. */
  async close(): Promise<void> {
    assert(!this.#writing, 'the tables are closed outside of transactions');
    // how it ends is told to who asked for it
    await this.#copying.catch(() => {});
    await this.#env.close();
  }
}

class LmdbTable implements Table {
  readonly #store: Store;
  readonly #writing: () => boolean;
  readonly #changes: ChangeList<Store>;
  readonly #explain: Explain;

  constructor(store: Store, writing: () => boolean, changes: ChangeList<Store>, explain: Explain) {
    this.#store = store;
    this.#writing = writing;
    this.#changes = changes;
    this.#explain = explain;
  }

  get(key: Uint8Array): Buffer | null {
    try {
      const found = this.#store.getBinaryFast(key as Buffer);
      if (found === undefined) return null;
      // What LMDB hands out is its own scratch under a false length, or a piece of the map.
      return Buffer.from(found.buffer, found.byteOffset, found.length);
    } catch (fault) {
      throw this.#explain(fault);
    }
  }

  put(key: Uint8Array, value: Uint8Array): void {
    // Outside of a transaction LMDB would write later, in a thread of its own.
    assert(this.#writing(), 'a put needs a transaction');
    try {
      this.#store.putSync(key as Buffer, value as Buffer);
      this.#changes.add(this.#store, key, value);
    } catch (fault) {
      throw this.#explain(fault);
    }
  }

  remove(key: Uint8Array): void {
    assert(this.#writing(), 'a remove needs a transaction');
    try {
      this.#store.removeSync(key as Buffer);
      this.#changes.add(this.#store, key, null);
    } catch (fault) {
      throw this.#explain(fault);
    }
  }

  *rows(from: Uint8Array | null, to: Uint8Array | null, order?: Order): Iterable<Row> {
    if (to?.length === 0) return;
    try {
      yield* this.#store.getRange(bounds(from, to, order));
    } catch (fault) {
      throw this.#explain(fault);
    }
  }

  *keys(from: Uint8Array | null, to: Uint8Array | null, order?: Order): Iterable<Buffer> {
    if (to?.length === 0) return;
    try {
      yield* this.#store.getKeys(bounds(from, to, order));
    } catch (fault) {
      throw this.#explain(fault);
    }
  }
}

/** LMDB starts a falling range at its upper end; and to LMDB no bytes are no bound. */
function bounds(from: Uint8Array | null, to: Uint8Array | null, order?: Order): RangeOptions {
  const low = from ?? NOTHING;
  const high = to ?? NOTHING;
  return order === 'falling'
    ? { reverse: true, start: high, end: low, exclusiveStart: true, inclusiveEnd: true }
    : { start: low, end: high };
}

const NOTHING = new Uint8Array(0);

type Stats = { readonly root: { readonly pageSize: number }; readonly lastPageNumber: number };

type Explain = (fault: unknown) => unknown;

/** What LMDB and the operating system mean; other errors, ours among them, pass as they are. */
function explainFault(fault: unknown, path: string, onDamage: () => void): unknown {
  if (fault instanceof StorageError || !(fault instanceof Error) || !('code' in fault))
    return fault;
  if (typeof fault.code === 'string') return storageError('use', path, fault);
  if (DAMAGE.has(fault.code as number)) return damaged(path, fault.message, onDamage);
  const [name] = Object.entries(constants.errno).find(([, errno]) => errno === fault.code) ?? [];
  // To LMDB a write that the disk has room for in part only is an error of input and output.
  const code = name === 'EIO' && isFull(path) ? 'ENOSPC' : name;
  return storageError('use', path, Object.assign(new Error(fault.message), { code }));
}

function isFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < NEARLY_FULL_BYTES;
  } catch {
    // The error that is being explained says more than this one would.
    return false;
  }
}

const NEARLY_FULL_BYTES = 1 << 20;

function damaged(path: string, what: string, onDamage: () => void): StorageError {
  onDamage();
  return new StorageError(
    'CORRUPT',
    `the database ${path} is damaged: ${what}; start the node again, which will rebuild it from the log`,
  );
}

/**
 * Saving its list of free pages at a commit, lmdb 3.5.6 looks at the size of a record before it looks
 * whether there is one (`mdb_freelist_save` in its mdb.c). With none, the size is what happens to be
 * in memory; if that is zero, it gives the transaction up as invalid, although nothing is wrong.
 */
function isFalseAlarm(fault: unknown): boolean {
  if (!(fault instanceof Error) || !('code' in fault)) return false;
  return fault.code === BAD_TXN && fault.message.includes('reserved freelist had a data entry');
}

const BAD_TXN = -30_782;

/** MDB_PAGE_NOTFOUND, CORRUPTED, PANIC, VERSION_MISMATCH, INVALID, BAD_TXN and PROBLEM of lmdb.h. */
const DAMAGE: ReadonlySet<number> = new Set([
  -30797, -30796, -30795, -30794, -30793, -30782, -30779,
]);
