import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { TestCluster, untilDone } from './cluster.ts';
import { dump, Load } from './load.ts';
import { untilChanged, untilPinned, untilVoters } from './members.ts';

async function start(t: ExecutionContext, nodes: number, reserve: number): Promise<TestCluster> {
  const cluster = await TestCluster.start({ nodes, reserve });
  t.teardown(() => cluster.close());
  await cluster.leader();
  return cluster;
}

test.serial(
  'a cluster grows from one node to five and shrinks to one under load, and the client that knew the first node only goes on',
  async (t) => {
    const cluster = await start(t, 1, 4);
    const client = cluster.client([1]);
    const load = new Load(client, 4);
    await load.progress(100);
    for (const id of [2, 3, 4, 5]) {
      cluster.join(id, 1);
      await untilVoters(
        client,
        Array.from({ length: id }, (_, i) => i + 1),
      );
      await load.progress(50);
    }
    await cluster.caughtUp(5, load.rev);

    const left = [1, 2, 3, 4, 5];
    // the node that the client was started with goes first, whether it leads or not
    for (const id of [1, 4, 3, 2]) {
      await untilChanged(() => client.removeMember(id));
      left.splice(left.indexOf(id), 1);
      await untilVoters(client, left);
      t.is(await cluster.ended(id), 0);
      t.regex(cluster.log(id), /was removed from the cluster/);
      await load.progress(50);
    }
    t.regex(cluster.log(5), /asks the cluster to add it.*has caught up, and votes/s);
    await load.stop();
    const found = await dump(cluster.client([5]), 'load/');
    const lost = [...load.acknowledged].filter(([key, rev]) => found.get(key) !== `${rev} ${key}`);
    t.deepEqual(lost, []);
    t.deepEqual(
      [...load.rejected].filter((key) => found.has(key)),
      [],
    );
  },
);

test.serial(
  'a joined node starts again by itself, kill -9 or not, and knows who it is',
  async (t) => {
    const cluster = await start(t, 2, 1);
    const client = cluster.client([1, 2]);
    cluster.join(3, 2);
    await untilVoters(client, [1, 2, 3]);
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await cluster.signal(3, signal);
      const { rev } = await client.put('while', signal);
      cluster.boot(3);
      const reader = await cluster.caughtUp(3, rev);
      t.like(await reader.get('while', { read: 'stale' }), { value: signal });
    }
    await Promise.all(cluster.ids.map((id) => cluster.kill(id)));
    cluster.join(3, 2);
    cluster.boot(1);
    // whom it asked to be added is still down, and it needs nobody to start
    await untilDone(() => cluster.client([1, 3]).put('after', 1));
  },
);

test.serial('a removed node does not start again by itself, and may be added again', async (t) => {
  const cluster = await start(t, 3, 0);
  const client = cluster.client();
  await untilChanged(() => client.removeMember(3));
  t.is(await cluster.ended(3), 0);
  cluster.boot(3);
  t.is(await cluster.ended(3), 1);
  t.regex(cluster.log(3), /was removed from its cluster .*start it with --join/);

  cluster.join(3, 1);
  await untilVoters(client, [1, 2, 3]);
});

test.serial(
  'a node that was removed while it was down is told so when it comes back',
  async (t) => {
    const cluster = await start(t, 3, 0);
    const client = cluster.client();
    const { rev } = await client.put('a', 1);
    await cluster.caughtUp(3, rev);
    await cluster.kill(3);
    await untilChanged(() => client.removeMember(3));
    cluster.boot(3);
    t.is(await cluster.ended(3), 0);
    t.regex(cluster.log(3), /was removed from the cluster/);
  },
);

test.serial(
  'a node that lost its disk is refused by name; removed and added anew it votes again',
  async (t) => {
    const cluster = await start(t, 3, 0);
    const client = cluster.client();
    await client.put('a', 1);
    await untilPinned(client, 3);
    await cluster.kill(3);
    await rm(cluster.dataOf(3), { recursive: true });
    cluster.boot(3);
    t.is(await cluster.ended(3), 1);
    t.regex(cluster.log(3), /refuses this node: the member 3 of the cluster has other data/);
    t.regex(cluster.log(3), /remove 3/);

    cluster.join(3, 1);
    t.is(await cluster.ended(3), 1, 'not even with --join, while the member of old is there');
    t.regex(cluster.log(3), /node 3 is a member of the cluster already/);

    await untilChanged(() => client.removeMember(3));
    cluster.join(3, 1);
    await untilVoters(client, [1, 2, 3]);
  },
);

test.serial('a node of another cluster is refused by name, and the others go on', async (t) => {
  const cluster = await start(t, 2, 1);
  const config = JSON.parse(await readFile(cluster.configFile, 'utf8'));
  const foreign = join(cluster.directory, 'foreign.json');
  const nodes = cluster.addresses;
  await writeFile(foreign, JSON.stringify({ ...config, nodes, cluster: 'other' }));
  const begun = await cluster.runTwice(3, '--config', foreign);
  t.is(begun.code, 1);
  t.regex(begun.output, /refuses this node: it belongs to the cluster \\?"e2e/);

  const joining = await cluster.runTwice(3, '--config', foreign, '--join', nodes[0]?.client ?? '');
  t.not(joining.code, 0);
  t.regex(joining.output, /is called \\?"e2e\\?", and this node is configured for \\?"other/);
  await cluster.client().put('a', 1);
});

test.serial('a node that moves is found, and written down where it is', async (t) => {
  const cluster = await start(t, 3, 1);
  const client = cluster.client();
  await untilVoters(client, [1, 2, 3]);
  await cluster.signal(3, 'SIGTERM');
  const { peer, client: asked, events } = cluster.address(4);
  cluster.boot(3, '--peer', peer, '--client', asked, '--events', events);
  const moved = cluster.events.next(
    (topic, event) => topic === 'raft.members' && JSON.stringify(event).includes(peer),
    20_000,
  );
  await moved;
  const { rev } = await client.put('a', 1);
  const there = cluster.connect({ endpoints: [asked] });
  t.like(await there.get('a', { read: 'stale', atLeast: rev, timeoutMs: 20_000 }), { value: 1 });
});
