import test from 'ava';
import type { Turn } from '../../lib/core/input.ts';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { Millis, NodeId } from '../../lib/core/types.ts';
import { Chance } from '../sim/chance.ts';
import type { Watcher } from '../sim/watcher.ts';
import { Cluster, onCluster } from './cluster.ts';
import { ELECTION_MS, HEARTBEAT_MS } from './quiet-plan.ts';

test(
  'E03: whichever three of seven are gone, the other four elect a leader',
  onCluster(7, {}, async (c) => {
    const chance = new Chance(3);
    await c.leader();
    for (let round = 0; round < 10; round += 1) {
      c.isolate(chance.pick(c.ids), chance.pick(c.ids), chance.pick(c.ids));
      await c.leader();
      c.heal();
    }
    await c.agree(7);
  }),
);

/** Notes when servers begin to ask for pre-votes. */
class Campaigns implements Watcher {
  readonly begun: { readonly at: Millis; readonly id: NodeId }[] = [];
  readonly #roles = new Map<NodeId, string>();

  turn(at: Millis, id: NodeId, _: Turn, { state }: Outcome): void {
    const { name } = state.role;
    if (name === 'precandidate' && this.#roles.get(id) === 'follower') this.begun.push({ at, id });
    this.#roles.set(id, name);
  }
}

test('E13: five servers rarely time out together', async (t) => {
  const rounds = 100;
  const campaigns = new Campaigns();
  const cluster = new Cluster(5, {}, [campaigns]);
  cluster.start(...cluster.ids);
  let together = 0;
  for (let round = 0; round < rounds; round += 1) {
    const leader = await cluster.leader();
    await cluster.run(ELECTION_MS / 2);
    campaigns.begun.length = 0;
    cluster.crash(leader);
    await cluster.leader();
    const [first, second] = campaigns.begun;
    if (first && second && second.at - first.at < HEARTBEAT_MS) together += 1;
    cluster.start(leader);
  }
  t.true(together <= 0.3 * rounds, `${together} of ${rounds} rounds`);
});

test(
  'Q11: with many links missing for good the leader stays and commits go on',
  onCluster(5, {}, async (c, t) => {
    await c.leader();
    const links = ['1-2', '1-3', '2-3', '2-4', '3-5'];
    for (const a of c.ids) {
      for (const b of c.ids) {
        if (a < b && !links.includes(`${a}-${b}`)) {
          c.cut(a, b);
          c.cut(b, a);
        }
      }
    }
    await c.run(5 * ELECTION_MS);
    const { elections } = c.sim.tally;
    for (let round = 0; round < 60; round += 1) {
      await c.agree(3);
      await c.run(ELECTION_MS);
    }
    const changes = c.sim.tally.elections - elections;
    t.true(changes <= 3, `${changes} changes of leader`);
  }),
);

const CLIENTS = 4;

/** Whether it is soon noticed that nothing comes through. */
for (const detectMs of [ELECTION_MS, 100 * ELECTION_MS]) {
  test(
    `Q13: clients that reach followers only, or hear no reply, are served, each command once: ${detectMs} ms`,
    onCluster(3, { network: { detectMs } }, async (c, t) => {
      const leader = await c.leader();
      const [follower = 0] = c.others(leader);
      c.cut(CLIENTS, leader);
      c.cut(leader, CLIENTS);
      await c.run(ELECTION_MS);
      for (let i = 0; i < 10; i += 1)
        t.is((await c.ask(follower, c.command())).kind, 'ok', 'passed on to the leader');
      t.is((await c.ask(leader, c.command())).kind, 'unknown');
      c.heal();
      await c.run(ELECTION_MS);
      // The leader hears its clients and is not heard.
      c.cut(leader, CLIENTS);
      const request = c.begin(leader, c.command());
      t.is((await c.answerTo(request)).kind, 'unknown');
      t.not(c.indexOf(request), null, 'it took effect all the same');
      await c.agree(3);
    }),
  );
}
