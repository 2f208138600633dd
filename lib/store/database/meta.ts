import { type EntryId, ORIGIN } from '../../core/types.ts';
import { StorageError } from '../../kit/errors.ts';
import type { Table } from './tables.ts';
import { readU48, U48_BYTES, writeU48 } from './u48.ts';

/** How far the database is, all of it. */
export type Meta = {
  readonly applied: EntryId;
  readonly rev: number;
  readonly historyBytes: number;
  /** In ms. */
  readonly logTime: number;
};

const KEY = Buffer.from('state');
const META_BYTES = 5 * U48_BYTES;

/**
 * Writes the one row of the table `meta`:
 *
 *     offset  0  u48 applied index    6  u48 its term    12  u48 rev    18  u48 bytes of history
 *            24  u48 log time
 */
export function writeMeta(table: Table, { applied, rev, historyBytes, logTime }: Meta): void {
  const row = Buffer.allocUnsafe(META_BYTES);
  writeU48(row, applied.index, 0);
  writeU48(row, applied.term, U48_BYTES);
  writeU48(row, rev, 2 * U48_BYTES);
  writeU48(row, historyBytes, 3 * U48_BYTES);
  writeU48(row, logTime, 4 * U48_BYTES);
  table.put(KEY, row);
}

/** @throws {StorageError} CORRUPT if the tables do not hold what a machine left there. */
export function readMeta(meta: Table, keys: Table): Meta {
  const row = meta.get(KEY);
  if (row === null) {
    for (const _ of keys.keys(null, null))
      throw corrupt('has keys, but no record of what was applied');
    return { applied: ORIGIN, rev: 0, historyBytes: 0, logTime: 0 };
  }
  if (row.length !== META_BYTES)
    throw corrupt(`has ${row.length} bytes where ${META_BYTES} say what was applied`);
  return {
    applied: { index: readU48(row, 0), term: readU48(row, U48_BYTES) },
    rev: readU48(row, 2 * U48_BYTES),
    historyBytes: readU48(row, 3 * U48_BYTES),
    logTime: readU48(row, 4 * U48_BYTES),
  };
}

function corrupt(what: string): StorageError {
  return new StorageError(
    'CORRUPT',
    `the database ${what}; remove its directory to rebuild it from the log`,
  );
}
