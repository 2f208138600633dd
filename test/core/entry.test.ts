import test from 'ava';
import fc from 'fast-check';
import {
  makeEntry,
  payloadOf,
  RECORD_HEADER_BYTES,
  readRecord,
  readRun,
} from '../../lib/core/entry.ts';

const entry = fc
  .record({
    index: fc.integer({ min: 1, max: 2 ** 48 - 1 }),
    term: fc.integer({ min: 1, max: 2 ** 48 - 1 }),
    kind: fc.constantFrom('noop' as const, 'command' as const),
    payload: fc.uint8Array({ maxLength: 100 }),
  })
  .map(({ index, term, kind, payload }) => makeEntry(index, term, kind, payload));

test('a record reads back as the entry it was made for, wherever it lies', (t) => {
  fc.assert(
    fc.property(entry, fc.uint8Array({ maxLength: 20 }), (one, before) => {
      const bytes = Buffer.concat([before, one.record, Buffer.from([1, 2, 3])]);
      const read = readRecord(bytes, before.length, 1000);
      if (typeof read === 'string') return t.fail(read);
      t.deepEqual([read.index, read.term, read.kind], [one.index, one.term, one.kind]);
      t.deepEqual(Buffer.from(read.record), Buffer.from(one.record));
      t.deepEqual(Buffer.from(payloadOf(read)), Buffer.from(payloadOf(one)));
    }),
  );
});

test('one bit that differs is noticed, wherever it is', (t) => {
  const { record } = makeEntry(7, 3, 'command', new Uint8Array([1, 2, 3]));
  for (let bit = 0; bit < record.length * 8; bit += 1) {
    const bytes = Buffer.from(record);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    t.is(typeof readRecord(bytes, 0, 1000), 'string', `bit ${bit}`);
  }
});

test('bytes that end early are short, and a record over the limit is not believed', (t) => {
  const { record } = makeEntry(7, 3, 'command', new Uint8Array(50));
  const bytes = Buffer.from(record);
  for (let length = 0; length < bytes.length; length += 1) {
    t.is(readRecord(bytes.subarray(0, length), 0, 1000), 'short');
  }
  t.is(readRecord(bytes, 0, bytes.length - 1), 'length');
  t.is(readRecord(Buffer.alloc(RECORD_HEADER_BYTES), 0, 1000), 'length');
});

test('a run has consecutive indexes and terms that never fall', (t) => {
  const run = (...ids: readonly (readonly [number, number])[]) =>
    readRun(Buffer.concat(ids.map(([index, term]) => makeEntry(index, term, 'noop').record)), 1000);
  t.is(run().length, 0);
  t.is(run([4, 1], [5, 1], [6, 3]).length, 3);
  t.regex(String(run([4, 1], [6, 1])), /record 1 of the run does not follow/);
  t.regex(String(run([4, 1], [4, 1])), /record 1 of the run does not follow/);
  t.regex(String(run([4, 2], [5, 1])), /record 1 of the run does not follow/);
  t.regex(String(readRun(Buffer.from([1]), 1000)), /record 0 of the run: bad short/);
});
