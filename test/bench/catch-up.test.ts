import test from 'ava';
import { catchUp, hasFailed } from '../../bench/catch-up/course.ts';
import { memoryOf } from '../../bench/catch-up/memory.ts';
import { siteOfTest } from './site-of-test.ts';

test.serial(
  'a fourth node joins a cluster with a database, and what that costs is told',
  async (t) => {
    const told: string[] = [];
    const settings = { 'raft.election': '1000,2000' };
    const options = { mib: 3, seconds: 0.3, outstanding: 4, settings, configFile: null };
    const found = await catchUp(options, siteOfTest(t), (line) => told.push(line));
    t.is(told.length, 3, 'each node takes a snapshot');
    t.false(hasFailed(found), JSON.stringify(found));
    t.true(found.snapshot_bytes >= 3 << 20 && found.snapshot_bytes < 8 << 20);
    const { before, starting, during, after } = found;
    for (const { operations, p50Ms, p99Ms, maxMs } of [before, starting, during, after]) {
      t.true(operations > 0);
      t.true(0 < p50Ms && p50Ms <= p99Ms && p99Ms <= maxMs);
    }
    const { answers, installed, votes, caughtUp } = found.steps;
    t.true(0 < answers && answers <= installed && installed <= votes && votes <= caughtUp);
    t.true(starting.seconds + during.seconds >= caughtUp, 'all of it is measured');
    if (process.platform !== 'linux') return;
    for (const growth of [found.memory.leader, found.memory.added]) {
      t.true((growth?.start.resident ?? 0) > (growth?.start.anonymous ?? 0));
      t.true((growth?.more.resident ?? 0) > 0);
    }
  },
);

test('memory of a process that is not there is not told', (t) => {
  t.is(memoryOf(undefined), null);
  const own = memoryOf(process.pid);
  if (process.platform === 'linux') t.true(own !== null && own.resident > own.anonymous);
});
