import test from 'ava';
import type { NodeId } from '../../lib/core/types.ts';
import { type Cluster, onCluster } from './cluster.ts';

/** Snapshots all the time, with hardly a tail of the log. */
const OFTEN = { snapshots: { everyEntries: 10, chunkBytes: 64 }, settings: { keepEntries: 3 } };
/** What a log may hold with them: two snapshots may lie between what is taken and what is let go. */
const ENTRIES_MAX = 30;

function entriesOf(c: Cluster, id: NodeId): number {
  const log = c.server(id).state?.log;
  return log ? log.last.index - log.base.index : 0;
}

test(
  'S01: with all nodes up the log stays small, and nobody needs a snapshot',
  onCluster(3, OFTEN, async (c, t) => {
    for (let i = 0; i < 200; i += 1) {
      await c.agree(3);
      for (const id of c.ids) t.true(entriesOf(c, id) <= ENTRIES_MAX, `${entriesOf(c, id)}`);
    }
    t.is(c.sim.judge.places.snapshotSent, 0);
  }),
);

test(
  'S02: a node that was away until the log had moved on catches up by a snapshot',
  onCluster(3, OFTEN, async (c, t) => {
    for (let round = 0; round < 6; round += 1) {
      const leader = await c.leader();
      const away = round % 3 === 0 ? leader : c.after(leader);
      c.isolate(away);
      for (let i = 0; i < 40; i += 1) await c.agree(2);
      c.rejoin(away);
      await c.agree(3);
    }
    await c.alike(...c.ids);
    t.true(c.sim.judge.places.installed >= 6);
  }),
);

test(
  'S06: all crash again and again, and nothing is lost',
  onCluster(3, OFTEN, async (c, t) => {
    let last = 0;
    for (let round = 0; round < 5; round += 1) {
      for (let i = 0; i < 15; i += 1) await c.agree(3);
      c.crash(...c.ids);
      c.start(...c.ids);
      const index = await c.agree(3);
      t.true(index > last + 15);
      last = index;
    }
    await c.alike(...c.ids);
    for (const id of c.ids) t.true(entriesOf(c, id) <= ENTRIES_MAX);
  }),
);

test(
  'L10: a read that waits is served across the installation of a snapshot',
  onCluster(3, OFTEN, async (c, t) => {
    const leader = await c.leader();
    const away = c.after(leader);
    c.isolate(away);
    for (let i = 0; i < 40; i += 1) await c.agree(2, { op: 'put', key: 'k1', value: i });
    c.rejoin(away);
    const follows = (): boolean => {
      const role = c.server(away).state?.role;
      return role?.name === 'follower' && role.leader !== null;
    };
    await c.must(follows, 'who was away has heard the leader');
    t.is(c.sim.judge.places.installed, 0);
    const answer = await c.ask(away, { op: 'get', key: 'k1' }, 5000);
    t.is(answer.kind, 'ok');
    t.is(c.sim.judge.places.installed, 1);
  }),
);

test(
  'K14: a server that missed what was compacted serves every key afterwards',
  onCluster(3, OFTEN, async (c, t) => {
    const leader = await c.leader();
    const [one, two] = [c.after(leader, 1), c.after(leader, 2)];
    const keys = Array.from({ length: 50 }, (_, i) => `k${i}`);
    c.partition([leader, one], [two]);
    for (const key of keys) await c.agree(2, { op: 'put', key, value: key });
    for (const id of [leader, one]) t.true(entriesOf(c, id) <= ENTRIES_MAX);
    c.heal();
    c.partition([leader, two], [one]);
    await c.leader([leader, two]);
    await c.agree(2);
    for (const key of keys) {
      const answer = await c.ask(two, { op: 'get', key }, 5000);
      t.is(answer.kind, 'ok', key);
    }
    c.heal();
    await c.agree(3);
    await c.alike(...c.ids);
  }),
);

const BEAT_MS = 100;
const PUTS = 1000;

test(
  'K16: snapshots do not slow one client down',
  onCluster(
    3,
    {
      snapshots: OFTEN.snapshots,
      settings: {
        ...OFTEN.settings,
        heartbeatMs: BEAT_MS,
        electionMsMin: 5 * BEAT_MS,
        electionMsMax: 10 * BEAT_MS,
      },
    },
    async (c, t) => {
      const leader = await c.leader();
      await c.agree(3);
      const from = c.now;
      for (let i = 0; i < PUTS; i += 1) t.is((await c.ask(leader, c.command())).kind, 'ok');
      t.true(c.now - from < (PUTS * BEAT_MS) / 3, `${c.now - from} ms`);
    },
  ),
);
