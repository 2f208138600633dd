import test from 'ava';
import { RUNTIMES, TestCluster, untilDone } from './cluster.ts';

for (const runtime of RUNTIMES) {
  test.serial(
    `${runtime}: five nodes elect a leader, and any of them takes reads and writes`,
    async (t) => {
      const cluster = await TestCluster.start({ nodes: 5, runtime });
      t.teardown(() => cluster.close());
      await cluster.leader();
      for (const id of cluster.ids) {
        const client = cluster.client([id]);
        await client.put(`from/${id}`, { id, text: 'hello' });
        const { value } = (await client.get(`from/${id}`)) as { value: unknown };
        t.deepEqual(value, { id, text: 'hello' });
      }
      const { entries } = await cluster.client().prefix('from/');
      t.deepEqual(
        entries.map(({ key }) => key),
        cluster.ids.map((id) => `from/${id}`),
      );
    },
  );

  test.serial(
    `${runtime}: what was acknowledged survives kill -9 of every node at once`,
    async (t) => {
      const cluster = await TestCluster.start({ nodes: 3, runtime });
      t.teardown(() => cluster.close());
      const { term } = await cluster.leader();
      const client = cluster.client();
      const keys = Array.from({ length: 500 }, (_, i) => `key/${String(i).padStart(3, '0')}`);
      await Promise.all(keys.map((key, i) => client.put(key, i)));

      await Promise.all(cluster.ids.map((id) => cluster.kill(id)));
      for (const id of cluster.ids) cluster.boot(id);
      await cluster.leader(term);

      const { entries } = await cluster.client().prefix('key/', { limit: 1000 });
      t.deepEqual(
        entries.map(({ key, value }) => [key, value]),
        keys.map((key, i) => [key, i]),
      );
    },
  );
}

test.serial(
  'with any two of five killed, leader included, writes go on; with three they wait',
  async (t) => {
    const cluster = await TestCluster.start({ nodes: 5 });
    t.teardown(() => cluster.close());
    const { leader, term } = await cluster.leader();
    const client = cluster.client();
    await client.put('a', 1);
    const [second, third] = cluster.ids.filter((id) => id !== leader) as [number, number];

    await cluster.kill(leader);
    await cluster.kill(second);
    await cluster.leader(term);
    await client.put('a', 2);

    await cluster.kill(third);
    const failure = await client.put('a', 3, { timeoutMs: 1500 }).then(
      () => null,
      (reason: { outcome: string }) => reason,
    );
    t.truthy(failure, 'two of five acknowledge nothing');

    cluster.boot(third);
    await untilDone(() => client.put('a', 4));
    const { value } = (await client.get('a')) as { value: unknown };
    t.is(value, 4);
  },
);
