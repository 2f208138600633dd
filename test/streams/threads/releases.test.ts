import test from 'ava';
import { makeEntry, recordBytes } from '../../../lib/core/entry.ts';
import { Releases } from '../../../streams/threads/releases.ts';

const release = (...indexes: number[]) => ({
  upTo: indexes.at(-1) ?? 0,
  entries: indexes.map((index) => makeEntry(index, 1, 'noop')),
  install: null,
});
const ENTRY_BYTES = recordBytes(release(1).entries);

test('entries are given up to a limit, then only said to be in the log, until they are applied', (t) => {
  const releases = new Releases(3 * ENTRY_BYTES);
  t.deepEqual(releases.limited(release(1, 2)), release(1, 2));
  t.deepEqual(releases.limited(release(3)), release(3));
  t.deepEqual(releases.limited(release(4)), { ...release(4), entries: [] });
  releases.forget(1);
  t.deepEqual(releases.limited(release(5)).entries, [], 'nothing is applied in part');
  releases.forget(2);
  t.deepEqual(releases.limited(release(6, 7)), release(6, 7));
  t.deepEqual(releases.limited(release(8)).entries, []);
});
