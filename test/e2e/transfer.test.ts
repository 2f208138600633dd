import test from 'ava';
import { RaftmqError } from '../../lib/client/client.ts';
import { TestCluster } from './cluster.ts';
import { Load } from './load.ts';

test.serial(
  'T01 T07: under load the office changes hands, and no write is lost or left unknown',
  async (t) => {
    const cluster = await TestCluster.start({ nodes: 3 });
    t.teardown(() => cluster.close());
    const { leader, term } = await cluster.leader();
    const load = new Load(cluster.client(), 64);
    await load.progress(200);
    const to = (leader % 3) + 1;
    const client = cluster.client();
    const done = await client.transfer(to);
    t.like(done, { leader: to });
    t.true(done.term > term);
    await load.progress(200);
    // by a node that does not lead, and back to whoever is furthest along
    const other = cluster.ids.find((id) => id !== to && id !== leader) ?? 0;
    const back = await cluster.client([other]).transfer();
    t.not(back.leader, to);
    await load.progress(200);
    await load.stop();
    t.deepEqual([...load.unknown], []);
    t.deepEqual([...load.rejected], []);
    const { leader: now } = await client.status();
    t.is(now, back.leader);
  },
);

test.serial('T05 T06: who does not vote or is not there does not get the office', async (t) => {
  const cluster = await TestCluster.start({ nodes: 3 });
  t.teardown(() => cluster.close());
  const { leader, term } = await cluster.leader();
  const client = cluster.client();
  await client.put('a', 1);
  t.like(await client.transfer(leader), { leader, term }, 'to itself: done at once');

  const refused = async (to: number): Promise<string> => {
    const reason: unknown = await client.transfer(to).catch((error: unknown) => error);
    if (!(reason instanceof RaftmqError)) throw new Error(`node ${to} got the office`);
    t.is(reason.outcome, 'rejected');
    return reason.code;
  };
  t.is(await refused(9), 'NOT_A_MEMBER');
  const away = (leader % 3) + 1;
  await cluster.kill(away);
  t.is(await refused(away), 'NOT_READY');
  await client.put('a', 2);
  t.like(await client.status(), { leader, term });
});

test.serial('O07: a leader told to stop hands over first: no write is left unknown', async (t) => {
  const cluster = await TestCluster.start({ nodes: 3 });
  t.teardown(() => cluster.close());
  const { leader } = await cluster.leader();
  const load = new Load(cluster.client(), 32);
  await load.progress(200);
  load.takeGapMs();
  t.is(await cluster.signal(leader, 'SIGTERM'), 0);
  await load.progress(200);
  const gapMs = load.takeGapMs();
  await load.stop();
  t.deepEqual([...load.unknown], []);
  t.deepEqual([...load.rejected], []);
  t.log(`${Math.round(gapMs)} ms without an acknowledged write`);
});

test.serial('L01 L11: any node reads what was acknowledged, in every way of reading', async (t) => {
  const cluster = await TestCluster.start({ nodes: 3 });
  t.teardown(() => cluster.close());
  await cluster.leader();
  const writer = cluster.client();
  const readers = cluster.ids.map((id) => cluster.client([id]));
  const value = 'x'.repeat(100_000);
  for (let i = 0; i < 20; i += 1) {
    const { rev } = await writer.put('k', `${i} ${value}`);
    for (const reader of readers) {
      const all = await Promise.all([
        reader.get('k'),
        reader.get('k', { read: 'lease' }),
        reader.get('k', { read: 'stale', atLeast: rev }),
        reader.get('k', { atLeast: rev }),
      ]);
      for (const found of all) t.is(found.value, `${i} ${value}`);
    }
  }
});
