import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { RUNTIMES, TestCluster, untilDone } from './cluster.ts';
import { dump, Load } from './load.ts';

const EVENT_MS = 30_000;
const SETTINGS = {
  wal: { segmentBytes: 1 << 16 },
  raft: {
    windowBytes: 1 << 17,
    messageBytes: 1 << 16,
    inflightBytes: 1 << 17,
    uncommittedBytes: 1 << 20,
  },
  client: { valueBytes: 1 << 10 },
  snapshot: { everyEntries: 500, keepEntries: 100, chunkBytes: 4096 },
};

for (const runtime of RUNTIMES) {
  test.serial(
    `S02 S07: ${runtime}: a node that was away until the logs of the others had moved on catches up by a snapshot, and stays equal over a restart`,
    async (t) => {
      const cluster = await TestCluster.start({ nodes: 3, runtime, settings: SETTINGS });
      t.teardown(() => cluster.close());
      const { leader } = await cluster.leader();
      const missed = (leader % 3) + 1;
      const load = new Load(cluster.client(), 16);
      await load.progress(50);
      await cluster.kill(missed);
      await load.progress(2000);
      const installed = cluster.events.next(
        (topic, { kind, node }) =>
          topic === 'raft.snapshot' && kind === 'installed' && node === missed,
        EVENT_MS,
      );
      cluster.boot(missed);
      const { index } = await installed;
      t.true((index as number) > 500);
      await load.stop();

      const { rev } = await untilDone(() => cluster.client().put('last', 'write'));
      const dumps = await Promise.all(
        cluster.ids.map(async (id) => dump(await cluster.caughtUp(id, rev), '')),
      );
      for (const other of dumps.slice(1)) t.deepEqual([...other], [...(dumps[0] ?? [])]);

      const one = cluster.client([missed]);
      const taken = await one.snapshot();
      t.true(taken.index > (index as number) && taken.bytes > 0);
      t.deepEqual(await one.snapshot(), taken, 'nothing was applied since');
      await cluster.kill(missed);
      cluster.boot(missed);
      const again = await dump(await cluster.caughtUp(missed, rev), '');
      t.deepEqual([...again], [...(dumps[0] ?? [])]);

      const files = await readdir(join(cluster.directory, 'data', `${leader}`, 'wal'));
      t.true(files.length < 20, `the log was given back: ${files.length} files are left`);
    },
  );
}
