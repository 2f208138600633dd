import test from 'ava';
import type { Change } from '../../lib/client/client.ts';
import { raftmq } from '../cli/process.ts';
import { TestCluster, untilDone } from './cluster.ts';
import { Load } from './load.ts';

/** Three times what a node keeps for one subscriber, and more than sockets hold. */
const WRITES = 12_000;

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

test.serial(
  'a watcher that was paused while far more was published than waits for it misses nothing',
  async (t) => {
    const cluster = await TestCluster.start({ nodes: 1 });
    t.teardown(() => cluster.close());
    await cluster.leader();
    const client = cluster.client();
    await client.put('first', 0);
    const endpoints = cluster.addresses.map((address) => address.client).join(',');
    const script = raftmq(t, 'watch', '--since', '0', '--json', '--endpoints', endpoints);
    await script.said('first');
    script.child.kill('SIGSTOP');
    const value = 'x'.repeat(1000);
    for (let i = 0; i < WRITES; i += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, k) => client.put(`${i + k}`, value)));
    }
    script.child.kill('SIGCONT');
    await client.put('last', 0);
    await script.said('"last"');
    script.child.kill('SIGINT');
    const { lines } = await script.ended();
    t.is(
      lines.findIndex((line, i) => JSON.parse(line).rev !== i + 1),
      -1,
    );
    t.is(lines.length, WRITES + 2);
  },
);
