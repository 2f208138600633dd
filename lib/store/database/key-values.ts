import { Raw } from '../../wire/raw.ts';
import type { Row, Table } from './tables.ts';
import { readU48, U48_BYTES, writeU48 } from './u48.ts';

/** A key as it is now. */
export type KeyValue = {
  readonly value: Raw;
  /** The rev that wrote it last, and the one that made it. */
  readonly rev: number;
  readonly created: number;
  /** How often it was written since it was made; 1 when new. */
  readonly version: number;
};

/**
 * What the keys hold, one row each. A key is a row's key in UTF-8; its value is
 *
 *     offset  0  u48 rev    6  u48 created    12  u48 version    18  u48 lease, or 0
 *            24  the client's value, raw
 */
export class KeyValues {
  readonly #table: Table;
  /** Rows are put together here; a put copies them out again. */
  #row = Buffer.allocUnsafeSlow(4096);

  constructor(table: Table) {
    this.#table = table;
  }

  get(key: Uint8Array): KeyValue | null {
    const row = this.#table.get(key);
    return row && readRow(Buffer.from(row));
  }

  /** The lease that a key has, 0 for none; null if there is no such key. */
  leaseOf(key: Uint8Array): number | null {
    const row = this.#table.get(key);
    return row && readU48(row, LEASE_AT);
  }

  /**
   * Writes `value` as the write number `rev` of the store.
   *
   * @param lease 0 for none.
   * @returns the lease that the key had before, or 0.
   */
  put(key: Uint8Array, value: Uint8Array, rev: number, lease: number): number {
    const before = this.#table.get(key);
    const past = before ? readU48(before, LEASE_AT) : 0;
    const length = VALUE_AT + value.length;
    const created = before ? readU48(before, CREATED_AT) : rev;
    const version = before ? readU48(before, VERSION_AT) + 1 : 1;
    if (length > this.#row.length) this.#row = Buffer.allocUnsafeSlow(length * 2);
    writeU48(this.#row, rev, 0);
    writeU48(this.#row, created, CREATED_AT);
    writeU48(this.#row, version, VERSION_AT);
    writeU48(this.#row, lease, LEASE_AT);
    this.#row.set(value, VALUE_AT);
    this.#table.put(key, this.#row.subarray(0, length));
    return past;
  }

  remove(key: Uint8Array): void {
    this.#table.remove(key);
  }

  /** The keys from `from` to before `to` in the order of their bytes; null is no bound. */
  *between(
    from: Uint8Array | null,
    to: Uint8Array | null,
  ): Iterable<KeyValue & { readonly key: Buffer }> {
    for (const { key, value } of this.#table.rows(from, to)) yield { key, ...readRow(value) };
  }

  /** All rows as they are kept. */
  rows(): Iterable<Row> {
    return this.#table.rows(null, null);
  }
}

const CREATED_AT = U48_BYTES;
const VERSION_AT = 2 * U48_BYTES;
const LEASE_AT = 3 * U48_BYTES;
const VALUE_AT = 4 * U48_BYTES;

function readRow(row: Buffer): KeyValue {
  return {
    value: new Raw(row.subarray(VALUE_AT)),
    rev: readU48(row, 0),
    created: readU48(row, CREATED_AT),
    version: readU48(row, VERSION_AT),
  };
}
