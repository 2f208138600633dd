import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { makeEntry } from '../../lib/core/entry.ts';
import { type KeyValueMachine, openMachine } from '../../lib/store/database/machine.ts';
import { LmdbTables } from '../../lib/store/database/tables-lmdb.ts';
import type { Applied } from '../../lib/store/state-machine.ts';
import { encodeReply } from '../../lib/wire/client.ts';
import { Model } from './machine-model.ts';
import {
  type Asked,
  apply,
  entriesAfter,
  LIMITS,
  memoryMachine,
  put,
  read,
  request,
  txn,
} from './machine-world.ts';
import { temporaryDirectory } from './temporary.ts';

const key = fc.constantFrom('a', 'b', 'ab', 'a/', 'é', '\uffff', '\u{1f600}');
const bound = fc.option(fc.constantFrom('', 'a', 'a/', 'b', 'é', '\u{1f600}'), { nil: undefined });
const value = fc.constantFrom<unknown>(null, 0, 1, 1.5, 'one', true, [1, 'x'], { a: { b: [] } });
const expect = fc.oneof(
  fc.record({ value }),
  fc.record({ rev: fc.integer({ min: 1, max: 20 }) }),
  fc.constant({ absent: true }),
);
const write: fc.Arbitrary<Asked> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(key, value).map(([k, v]) => put(k, v)) },
  { weight: 1, arbitrary: key.map((k) => ({ op: 'delete', key: k })) },
  fc.record({ op: fc.constant('cas'), key, expect, value }),
);
const limit = fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined });
const range: fc.Arbitrary<Asked> = fc.record({
  op: fc.constant('range'),
  from: bound,
  to: bound,
  prefix: bound,
  limit,
});
const get: fc.Arbitrary<Asked> = fc.record({ op: fc.constant('get'), key });
const steps = fc.array(fc.oneof(write, get, range), { maxLength: 4 });
const conditions = fc.array(fc.record({ key, expect }), { maxLength: 2 });
const anyTxn = fc.tuple(conditions, steps, steps).map((parts) => txn(...parts));
const writes = fc.array(fc.oneof({ weight: 3, arbitrary: write }, anyTxn), { maxLength: 12 });
const since = fc.integer({ min: 0, max: 40 });
const changes: fc.Arbitrary<Asked> = fc.record({
  op: fc.constant('changes'),
  since,
  prefix: bound,
});
const reads = fc.array(fc.oneof(get, range, changes), { maxLength: 6 });

test('replies and reads are those of one map and one list', (t) => {
  const rounds = fc.array(fc.record({ writes, reads }), { maxLength: 4 });
  fc.assert(
    fc.property(rounds, (played) => {
      const machine = memoryMachine();
      const model = new Model();
      for (const round of played) {
        const index = machine.applied + 1;
        const expected = round.writes.map((asked, i) => ({
          ok: true,
          ...model.write(asked),
          index: index + i,
        }));
        same(apply(machine, ...round.writes), expected);
        for (const asked of round.reads)
          same(read(machine, asked), { ok: true, ...model.read(asked) });
      }
    }),
    { numRuns: 400 },
  );
  t.pass();
});

test('LMDB and memory, one batch and many, and a restart between: the same bytes', async (t) => {
  const directory = temporaryDirectory(t);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(writes, { maxLength: 4 }), reads, async (batches, asked) => {
      const path = join(directory, `${run++}`);
      const all = batches.flat();
      const whole = memoryMachine();
      const lmdb = (): KeyValueMachine => openMachine(new LmdbTables(path, fail), LIMITS);
      let batched = lmdb();
      const [one, many] = [replies(whole, all), [] as string[]];
      for (const batch of batches) {
        many.push(...replies(batched, batch));
        await batched.close();
        batched = lmdb();
      }
      same(many, one);
      same(
        asked.map((ask) => encodeReply(1, batched.read(request(ask))).toString('hex')),
        asked.map((ask) => encodeReply(1, whole.read(request(ask))).toString('hex')),
      );
      same(
        [batched.digest(), batched.rev, batched.applied],
        [whole.digest(), whole.rev, whole.applied],
      );
      await batched.close();
    }),
    { numRuns: 60 },
  );
  t.pass();
});

test('no bytes in the log make applying fail, and two nodes make the same of them', (t) => {
  const bytes = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 });
  fc.assert(
    fc.property(bytes, writes, (junk, good) => {
      const [one, two] = [memoryMachine(), memoryMachine()];
      const entries = [
        ...entriesAfter(0, good),
        ...junk.map((payload, i) => makeEntry(good.length + 1 + i, 1, 'command', payload)),
      ];
      same(
        one.apply(entries).map(shown),
        entries.flatMap((entry) => two.apply([entry])).map(shown),
      );
      same(one.digest(), two.digest());
    }),
    { numRuns: 300 },
  );
  t.pass();
});

function replies(machine: KeyValueMachine, asked: readonly Asked[]): string[] {
  return machine.apply(entriesAfter(machine.applied, asked)).map(shown);
}

function shown({ index, reply, changes }: Applied): string {
  const bytes = reply === null ? '' : encodeReply(1, reply).toString('hex');
  return JSON.stringify([index, bytes, changes]);
}

function same(actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`${JSON.stringify(actual)} where ${JSON.stringify(expected)} was expected`);
}

function fail(): void {
  throw new Error('no damage was expected');
}
