import test from 'ava';
import type { Change } from '../../lib/client/client.ts';
import { TestCluster, untilDone } from './cluster.ts';
import { Load } from './load.ts';

test.serial(
  'kill -9 of any node under load: a watch sees every acknowledged change once and in order',
  async (t) => {
    const cluster = await TestCluster.start({ nodes: 3 });
    t.teardown(() => cluster.close());
    let { leader, term } = await cluster.leader();
    const all: Change[] = [];
    const some: Change[] = [];
    const reader = cluster.client();
    const read = async (changes: Change[], prefix: string): Promise<void> => {
      const watch = reader.watch({ prefix, since: 0, bufferBytes: 10_000 });
      for await (const change of watch) {
        changes.push(change);
        if (change.value === 'end') return;
      }
    };
    const reading = [read(all, ''), read(some, 'load/0000')];
    const load = new Load(cluster.client(), 32);
    for (let round = 0; round < 6; round += 1) {
      await load.progress(200);
      const victim = round % 2 === 0 ? leader : (leader % 3) + 1;
      await cluster.kill(victim);
      if (victim === leader) ({ leader, term } = await cluster.leader(term));
      await load.progress(200);
      cluster.boot(victim);
      await cluster.caughtUp(victim, load.rev);
    }
    await load.stop();
    const client = cluster.client();
    const { rev } = await untilDone(() => client.put('load/0000', 'end'));
    await Promise.all(reading);

    t.deepEqual(
      all.map((change) => change.rev),
      Array.from({ length: rev }, (_, i) => i + 1),
    );
    t.deepEqual(
      some,
      all.filter(({ key }) => key.startsWith('load/0000')),
    );
    const seen = new Map(all.map(({ key, rev: at }) => [key, at]));
    t.deepEqual(
      [...load.acknowledged].filter(([key, at]) => seen.get(key) !== at),
      [],
    );
    t.deepEqual(
      [...load.rejected].filter((key) => seen.has(key)),
      [],
    );
    t.log(`${all.length} changes, ${load.unknown.size} of unknown outcome`);
  },
);

test.serial('a node that is paused while it is watched is left for another one', async (t) => {
  const cluster = await TestCluster.start({ nodes: 3 });
  t.teardown(() => cluster.close());
  await cluster.leader();
  const client = cluster.client();
  const watch = client.watch({ prefix: 'a' });
  await watch.ready;
  // one after the other: one of them is the one that is watched
  for (const id of cluster.ids) {
    await cluster.signal(id, 'SIGSTOP');
    const { rev } = await untilDone(() => client.put('a', id));
    let seen = 0;
    while (seen < rev) {
      const { value } = await watch.next();
      seen = value?.rev ?? Number.POSITIVE_INFINITY;
    }
    t.is(seen, rev);
    await cluster.signal(id, 'SIGCONT');
    await cluster.caughtUp(id, rev);
  }
});
