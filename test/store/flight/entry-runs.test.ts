import test from 'ava';
import fc from 'fast-check';
import { type Entry, KINDS } from '../../../lib/core/entry.ts';
import { blank, putEntries, takeEntries } from '../../../lib/store/flight/entry-runs.ts';
import { Fields, INDEX_MAX } from '../../../lib/wire/fields.ts';

const run = fc.record({
  count: fc.integer({ min: 1, max: 40 }),
  term: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 ** 40 })),
  kind: fc.constantFrom(...KINDS),
  length: fc.oneof(fc.integer({ min: 24, max: 400 }), fc.constant((1 << 20) + 24)),
});

test('entries come back with their ids, kinds and lengths', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 47 }),
      fc.array(run, { maxLength: 8 }),
      (first, runs) => {
        const entries: Entry[] = [];
        for (const { count, term, kind, length } of runs) {
          for (let i = 0; i < count; i += 1) {
            entries.push({ index: first + entries.length, term, kind, record: blank(length) });
          }
        }
        const items: unknown[] = [];
        putEntries(items, first, entries);
        const fields = new Fields(items, 0);
        const facts = ({ index, term, kind, record }: Entry) => [index, term, kind, record.length];
        t.is(JSON.stringify(takeEntries(fields).map(facts)), JSON.stringify(entries.map(facts)));
        t.is(fields.fault, null);
      },
    ),
    { numRuns: 300 },
  );
});

test('any bytes are entries, or a fault', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      // near the last index, so that what claims to be millions of entries is a fault
      const fields = new Fields([INDEX_MAX - 1000, bytes], 0);
      const { length } = takeEntries(fields);
      t.true(fields.fault !== null || length > 0 === bytes.length > 0);
    }),
    { numRuns: 3000 },
  );
});
