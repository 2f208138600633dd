import test from 'ava';
import type { NodeId } from '../../lib/core/types.ts';
import { Chance } from '../sim/chance.ts';
import { onCluster } from './cluster.ts';
import { ELECTION_MS, ELECTION_MS_MAX } from './quiet-plan.ts';

const BUSY = { connections: 2, perConnection: 2, thinkMs: 10 };

test(
  'V01: a healed majority elects, agrees and serves, whatever the others do',
  onCluster(
    5,
    { clients: BUSY, network: { lostPart: 0.1, latePart: 0.1, lateMs: 400 } },
    async (c, t) => {
      c.sim.clients.start();
      await c.run(10 * ELECTION_MS);
      // One is dead, one has no disk and hears everybody, but nobody hears it.
      c.crash(1);
      c.server(2).storage.stall(60_000);
      for (const other of c.others(2)) c.cut(2, other);
      c.calm();
      c.sim.clients.stop();
      const core = [3, 4, 5];
      await c.leader(core);
      for (const id of core) {
        t.is((await c.ask(id, c.command())).kind, 'ok', `n${id} serves`);
      }
      await c.agree(3);
      const terms = core.map((id) => c.term(id));
      await c.run(20 * ELECTION_MS);
      t.deepEqual(
        core.map((id) => c.term(id)),
        terms,
        'nobody disturbs the leader',
      );
    },
  ),
);

test(
  'V02: all healed: everybody agrees, and every acknowledged write is there',
  onCluster(5, { clients: BUSY, network: { lostPart: 0.1, doubledPart: 0.1 } }, async (c, t) => {
    const chance = new Chance(2);
    c.sim.clients.start();
    for (let round = 0; round < 10; round += 1) {
      c.isolate(chance.pick(c.ids));
      if (chance.happens(0.5)) c.crash(chance.pick(c.ids));
      await c.run(4 * ELECTION_MS);
      c.heal();
      c.start(...c.ids);
    }
    c.calm();
    c.sim.clients.stop();
    const index = await c.agree(5);
    t.true(index > 20, `${index} entries`);
    for (let i = 0; i < 10; i += 1) {
      const server = chance.pick(c.ids);
      const written = await c.ask(server, { op: 'put', key: 'k1', value: i });
      const read = await c.ask(chance.pick(c.ids), { op: 'get', key: 'k1' });
      t.is(written.kind, 'ok');
      t.is(read.kind === 'ok' && read.reply['value'], i);
    }
    await c.alike(...c.ids);
  }),
);

test(
  'V03: links that clog and come free in any order do no lasting harm',
  onCluster(5, { clients: BUSY }, async (c) => {
    const chance = new Chance(3);
    const clog = async (ids: readonly NodeId[], ms: number): Promise<void> => {
      for (const id of ids) {
        c.sim.network.clog(id, ms);
        await c.run(chance.between(0, ELECTION_MS));
      }
    };
    const noExcuse = c.sim.excuses.begin(...c.ids);
    c.sim.clients.start();
    for (let round = 0; round < 5; round += 1) {
      const some = c.ids.filter(() => chance.happens(0.6));
      await clog(some, 2 * ELECTION_MS);
      await clog(
        some.toSorted(() => chance.between(-1, 1)),
        0,
      );
    }
    noExcuse();
    c.sim.clients.stop();
    await c.leader();
    await c.agree(5);
    await c.alike(...c.ids);
  }),
);

test(
  'V05: clocks and timeouts that differ leave one stable leader',
  onCluster(
    5,
    {
      drift: 0.2,
      own: {
        2: { electionMsMin: ELECTION_MS / 2, electionMsMax: ELECTION_MS },
        4: { electionMsMin: 3 * ELECTION_MS, electionMsMax: 3 * ELECTION_MS_MAX },
      },
    },
    async (c, t) => {
      for (const gone of c.ids) {
        c.crash(gone);
        const leader = await c.leader();
        await c.agree(4);
        const term = c.term(leader);
        await c.run(20 * ELECTION_MS);
        t.is(await c.leader(), leader);
        t.is(c.term(leader), term);
        c.start(gone);
        await c.agree(5);
      }
    },
  ),
);

