import test, { type ExecutionContext } from 'ava';
import { Dealer } from 'zeromq';
import { decodeReply, encodeRequest } from '../../lib/wire/client.ts';
import { RUNTIMES, TestCluster, untilDone } from './cluster.ts';
import { dump, Load } from './load.ts';

/** Every acknowledged write is on every node, equal, and nothing that was rejected is on any. */
async function check(t: ExecutionContext, cluster: TestCluster, load: Load): Promise<void> {
  const { rev } = await untilDone(() => cluster.client().put('last', 'write'));
  const dumps = await Promise.all(
    cluster.ids.map(async (id) => dump(await cluster.caughtUp(id, rev), 'load/')),
  );
  const [first] = dumps as [Map<string, unknown>];
  for (const other of dumps.slice(1)) t.deepEqual([...other], [...first]);
  const wrong = [...load.acknowledged].filter(([key, at]) => first.get(key) !== `${at} ${key}`);
  t.deepEqual(wrong, []);
  t.deepEqual(
    [...load.rejected].filter((key) => first.has(key)),
    [],
  );
  t.is(new Set(load.acknowledged.values()).size, load.acknowledged.size);
}

/** How often nodes are killed; the second runtime shares all that matters here with the first. */
const KILLS = { async: 10, threaded: 4 };

for (const runtime of RUNTIMES) {
  test.serial(
    `${runtime}: ${KILLS[runtime]} times kill -9 under load: no acknowledged write is lost, all nodes are equal`,
    async (t) => {
      const cluster = await TestCluster.start({ nodes: 5, runtime });
      t.teardown(() => cluster.close());
      let { leader, term } = await cluster.leader();
      const load = new Load(cluster.client(), 64);
      const gaps: number[] = [];
      for (let round = 0; round < KILLS[runtime]; round += 1) {
        await load.progress(200);
        const victim = round % 2 === 0 ? leader : ((leader + round) % 5) + 1;
        load.takeGapMs();
        await cluster.kill(victim);
        if (victim === leader) ({ leader, term } = await cluster.leader(term));
        await load.progress(200);
        if (round % 2 === 0) gaps.push(load.takeGapMs());
        cluster.boot(victim);
        await cluster.caughtUp(victim, load.rev);
      }
      await load.stop();
      await check(t, cluster, load);
      t.log(`${load.acknowledged.size} acknowledged, ${load.unknown.size} unknown`);
      t.log(`gaps after a leader was killed, in ms: ${gaps.map(Math.round).join(', ')}`);
    },
  );
}

test.serial(
  'a node that was away for 10,000 entries catches up from the logs of the others',
  async (t) => {
    const cluster = await TestCluster.start({
      nodes: 3,
      settings: {
        raft: { windowBytes: 1 << 20, messageBytes: 1 << 20, inflightBytes: 2 << 20 },
        client: { valueBytes: 1 << 18 },
      },
    });
    t.teardown(() => cluster.close());
    const { leader } = await cluster.leader();
    const away = (leader % 3) + 1;
    await cluster.kill(away);
    const client = cluster.client(cluster.ids.filter((id) => id !== away));
    const value = 'x'.repeat(200);
    let rev = 0;
    for (let i = 0; i < 20; i += 1) {
      const keys = Array.from({ length: 500 }, (_, k) => `away/${i}/${k}`);
      const written = await Promise.all(keys.map((key) => client.put(key, value)));
      rev = Math.max(rev, ...written.map((reply) => reply.rev));
    }
    cluster.boot(away);
    const reader = await cluster.caughtUp(away, rev);
    t.is((await dump(reader, 'away/')).size, 10_000);
  },
);

test.serial(
  'L09: a leader that was paused comes back as a follower, and answers nothing old',
  async (t) => {
    const cluster = await TestCluster.start({ nodes: 3 });
    t.teardown(() => cluster.close());
    const { leader, term } = await cluster.leader();
    const others = cluster.client(cluster.ids.filter((id) => id !== leader));
    await others.put('x', 'old');
    await cluster.signal(leader, 'SIGSTOP');
    const { leader: next } = await cluster.leader(term);
    t.not(next, leader);
    await untilDone(() => others.put('x', 'new'));

    const stale = cluster.client([leader]);
    const answer = stale.get('x', { timeoutMs: 20_000 }) as Promise<{ value: unknown }>;
    const follows = cluster.events.next(
      (topic, event) =>
        topic === 'raft.leader' && event['node'] === leader && event['leader'] === next,
      20_000,
    );
    await cluster.signal(leader, 'SIGCONT');
    await follows;
    t.is((await answer).value, 'new');
  },
);

for (const runtime of RUNTIMES) {
  test.serial(
    `${runtime}: more than a node may hold is refused as BUSY, and the rest is done`,
    async (t) => {
      const cluster = await TestCluster.start({
        nodes: 3,
        runtime,
        settings: { client: { pendingRequests: 100 } },
      });
      t.teardown(() => cluster.close());
      const { leader } = await cluster.leader();
      // its beat may be out before all of its threads know that it leads
      await cluster.client([leader]).put('ready', 1);
      const address = cluster.addresses.find(({ id }) => id === leader);
      const dealer = new Dealer({ linger: 0 });
      t.teardown(() => dealer.close());
      dealer.connect(address?.client ?? '');
      const requests = Array.from({ length: 1000 }, (_, id) =>
        encodeRequest(id, 'put', { key: `k${id}`, value: id }),
      );
      await dealer.send(requests);

      const codes = new Map<number | null, string>();
      while (codes.size < requests.length) {
        for (const frame of await dealer.receive()) {
          const decoded = decodeReply(frame);
          if (typeof decoded === 'string') return t.fail(decoded);
          t.false(codes.has(decoded.id), 'each request is answered once');
          codes.set(decoded.id, decoded.reply.ok ? 'ok' : decoded.reply.code);
        }
      }
      const done = [...codes].filter(([, code]) => code === 'ok');
      t.is(done.length, 100);
      t.true([...codes.values()].every((code) => code === 'ok' || code === 'BUSY'));
      const { entries } = await cluster.client().prefix('k', { limit: 2000 });
      t.deepEqual(
        entries.map(({ key }) => key),
        done.map(([id]) => `k${id}`).sort(),
      );
    },
  );

  test.serial(
    `${runtime}: a node told to stop answers what it holds, and exits with 0`,
    async (t) => {
      const cluster = await TestCluster.start({ nodes: 3, runtime });
      t.teardown(() => cluster.close());
      const { leader } = await cluster.leader();
      const load = new Load(cluster.client(), 32);
      await load.progress(200);
      t.is(await cluster.signal(leader, 'SIGTERM'), 0);
      await load.progress(200);
      await load.stop();
      cluster.boot(leader);
      await check(t, cluster, load);
    },
  );
}

test.serial(
  'a second process on the same data directory refuses, and the first goes on',
  async (t) => {
    const cluster = await TestCluster.start({ nodes: 1 });
    t.teardown(() => cluster.close());
    await cluster.leader();
    const { code, output } = await cluster.runTwice(1);
    t.is(code, 1);
    t.regex(output, /another process/);
    await cluster.client().put('still', 'here');
  },
);
