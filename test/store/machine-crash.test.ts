import test from 'ava';
import { openMachine } from '../../lib/store/database/machine.ts';
import type { Table, Tables } from '../../lib/store/database/tables.ts';
import { MemoryTables } from '../../lib/store/database/tables-memory.ts';
import { generatedEntries } from './generated.ts';
import { LIMITS, memoryMachine, read } from './machine-world.ts';

test('wherever a crash falls, data, rev, history and applied index are of one moment', (t) => {
  let crashes = 0;
  for (let steps = 0; ; steps++) {
    const tables = new MemoryTables();
    openMachine(tables, LIMITS).apply(generatedEntries(1, 40));
    const doomed = openMachine(new CrashingTables(tables, steps), LIMITS);
    const completed = isCompleted(() => {
      doomed.apply(generatedEntries(41, 60));
      doomed.apply(generatedEntries(61, 61));
    });

    const survivor = openMachine(tables, LIMITS);
    const reference = memoryMachine();
    for (const entry of generatedEntries(1, survivor.applied)) reference.apply([entry]);
    t.is(survivor.rev, reference.rev);
    t.is(survivor.digest(), reference.digest());
    const all = { op: 'changes', since: 0 };
    t.deepEqual(read(survivor, all), read(reference, all));
    if (completed) break;
    crashes += 1;
  }
  t.true(crashes > 20, 'there are many places to crash at');
});

class Crash extends Error {}

function isCompleted(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (reason) {
    if (reason instanceof Crash) return false;
    throw reason;
  }
}

/** Tables whose process dies after a number of steps: writes, and ends of transactions. */
class CrashingTables implements Tables {
  readonly #tables: Tables;
  #left: number;

  constructor(tables: Tables, steps: number) {
    this.#tables = tables;
    this.#left = steps;
  }

  open(name: string): Table {
    const table = this.#tables.open(name);
    return {
      get: (key) => table.get(key),
      put: (key, value) => {
        this.#step();
        table.put(key, value);
      },
      remove: (key) => {
        this.#step();
        table.remove(key);
      },
      rows: (from, to, order) => table.rows(from, to, order),
      keys: (from, to, order) => table.keys(from, to, order),
    };
  }

  transaction(work: () => undefined): void {
    this.#tables.transaction(work);
    this.#step();
  }

  close(): Promise<void> {
    return this.#tables.close();
  }

  #step(): void {
    if (this.#left === 0) throw new Crash();
    this.#left -= 1;
  }
}
