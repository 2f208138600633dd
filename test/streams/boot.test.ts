import test from 'ava';
import { votersOnly } from '../../lib/core/quorum.ts';
import { ORIGIN } from '../../lib/core/types.ts';
import { configurationsFrom } from '../../streams/boot.ts';

const FOUNDING = votersOnly([1]);
const LATER = votersOnly([1, 2, 3]);
const SNAPSHOT = { index: 20, term: 3, configuration: LATER, rev: 9, bytes: 100, checksum: 7 };
const BASE = { index: 12, term: 2 };

test('a log that holds everything begins with the configuration that the cluster began with', (t) => {
  const whole = { base: ORIGIN, configurations: [{ index: 5, configuration: LATER }] };
  t.deepEqual(configurationsFrom(FOUNDING, SNAPSHOT, whole), [
    { index: 0, configuration: FOUNDING },
    { index: 5, configuration: LATER },
  ]);
});

test('a log that has let go of entries goes on at its base, wherever its snapshot ends', (t) => {
  const compacted = { base: BASE, configurations: [] };
  t.deepEqual(configurationsFrom(FOUNDING, SNAPSHOT, compacted), [
    { index: 12, configuration: LATER },
  ]);
});
