import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import test from 'ava';
import { StorageError } from '../../lib/kit/errors.ts';
import { LmdbTables } from '../../lib/store/database/tables-lmdb.ts';
import { temporaryDirectory } from './temporary.ts';

const FALSE_ALARM =
  'MDB_BAD_TXN: Transaction must abort, has a child, or is invalid: reserved freelist had a data entry with zero-size, last id 1\n';

type Env = { abortTxn(): void };

/** Makes the next commits of LMDB fail as a real one does: nothing of the transaction is left. */
function failCommits(
  t: { teardown(undo: () => void): void },
  count: number,
  message: string,
): void {
  const { emit } = EventEmitter.prototype;
  t.teardown(() => {
    EventEmitter.prototype.emit = emit;
  });
  let left = count;
  EventEmitter.prototype.emit = function (this: EventEmitter & { env?: Env }, name, ...values) {
    const { env } = this;
    if (name === 'begin-transaction' && env && left > 0) {
      left--;
      const fail = (): never => {
        Reflect.deleteProperty(env, 'commitTxn'); // what is native comes to light again
        env.abortTxn();
        throw Object.assign(new Error(message), { code: -30_782 });
      };
      Object.defineProperty(env, 'commitTxn', { value: fail, configurable: true });
    }
    return emit.call(this, name, ...values);
  };
}

test.serial('a transaction that LMDB gives up by a false alarm is done once more', async (t) => {
  let damages = 0;
  const tables = new LmdbTables(join(temporaryDirectory(t), 'db'), () => damages++);
  const [one, two] = [tables.open('one'), tables.open('two')];
  const reused = Buffer.from('1');
  const large = Buffer.alloc(600_000, 'x');
  failCommits(t, 1, FALSE_ALARM);
  tables.transaction(() => {
    one.put(Buffer.from('a'), reused);
    reused[0] = 0x32;
    one.put(Buffer.from('b'), reused);
    two.put(Buffer.from('c'), large);
    one.remove(Buffer.from('a'));
    two.put(Buffer.from('d'), reused);
  });
  t.deepEqual(
    [...one.rows(null, null)].map(({ key, value }) => `${key}=${value}`),
    ['b=2'],
  );
  t.deepEqual(
    [...two.rows(null, null)].map(({ key }) => String(key)),
    ['c', 'd'],
  );
  t.true(two.get(Buffer.from('c'))?.equals(large));
  t.is(damages, 0);
  await tables.close();
});

test.serial('an alarm that comes again is damage, and so is any other', async (t) => {
  for (const [count, message] of [
    [2, FALSE_ALARM],
    [1, 'MDB_BAD_TXN: Transaction must abort, has a child, or is invalid'],
  ] as const) {
    let damages = 0;
    const tables = new LmdbTables(join(temporaryDirectory(t), 'db'), () => damages++);
    const table = tables.open('t');
    failCommits(t, count, message);
    const write = (): void =>
      tables.transaction(() => {
        table.put(Buffer.from('a'), Buffer.from('1'));
      });
    t.like(t.throws(write, { instanceOf: StorageError }), { code: 'CORRUPT' });
    t.is(damages, 1);
    t.is(table.get(Buffer.from('a')), null);
    await tables.close();
  }
});

test.serial('what the work itself throws is not taken for an alarm', async (t) => {
  const tables = new LmdbTables(join(temporaryDirectory(t), 'db'), () => t.fail());
  const table = tables.open('t');
  const fault = Object.assign(new Error('no space left'), { cause: FALSE_ALARM });
  t.is(
    t.throws(() =>
      tables.transaction(() => {
        table.put(Buffer.from('a'), Buffer.from('1'));
        throw fault;
      }),
    ),
    fault,
  );
  t.is(table.get(Buffer.from('a')), null);
  await tables.close();
});
