import type { ExecutionContext, TestFn } from 'ava';
import { InvariantViolation } from '../../lib/kit/errors.ts';
import {
  KEY_BYTES_MAX,
  type Order,
  type Table,
  type Tables,
} from '../../lib/store/database/tables.ts';

/** What every side of the table port must do, whatever it is made of. */
export function conforms(test: TestFn, side: string, make: (t: ExecutionContext) => Tables): void {
  const rule = (title: string, holds: (t: ExecutionContext, tables: Tables) => unknown): void => {
    test(`${side}: ${title}`, async (t) => {
      const tables = make(t);
      await holds(t, tables);
      await tables.close();
    });
  };

  rule('rows come in the order of their bytes, not of their characters', (t, tables) => {
    const order = ['\0', 'B', 'a', 'a\0', 'ab', 'b', '\ue000', '\uffff', '\u{1f600}'];
    const table = filled(tables, [...order].sort());
    t.deepEqual(texts(table), order);
    t.deepEqual(texts(table, null, null, 'falling'), [...order].reverse());
  });

  rule('a range has its lower end and not its upper one, rising and falling', (t, tables) => {
    const table = filled(tables, ['\0', 'a', 'b', 'c', 'd']);
    for (const [from, to, expected] of [
      ['a', 'c', 'a b'],
      ['a', 'bb', 'a b'],
      ['aa', 'c', 'b'],
      ['\0', 'b', '\0 a'],
      [null, 'b', '\0 a'],
      ['c', null, 'c d'],
      ['x', null, ''],
      [null, '\0', ''],
      ['c', 'a', ''],
      ['c', 'c', ''],
      ['a', '', ''],
      ['', 'a', '\0'],
    ] as const) {
      const label = `${JSON.stringify(from)} to ${JSON.stringify(to)}`;
      t.is(texts(table, from, to).join(' '), expected, label);
      t.deepEqual(texts(table, from, to, 'falling'), texts(table, from, to).reverse(), label);
      const keys = [...table.keys(bytes(from), bytes(to))].map(String);
      t.deepEqual(keys, texts(table, from, to), label);
    }
  });

  rule('a range may be left early, and the table written to after that', (t, tables) => {
    const table = filled(tables, ['a', 'b', 'c']);
    tables.transaction(() => {
      for (const { key } of table.rows(null, null)) if (String(key) === 'b') break;
      table.put(Buffer.from('d'), Buffer.from('4'));
    });
    for (const { key } of table.rows(null, null, 'falling')) if (String(key) === 'c') break;
    tables.transaction(() => {
      table.remove(Buffer.from('a'));
    });
    t.deepEqual(texts(table), ['b', 'c', 'd']);
  });

  rule('rows are copies that later writes and reads leave alone', (t, tables) => {
    const table = filled(tables, ['a', 'b']);
    const rows = [...table.rows(null, null)];
    tables.transaction(() => {
      table.put(Buffer.from('a'), Buffer.from('other'));
    });
    table.get(Buffer.from('b'));
    t.deepEqual(
      rows.map(({ key, value }) => `${key}=${value}`),
      ['a=a', 'b=b'],
    );
  });

  rule(
    'a transaction that throws leaves nothing behind, and the reason passes as it is',
    (t, tables) => {
      const [one, two] = [tables.open('one'), tables.open('two')];
      tables.transaction(() => {
        one.put(Buffer.from('kept'), Buffer.from('1'));
        one.put(Buffer.from('removed'), Buffer.from('1'));
      });
      const reason = new Error('no');
      const thrown = t.throws(() =>
        tables.transaction(() => {
          one.put(Buffer.from('kept'), Buffer.from('2'));
          one.put(Buffer.from('kept'), Buffer.from('3'));
          one.put(Buffer.from('made'), Buffer.from('1'));
          one.remove(Buffer.from('removed'));
          two.put(Buffer.from('made'), Buffer.from('1'));
          throw reason;
        }),
      );
      t.is(thrown, reason);
      t.deepEqual(
        [...one.rows(null, null)].map((row) => `${row.key}=${row.value}`),
        ['kept=1', 'removed=1'],
      );
      t.deepEqual(texts(two), []);
      tables.transaction(() => {
        two.put(Buffer.from('after'), Buffer.from('1'));
      });
      t.deepEqual(texts(two), ['after']);
    },
  );

  rule('what a transaction wrote is read inside it and right after it', (t, tables) => {
    const table = filled(tables, ['a']);
    for (let i = 0; i < 10; i++) {
      const value = `value ${i}`;
      // A read just before keeps a read transaction of LMDB open over the write.
      t.not(String(table.get(Buffer.from('a'))), value);
      tables.transaction(() => {
        table.put(Buffer.from('a'), Buffer.from(value));
        t.is(String(table.get(Buffer.from('a'))), value);
        t.is(String([...table.rows(null, null)][0]?.value), value);
        table.remove(Buffer.from('b'));
        t.is(table.get(Buffer.from('b')), null);
      });
      t.is(String(table.get(Buffer.from('a'))), value);
      t.is(String([...table.rows(null, null)][0]?.value), value);
    }
  });

  rule('a put copies its key and its value', (t, tables) => {
    const table = tables.open('copies');
    const scratch = Buffer.from('kv');
    tables.transaction(() => {
      table.put(scratch.subarray(0, 1), scratch.subarray(1));
      scratch.fill('x');
    });
    t.is(String(table.get(Buffer.from('k'))), 'v');
    t.is(table.get(Buffer.from('x')), null);
  });

  rule('writing needs a transaction, and transactions do not nest', (t, tables) => {
    const table = filled(tables, ['a']);
    t.throws(() => table.put(Buffer.from('b'), Buffer.from('b')), {
      instanceOf: InvariantViolation,
    });
    t.throws(() => table.remove(Buffer.from('a')), { instanceOf: InvariantViolation });
    tables.transaction(() => {
      t.throws(() => tables.transaction(() => {}), { instanceOf: InvariantViolation });
    });
    t.deepEqual(texts(table), ['a']);
  });

  rule('keys may be as long as promised, and never empty', (t, tables) => {
    const table = tables.open('long');
    const key = Buffer.alloc(KEY_BYTES_MAX, 0xff);
    tables.transaction(() => {
      table.put(key, Buffer.from('long'));
      t.throws(() => table.put(Buffer.alloc(0), Buffer.from('empty')));
    });
    t.is(String(table.get(key)), 'long');
    t.throws(() => table.get(Buffer.alloc(0)));
    t.deepEqual([...table.keys(null, null)], [key]);
  });

  rule('values of every size come back', (t, tables) => {
    const table = tables.open('sizes');
    for (const size of [0, 1, 4095, 4096, 40_000, 1 << 20, (17 << 20) + 1]) {
      const value = Buffer.alloc(size, size % 251);
      tables.transaction(() => {
        table.put(Buffer.from('k'), value);
        t.true(table.get(Buffer.from('k'))?.equals(value), `${size} bytes, inside`);
      });
      t.true(table.get(Buffer.from('k'))?.equals(value), `${size} bytes`);
      t.true([...table.rows(null, null)][0]?.value.equals(value), `${size} bytes in a range`);
    }
  });

  rule('tables of other names are other tables', (t, tables) => {
    filled(tables, ['a']);
    const other = tables.open('other');
    tables.transaction(() => {
      other.put(Buffer.from('b'), Buffer.from('b'));
    });
    t.deepEqual(texts(other), ['b']);
    t.deepEqual(texts(tables.open('filled')), ['a']);
  });
}

/** A table with these keys, each with its own bytes as its value. */
function filled(tables: Tables, keys: readonly string[]): Table {
  const table = tables.open('filled');
  tables.transaction(() => {
    for (const key of keys) table.put(Buffer.from(key), Buffer.from(key));
  });
  return table;
}

function texts(
  table: Table,
  from: string | null = null,
  to: string | null = null,
  order?: Order,
): string[] {
  return [...table.rows(bytes(from), bytes(to), order)].map(({ key }) => String(key));
}

function bytes(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text);
}
