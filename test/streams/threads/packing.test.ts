import test from 'ava';
import fc from 'fast-check';
import { type Entry, KINDS, makeEntry } from '../../../lib/core/entry.ts';
import {
  packEntries,
  packItems,
  unpackEntries,
  unpackItems,
  withOwnBytes,
} from '../../../streams/threads/packing.ts';

/** What arrives in another thread: a clone, of which the memory has moved. */
function posted<T>(value: T, bytes?: Uint8Array<ArrayBuffer>): T {
  return structuredClone(value, { transfer: bytes && bytes.length > 0 ? [bytes.buffer] : [] });
}

const anEntry = fc
  .record({
    index: fc.integer({ min: 1, max: 2 ** 47 }),
    term: fc.integer({ min: 1, max: 2 ** 47 }),
    kind: fc.constantFrom(...KINDS),
    payload: fc.uint8Array({ maxLength: 300 }),
  })
  .map(({ index, term, kind, payload }) => makeEntry(index, term, kind, payload));

test('entries arrive as they were, whatever they carry', (t) => {
  const plain = (entries: readonly Entry[]) =>
    entries.map((entry) => ({ ...entry, record: [...entry.record] }));
  fc.assert(
    fc.property(fc.array(anEntry, { maxLength: 20 }), (entries) => {
      const before = plain(entries);
      const packed = packEntries(entries);
      t.deepEqual(plain(unpackEntries(posted(packed, packed))), before);
    }),
  );
});

test('requests arrive under their tokens', (t) => {
  const items = fc.array(
    fc.record({
      token: fc.integer({ min: 1, max: 2 ** 48 - 1 }),
      frame: fc.uint8Array({ maxLength: 300 }),
    }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(items, (sent) => {
      const before = sent.map(({ token, frame }) => [token, [...frame]]);
      const packed = packItems(sent);
      const arrived = unpackItems(posted(packed, packed.run));
      t.deepEqual(
        arrived.map(({ token, frame }) => [token, [...frame]]),
        before,
      );
    }),
  );
});

test('nothing is handed over but what was packed: others still read the memory it was in', (t) => {
  const batch = Buffer.allocUnsafeSlow(8192).fill(7);
  const frame = batch.subarray(100, 300);
  const packed = packItems([{ token: 1, frame }]);
  posted(packed, packed.run);
  t.is(packed.run.length, 0, 'the packed memory is gone');
  t.is(frame[199], 7);
  const entry = makeEntry(1, 1, 'command', frame);
  const records = packEntries([entry]);
  t.is(records.buffer.byteLength, entry.record.length);
});

test('bytes anywhere in plain data get memory of their own, and the rest stays as it is', (t) => {
  const view = Buffer.alloc(8192).subarray(10, 13);
  const value = { kind: 'x', list: [{ at: 1, bytes: view }], numbers: [1, 2], nothing: null };
  const own = withOwnBytes(value);
  t.deepEqual(own, {
    ...value,
    list: [{ at: 1, bytes: new Uint8Array(view) as Buffer }],
  });
  t.is(own.list[0]?.bytes.buffer.byteLength, 3);
});
