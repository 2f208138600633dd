import { join } from 'node:path';
import { inspect, isDeepStrictEqual } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import type { Tables } from '../../lib/store/database/tables.ts';
import { LmdbTables } from '../../lib/store/database/tables-lmdb.ts';
import { MemoryTables } from '../../lib/store/database/tables-memory.ts';
import { conforms } from './tables.conformance.ts';
import { temporaryDirectory } from './temporary.ts';

const undamaged = (): void => {
  throw new Error('no damage was expected');
};

conforms(test, 'memory', () => new MemoryTables());
conforms(test, 'LMDB', (t) => new LmdbTables(join(temporaryDirectory(t), 'db'), undamaged));

test('LMDB and its twin in memory hold the same rows after the same writes', async (t) => {
  const lmdb = new LmdbTables(join(temporaryDirectory(t), 'db'), undamaged);
  const memory = new MemoryTables();
  const sides = [lmdb.open('t'), memory.open('t')] as const;
  const key = fc.uint8Array({ minLength: 1, maxLength: 3 });
  const write = fc.record({ key, value: fc.option(fc.uint8Array({ maxLength: 9 })) });
  const run = fc.record({ writes: fc.array(write), fails: fc.boolean(), from: key, to: key });
  fc.assert(
    fc.property(fc.array(run, { maxLength: 5 }), (runs) => {
      for (const { writes, fails, from, to } of runs) {
        for (const [i, tables] of [lmdb, memory].entries()) {
          const table = sides[i === 0 ? 0 : 1];
          attempt(tables, () => {
            for (const { key, value } of writes) {
              if (value) table.put(key, value);
              else table.remove(key);
            }
            if (fails) throw FAILURE;
          });
        }
        for (const order of ['rising', 'falling'] as const) {
          const [one, two] = sides.map((table) => [...table.rows(from, to, order)]);
          same(one, two);
        }
      }
      const [one, two] = sides.map((table) => [...table.rows(null, null)]);
      same(one, two);
    }),
    { numRuns: 200 },
  );
  await lmdb.close();
  t.pass();
});

const FAILURE = new Error('this transaction fails');

function same(one: unknown, two: unknown): void {
  if (!isDeepStrictEqual(one, two)) throw new Error(`${inspect(one)} is not ${inspect(two)}`);
}

function attempt(tables: Tables, work: () => undefined): void {
  try {
    tables.transaction(work);
  } catch (reason) {
    if (reason !== FAILURE) throw reason;
  }
}

test('a clone in memory goes its own way', (t) => {
  const tables = new MemoryTables();
  const table = tables.open('t');
  tables.transaction(() => {
    table.put(Buffer.from('a'), Buffer.from('1'));
  });
  const clone = tables.clone();
  tables.transaction(() => {
    table.put(Buffer.from('a'), Buffer.from('2'));
  });
  const other = clone.open('t');
  clone.transaction(() => {
    other.put(Buffer.from('b'), Buffer.from('3'));
  });
  t.deepEqual(
    [...table.rows(null, null)].map((row) => `${row.key}=${row.value}`),
    ['a=2'],
  );
});
