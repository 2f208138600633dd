import test from 'ava';
import { Chance } from '../sim/chance.ts';
import { onCluster } from './cluster.ts';
import { ELECTION_MS } from './quiet-plan.ts';

const BUSY = { connections: 2, perConnection: 2, thinkMs: 10 };

test(
  'N10: a peer that does not read holds up nobody, and old beats are dropped first',
  onCluster(3, { network: { messagesMax: 8 } }, async (c, t) => {
    const leader = await c.leader();
    const deaf = c.after(leader);
    const writeMs = async (): Promise<number> => {
      const from = c.now;
      for (let i = 0; i < 100; i += 1) t.is((await c.ask(leader, c.command())).kind, 'ok');
      return c.now - from;
    };
    const before = await writeMs();
    c.server(deaf).host.pause(60_000);
    t.true((await writeMs()) < 2 * before);
    await c.run(10 * ELECTION_MS);
    t.true((await writeMs()) < 2 * before);
    t.true(c.sim.faults.beats > 0, 'beats were dropped');
    t.is(await c.leader(), leader);
    c.server(deaf).host.resume();
    await c.agree(3);
    await c.alike(...c.ids);
  }),
);

/** What ZeroMQ had under way when a process ended is lost, or reaches the one after it. */
for (const [keepsMail, how] of [
  [false, 'because it is lost'],
  [true, 'or takes no notice of it'],
] as const) {
  test(
    `N11: a peer that comes back gets nothing that was meant for its former life, ${how}`,
    onCluster(5, { clients: BUSY, network: { reconnectMs: 1, keepsMail } }, async (c, t) => {
      const chance = new Chance(11);
      await c.agree(5);
      c.sim.clients.start();
      let resets = 0;
      for (let round = 0; round < 400; round += 1) {
        if (c.sim.network.lines.reset(chance.pick(c.ids), chance.pick(c.ids))) resets += 1;
        if (round % 40 === 0) c.restart(chance.pick(c.ids));
        await c.run(chance.between(0, 10));
      }
      c.sim.clients.stop();
      t.true(resets > 250, `${resets} connections broke`);
      t.true(c.sim.committed.length > 50, `${c.sim.committed.length} entries`);
      await c.agree(5);
      await c.alike(...c.ids);
    }),
  );
}
