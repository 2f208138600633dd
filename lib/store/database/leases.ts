import type { Deadlines } from './deadlines.ts';
import type { Row, Table } from './tables.ts';
import { readU48, U48_BYTES, u48, writeU48 } from './u48.ts';

/** Most keys of one lease: all of them go in one entry of the log. */
export const LEASE_KEYS_MAX = 1024;

export type Lease = {
  readonly id: number;
  readonly ttlMs: number;
  /** When it ends, in ms of log time. */
  readonly endsAt: number;
  /** Where its row in `Deadlines` is: at the end it had when it was looked at last. */
  readonly lookAt: number;
  /** How many keys it holds. */
  readonly keys: number;
};

/**
 * Leases: keys that go together when nobody keeps them. A lease is a row of the table `leases`; its
 * id, the row's key, is the index of the entry that granted it.
 *
 *     offset  0  u48 ttl    6  u48 ends at    12  u48 looked at at    18  u48 keys
 *
 * Its keys are rows without content in the table `leased`: u48 lease, then the key. Which lease a
 * key has stands in the row of the key (see `KeyValues`).
 */
export class Leases {
  readonly #table: Table;
  readonly #leased: Table;
  readonly #deadlines: Deadlines;
  #count = 0;

  constructor(table: Table, leased: Table, deadlines: Deadlines) {
    this.#table = table;
    this.#leased = leased;
    this.#deadlines = deadlines;
    for (const _ of table.keys(null, null)) this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  find(id: number): Lease | null {
    const row = this.#table.get(u48(id));
    if (row === null) return null;
    const at = (place: number): number => readU48(row, place * U48_BYTES);
    return { id, ttlMs: at(0), endsAt: at(1), lookAt: at(2), keys: at(3) };
  }

  grant(id: number, ttlMs: number, endsAt: number): void {
    this.#write({ id, ttlMs, endsAt, lookAt: endsAt, keys: 0 });
    this.#deadlines.add({ kind: 'lease', id, at: endsAt });
    this.#count += 1;
  }

  prolong(lease: Lease, endsAt: number): void {
    this.#write({ ...lease, endsAt });
  }

  /** Puts off looking at it until the end that it has by now. */
  putOff(lease: Lease): void {
    const { id, lookAt, endsAt } = lease;
    this.#deadlines.remove({ kind: 'lease', id, at: lookAt });
    this.#deadlines.add({ kind: 'lease', id, at: endsAt });
    this.#write({ ...lease, lookAt: endsAt });
  }

  /** Forgets the lease and which keys it held. @returns these keys, in byte order. */
  remove({ id, lookAt }: Lease): readonly Buffer[] {
    this.#deadlines.remove({ kind: 'lease', id, at: lookAt });
    this.#table.remove(u48(id));
    this.#count -= 1;
    const rows = [...this.#leased.keys(u48(id), u48(id + 1))];
    for (const row of rows) this.#leased.remove(row);
    return rows.map((row) => row.subarray(U48_BYTES));
  }

  /** The lease `id`, which is there, holds `key` from now on. */
  attach(id: number, key: Uint8Array): void {
    this.#leased.put(leasedKey(id, key), PRESENT);
    this.#addKeys(id, 1);
  }

  detach(id: number, key: Uint8Array): void {
    this.#leased.remove(leasedKey(id, key));
    this.#addKeys(id, -1);
  }

  #addKeys(id: number, more: number): void {
    const lease = this.find(id);
    if (lease) this.#write({ ...lease, keys: lease.keys + more });
  }

  /** All that is known of leases, as it is kept. */
  *rows(): Iterable<Row> {
    yield* this.#table.rows(null, null);
    yield* this.#leased.rows(null, null);
  }

  #write({ id, ttlMs, endsAt, lookAt, keys }: Lease): void {
    const row = Buffer.allocUnsafe(4 * U48_BYTES);
    [ttlMs, endsAt, lookAt, keys].forEach((count, i) => {
      writeU48(row, count, i * U48_BYTES);
    });
    this.#table.put(u48(id), row);
  }
}

const PRESENT = Buffer.from([1]);

function leasedKey(id: number, key: Uint8Array): Buffer {
  const leased = Buffer.allocUnsafe(U48_BYTES + key.length);
  writeU48(leased, id, 0);
  leased.set(key, U48_BYTES);
  return leased;
}
