import test from 'ava';
import { encodeConfiguration } from '../../lib/core/configuration-code.ts';
import { type Entry, makeEntry } from '../../lib/core/entry.ts';
import { votersOnly } from '../../lib/core/quorum.ts';
import type { Configuration, Index, Term } from '../../lib/core/types.ts';
import { MemoryDisk } from '../../lib/store/disk/disk-memory.ts';
import { entries, hard, openLog, write } from './log-world.ts';

function config(index: Index, term: Term, configuration: Configuration): Entry {
  return makeEntry(index, term, 'config', encodeConfiguration(configuration));
}

const THREE = votersOnly([1, 2, 3]);
const TWO = votersOnly([1, 2]);
const ONE = votersOnly([1]);

test('recovery hands back the configurations of the log, in order', async (t) => {
  const disk = new MemoryDisk();
  const { store } = await openLog(disk);
  await store.commit([write([...entries(1, 1, 'a'), config(2, 1, THREE)], hard(1))]);
  await store.commit([write([...entries(3, 1, 'b'), config(4, 1, TWO)])]);

  const { configurations } = await openLog(disk, { tailBytes: 0 });
  t.deepEqual(configurations, [
    { index: 2, configuration: THREE },
    { index: 4, configuration: TWO },
  ]);
});

test('a configuration that was replaced does not come back', async (t) => {
  const disk = new MemoryDisk();
  const { store } = await openLog(disk);
  await store.commit([write([config(1, 1, THREE), config(2, 1, TWO)], hard(1))]);
  await store.commit([write([...entries(2, 2, 'a'), config(3, 2, ONE)], hard(2))]);

  const { configurations } = await openLog(disk);
  t.deepEqual(configurations, [
    { index: 1, configuration: THREE },
    { index: 3, configuration: ONE },
  ]);
});

test('a configuration that cannot be read is refused: nobody stores such a one', async (t) => {
  const disk = new MemoryDisk();
  const { store } = await openLog(disk);
  await store.commit([write([makeEntry(1, 1, 'config', Buffer.from('{}'))], hard(1))]);

  await t.throwsAsync(openLog(disk), { code: 'CORRUPT', message: /entry 1 of the log is/ });
});
