import { existsSync } from 'node:fs';
import test from 'ava';
import { diskOf, inspectMachine, isMemory, machineLine } from '../../bench/machine.ts';
import { median } from '../../bench/median.ts';
import { withSite } from '../../bench/site.ts';
import { ConfigError } from '../../lib/kit/errors.ts';
import { temporaryDirectory } from '../store/temporary.ts';

test('the machine line names cores, Node.js, system, file system and the price of a sync', (t) => {
  const machine = inspectMachine(temporaryDirectory(t));
  t.true(machine.fdatasyncMs > 0);
  t.regex(machineLine(machine), /^\d+ cores .+, Node \d+\.\d+\.\d+, .+, fdatasync \d+\.\d\d ms/);
});

test('a file system in memory is known, and refused', async (t) => {
  const inMemory = '/dev/shm';
  if (process.platform !== 'linux' || !existsSync(inMemory)) {
    t.pass('this system has none at a place that is known');
    return;
  }
  t.true(isMemory(diskOf(inMemory)));
  const error = await t.throwsAsync(
    withSite(inMemory, async () => 0),
    { instanceOf: ConfigError },
  );
  t.regex(error.message, /tmpfs is memory/);
});

test('a directory that is not there is refused', async (t) => {
  await t.throwsAsync(
    withSite('no/such/directory', async () => 0),
    { instanceOf: ConfigError, message: /there is no such directory/ },
  );
});

test('a site is removed after what was kept in it is closed, also when the work fails', async (t) => {
  const parent = temporaryDirectory(t);
  const closed: boolean[] = [];
  let directory = '';
  const work = withSite(parent, async (site) => {
    directory = site.directory;
    site.keep({ close: () => void closed.push(existsSync(directory)) });
    throw new Error('the work');
  });
  await t.throwsAsync(work, { message: 'the work' });
  t.deepEqual(closed, [true]);
  t.false(existsSync(directory));
});

test('the median is the middle', (t) => {
  t.is(median([3, 1, 2]), 2);
  t.is(median([4, 1, 2, 3]), 2.5);
  t.is(median([7]), 7);
});
