import test from 'ava';
import type { NodeId } from '../../lib/core/types.ts';
import { Chance } from '../sim/chance.ts';
import { type Cluster, onCluster } from './cluster.ts';
import { ELECTION_MS, HEARTBEAT_MS } from './quiet-plan.ts';

test(
  'P01: commits go on over crashes of all, of the leader, and of a follower',
  onCluster(3, {}, async (c) => {
    await c.agree(3);
    c.crash(...c.ids);
    c.start(...c.ids);
    await c.agree(3);
    c.restart(await c.leader());
    await c.agree(3);
    const leader = await c.leader();
    c.crash(leader);
    const index = await c.agree(2);
    c.start(leader);
    await c.must(() => c.applied(index) === 3, 'who was away has it');
    const follower = c.after(await c.leader());
    c.crash(follower);
    await c.agree(2);
    c.start(follower);
    await c.agree(3);
  }),
);

test(
  'P02: commits go on over rounds of crashes of two and of three of five',
  onCluster(5, {}, async (c) => {
    for (let round = 0; round < 5; round += 1) {
      await c.agree(5);
      const l = await c.leader();
      c.crash(c.after(l, 1), c.after(l, 2));
      await c.agree(3);
      c.crash(l, c.after(l, 3), c.after(l, 4));
      c.start(c.after(l, 1), c.after(l, 2));
      await c.run(ELECTION_MS);
      c.start(c.after(l, 3));
      await c.agree(3);
      c.start(c.after(l, 4), l);
    }
    await c.agree(5);
  }),
);

test(
  'P03: what two of three committed is there when another two are left',
  onCluster(3, {}, async (c, t) => {
    await c.agree(3);
    const l = await c.leader();
    const [one, two] = [c.after(l, 1), c.after(l, 2)];
    c.isolate(two);
    await c.agree(2, { op: 'put', key: 'kept', value: 102 });
    c.crash(l, one);
    c.rejoin(two);
    c.start(l);
    await c.agree(2);
    c.start(one);
    await c.agree(3);
    const answer = await c.ask(two, { op: 'get', key: 'kept' });
    t.is(answer.kind === 'ok' && answer.reply['value'], 102);
  }),
);

test(
  'P05: with a tenth of all mail lost five agree on hundreds of commands',
  onCluster(5, { network: { lostPart: 0.1, lostBeatPart: 0.1 } }, async (c, t) => {
    await c.leader();
    for (let round = 0; round < 49; round += 1) {
      const asked = c.ids.map((id) => c.begin(id, c.command(), 10 * ELECTION_MS));
      for (const id of asked) await c.answerTo(id);
    }
    c.calm();
    await c.agree(5);
    t.true(c.sim.faults.drop > 100, `${c.sim.faults.drop} messages were lost`);
    t.true(c.sim.committed.length > 200, `${c.sim.committed.length} entries`);
  }),
);

test(
  'P06: figure 8 with loss, isolation and long delays comes right in ten seconds',
  onCluster(5, { network: { lostPart: 0.1, latePart: 0.1, lateMs: 2000 } }, async (c, t) => {
    const chance = new Chance(8);
    await c.agree(1);
    for (let round = 0; round < 1000; round += 1) {
      let last: NodeId | null = null;
      for (const id of c.ids) {
        c.begin(id, c.command());
        if (c.server(id).state?.role.name === 'leader') last = id;
      }
      await c.run(chance.happens(0.1) ? chance.between(0, ELECTION_MS / 2) : chance.between(0, 13));
      if (last !== null && chance.happens(0.5)) c.isolate(last);
      if (c.connected.length < 3) c.rejoin(chance.pick(c.ids));
    }
    c.heal();
    c.calm();
    await c.agree(5);
    t.true(c.sim.tally.elections > 5, `${c.sim.tally.elections} elections`);
    t.true(c.sim.faults.late > 100, `${c.sim.faults.late} late messages`);
  }),
);

/** Forty rounds in which servers are isolated, crash and come back, while three clients write. */
async function churn(c: Cluster): Promise<void> {
  const chance = new Chance(7);
  await c.agree(5);
  c.sim.clients.start();
  for (let round = 0; round < 40; round += 1) {
    if (chance.happens(0.2)) c.isolate(chance.pick(c.ids));
    if (chance.happens(0.8)) {
      const id = chance.pick(c.ids);
      c.start(id);
      c.rejoin(id);
    }
    if (chance.happens(0.2)) c.crash(chance.pick(c.ids));
    await c.run(0.7 * ELECTION_MS);
  }
  await c.run(ELECTION_MS);
  c.sim.clients.stop();
  c.heal();
  c.calm();
  c.start(...c.ids);
  await c.agree(5);
  await c.alike(...c.ids);
}

const THREE = { connections: 3, perConnection: 1, thinkMs: 10 };

test(
  'P07: under churn every value that was seen committed stays',
  onCluster(5, { clients: THREE }, async (c, t) => {
    await churn(c);
    t.true(c.sim.committed.length > 20, `${c.sim.committed.length} entries`);
  }),
);

test(
  'P08: the same on an unreliable network',
  onCluster(
    5,
    { clients: THREE, network: { lostPart: 0.1, doubledPart: 0.1, latePart: 0.1, lateMs: 400 } },
    async (c, t) => {
      await churn(c);
      t.true(c.sim.committed.length > 8, `${c.sim.committed.length} entries`);
    },
  ),
);

test(
  'P10: a server that restarts two hundred times under load forgets nothing',
  onCluster(3, { clients: THREE, disk: { segmentBytes: 2048 } }, async (c, t) => {
    const leader = await c.leader();
    const term = c.term(leader);
    const victim = c.after(leader);
    c.sim.clients.start();
    for (let round = 0; round < 200; round += 1) {
      await c.run(HEARTBEAT_MS);
      c.restart(victim);
    }
    c.sim.clients.stop();
    await c.must(() => c.sim.clients.open === 0, 'all is answered');
    await c.agree(3);
    await c.alike(...c.ids);
    t.is(c.term(leader), term, 'nobody else had to be elected');
    const bytes = (id: NodeId): number => {
      const { disk } = c.server(id).storage;
      return disk.names.reduce((sum, name) => sum + disk.sizeOf(name), 0);
    };
    t.true(
      bytes(victim) < 2 * bytes(leader),
      `${bytes(victim)} bytes, the leader ${bytes(leader)}`,
    );
  }),
);

test(
  'P11: a power cut of all servers loses nothing that was acknowledged',
  onCluster(3, { clients: THREE }, async (c) => {
    const { operations } = c.sim.clients;
    c.sim.clients.start();
    for (let round = 0; round < 10; round += 1) {
      const before = operations.length;
      await c.must(() => operations.length > before + 20, 'clients are served');
      c.powerCut(...c.ids);
      c.start(...c.ids);
    }
    c.sim.clients.stop();
    await c.agree(3);
    await c.alike(...c.ids);
  }),
);
