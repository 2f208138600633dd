/**
 * Tables of bytes in byte order, in one store: what the state machine asks of a database. LMDB is
 * one side (`tables-lmdb.ts`), its twin in memory the other (`tables-memory.ts`).
 *
 * Everything but `close` is synchronous and happens in the caller's thread. When the store below
 * fails, that is a StorageError, and final.
 */
export interface Tables {
  /** The table of that name, made if it is new. Not inside a transaction. */
  open(name: string): Table;

  /**
   * Runs `work`; all that it wrote is there afterwards, or, if it threw, none of it. Reads inside
   * see its writes at once, and reads after it, even in the same tick, see them too. Transactions
   * do not nest, and `work` is over when it returns: it must not be async.
   */
  transaction(work: () => undefined): void;

  close(): Promise<void>;
}

/** Keys have 1 to KEY_BYTES_MAX bytes and compare like memcmp. */
export interface Table {
  /** The value, valid only until the next call to any table of the store: copy what you keep. */
  get(key: Uint8Array): Buffer | null;

  /** Writes, inside a transaction only. Key and value are copied before it returns. */
  put(key: Uint8Array, value: Uint8Array): void;

  /** Removes the key if it is there, inside a transaction only. */
  remove(key: Uint8Array): void;

  /**
   * The rows from `from` (inclusive) to `to` (exclusive), rising or falling; null is no bound.
   * Read as they are taken, so stop as early as you like, but do not write to the table meanwhile.
   */
  rows(from: Uint8Array | null, to: Uint8Array | null, order?: Order): Iterable<Row>;

  /** The same without reading the values. */
  keys(from: Uint8Array | null, to: Uint8Array | null, order?: Order): Iterable<Buffer>;
}

/** `rising` unless said otherwise. */
export type Order = 'rising' | 'falling';

/** Copies, so they may be kept. */
export type Row = { readonly key: Buffer; readonly value: Buffer };

/** Longest key that every side takes; LMDB would take 1978 bytes. */
export const KEY_BYTES_MAX = 1536;