for (const size of [1, 2, 4, 6, 7, 9]) {
  test(
    `V07: clusters of 1, 2, 4, 6, 7 and 9 decide by their majorities: ${size}`,
    onCluster(size, {}, async (c, t) => {
      const majority = Math.floor(size / 2) + 1;
      const leader = await c.leader();
      await c.agree(size);
      const term = c.term(leader);
      await c.run(5 * ELECTION_MS);
      t.is(c.term(leader), term, 'without faults the term does not change');
      const gone = Array.from({ length: size - majority }, (_, i) => c.after(leader, i + 1));
      c.crash(...gone);
      await c.agree(majority);
      const one = c.after(leader, size - 1);
      if (size === 1) return;
      c.crash(one);
      await c.none();
      const request = c.begin(leader, c.command());
      t.not((await c.answerTo(request)).kind, 'ok');
      t.is(c.indexOf(request), null, 'one less than a majority commits nothing');
      c.start(one);
      await c.agree(majority);
      c.start(...gone);
      await c.agree(size);
    }),
  );
}

test(
  'V09: commits go on though each leader dies after its first',
  onCluster(3, {}, async (c, t) => {
    let last = 0;
    for (let round = 0; round < 100; round += 1) {
      const leader = await c.leader();
      const index = await c.agree(2);
      t.true(index > last);
      last = index;
      c.crash(leader);
      await c.leader();
      c.start(leader);
    }
    await c.agree(3);
    t.true(c.sim.tally.elections >= 100);
  }),
);

const SLOW = { clients: { pendingRequests: 2 }, disk: { syncMs: 16 } };

test(
  'V06: after too much load queues are short again within seconds',
  onCluster(3, SLOW, async (c, t) => {
    const leader = await c.leader();
    await c.agree(3);
    const latencyMs = async (): Promise<number> => {
      const askedAt = c.now;
      const answer = await c.ask(leader, c.command());
      return answer.kind === 'ok' ? c.now - askedAt : Number.POSITIVE_INFINITY;
    };
    const before = await latencyMs();
    const overloadMs = 100 * ELECTION_MS;
    const everyMs = before / SLOW.clients.pendingRequests / 2;
    const { operations } = c.sim.clients;
    const asked = Math.floor(overloadMs / everyMs);
    for (let i = 0; i < asked; i += 1) {
      c.begin(leader, c.command());
      await c.run(everyMs);
      t.true(c.sim.clients.open < 50, 'what is too much is refused, not put in a queue');
    }
    const refused = operations.filter(({ answer }) => answer.kind === 'rejected').length;
    t.true(refused > asked / 2, `${refused} of ${asked} refused`);
    t.true(refused < asked * 0.8, `${refused} of ${asked} refused`);
    t.is(await c.leader(), leader, 'load elects nobody');
    await c.run(20 * ELECTION_MS);
    t.true((await latencyMs()) < 2 * before);
  }),
);

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** A beat a minute: what counts is how often idle servers do what they do. */
const IDLE = {
  heartbeatMs: MINUTE_MS,
  electionMsMin: 10 * MINUTE_MS,
  electionMsMax: 20 * MINUTE_MS,
};

test(
  'V10: five idle hours change nothing',
  onCluster(3, { settings: IDLE, drift: 0.001 }, async (c, t) => {
    await c.run(HOUR_MS);
    const leader = await c.leader();
    await c.agree(3);
    await c.run(HOUR_MS);
    const tell = (): unknown =>
      c.ids.map((id) => {
        const { state, storage } = c.server(id);
        const { disk } = storage;
        return {
          term: c.term(id),
          last: state?.log.last,
          role: state?.role.name,
          files: disk.names.map((name) => `${name}: ${disk.sizeOf(name)}`),
        };
      });
    const before = tell();
    await c.run(5 * HOUR_MS);
    t.deepEqual(tell(), before);
    t.is(await c.leader(), leader);
    await c.agree(3);
  }),
);
