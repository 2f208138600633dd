import test, { type ExecutionContext } from 'ava';
import type { NodeId } from '../../lib/core/types.ts';
import { type Cluster, onCluster } from './cluster.ts';
import { ELECTION_MS } from './quiet-plan.ts';

/** Whose disk fails: one of three, a minority, or all. */
type Spread = {
  readonly who: string;
  readonly size: number;
  readonly pick: (c: Cluster, leader: NodeId) => readonly NodeId[];
};

const SPREADS: readonly Spread[] = [
  { who: 'the leader of three', size: 3, pick: (_, leader) => [leader] },
  { who: 'a follower of three', size: 3, pick: (c, leader) => [c.after(leader)] },
  { who: 'two of five', size: 5, pick: (c, leader) => [leader, c.after(leader)] },
  { who: 'all of three', size: 3, pick: (c) => c.ids },
];

const BUSY = { connections: 2, perConnection: 1, thinkMs: 50 };
const SMALL = { clients: BUSY, disk: { segmentBytes: 2048 } };

/** One test for each spread; clients ask meanwhile, and in the end everybody has everything. */
function onDisks(
  title: string,
  play: (c: Cluster, t: ExecutionContext, failing: readonly NodeId[]) => Promise<void>,
): void {
  for (const { who, size, pick } of SPREADS) {
    test(
      `${title}: ${who}`,
      onCluster(size, SMALL, async (c, t) => {
        const leader = await c.leader();
        await c.agree(size);
        c.sim.clients.start();
        await c.run(ELECTION_MS);
        await play(c, t, pick(c, leader));
        c.sim.clients.stop();
        await c.agree(size);
        await c.alike(...c.ids);
      }),
    );
  }
}

/** How many writes clients get done while so much time passes. */
async function done(c: Cluster, ms: number): Promise<number> {
  const { operations } = c.sim.clients;
  const before = operations.length;
  await c.run(ms);
  return operations
    .slice(before)
    .filter(({ ask, answer }) => ask.op !== 'get' && answer.kind === 'ok').length;
}

function isAll(c: Cluster, failing: readonly NodeId[]): boolean {
  return failing.length === c.ids.length;
}

onDisks(
  'D13: a failed sync ends the node, and what it left is stored anew before it counts',
  async (c, t, failing) => {
    for (let round = 1; round <= 2; round += 1) {
      for (const id of failing) c.server(id).storage.fail('lie', 0);
      await c.run(3 * ELECTION_MS);
      t.is(c.sim.faults.lie, round * failing.length);
      await c.leader();
    }
  },
);

onDisks(
  'D14: a sync that hangs acknowledges nothing, and the others go on',
  async (c, t, failing) => {
    const { elections } = c.sim.tally;
    for (const id of failing) c.server(id).storage.stall(30_000);
    // What was stored before may still be acknowledged.
    await c.run(5 * ELECTION_MS);
    const count = await done(c, 20_000);
    if (isAll(c, failing)) t.is(count, 0);
    else t.true(count > 100, `${count} writes`);
    await c.run(10_000);
    const changes = c.sim.tally.elections - elections;
    t.true(changes <= 2, `${changes} changes of leader`);
  },
);

onDisks(
  'D17: a disk that turns read-only ends the process, and the cluster goes on',
  async (c, t, failing) => {
    for (const id of failing) c.server(id).storage.turnReadOnly();
    await c.run(5 * ELECTION_MS);
    const count = await done(c, 2000);
    for (const id of failing) t.false(c.server(id).isServing);
    if (isAll(c, failing)) t.is(count, 0);
    else t.true(count > 10, `${count} writes`);
    for (const id of failing) c.server(id).storage.heal();
  },
);

onDisks(
  'D18: names that a power cut takes lose nothing that was acknowledged',
  async (c, t, failing) => {
    for (let round = 0; round < 8; round += 1) {
      c.powerCut(...failing);
      await c.run(ELECTION_MS / 10);
      c.start(...failing);
      await c.run(4 * ELECTION_MS);
    }
    const { names } = c.server(1).storage.disk;
    t.true(names.length > 3, `${names.length} files`);
  },
);

/** Damages what a server has on disk of an entry with this text. */
async function damage(c: Cluster, id: NodeId, text: string): Promise<void> {
  const { disk } = c.server(id).storage;
  for (const name of disk.names) {
    const file = await disk.open(name);
    const at = (await file.read(0, disk.sizeOf(name))).indexOf(text);
    if (at >= 0) disk.flip(name, at, 0);
  }
  c.sim.lost.set(id, 'damaged');
}

const FIRST = 'the first that matters';

/** Some entries are committed, and marked as such; then the machines that were named go down. */
async function store(c: Cluster, ...ids: readonly NodeId[]): Promise<void> {
  await c.leader();
  for (const id of c.ids)
    await c.agree(c.ids.length, { op: 'put', key: `k${id}`, value: `${FIRST} to n${id}` });
  await c.agree(c.ids.length);
  await c.run(ELECTION_MS);
  c.powerCut(...ids);
}

function tellFiles(c: Cluster): readonly string[] {
  return c.ids.flatMap((id) => {
    const { disk } = c.server(id).storage;
    return disk.names.map((name) => `n${id} ${name}: ${disk.sizeOf(name)}`);
  });
}

/** Whose entry is damaged on whose disk. */
const DAMAGES = [
  {
    title: 'D22: an entry that is damaged everywhere stops the cluster, and is never dropped',
    at: () => 1,
  },
  {
    title: 'D23: servers that are damaged in different places refuse, and drop nothing',
    at: (id: NodeId) => id,
  },
];

for (const { title, at } of DAMAGES) {
  test(
    title,
    onCluster(3, {}, async (c, t) => {
      await store(c, ...c.ids);
      for (const id of c.ids) await damage(c, id, `${FIRST} to n${at(id)}`);
      const files = tellFiles(c);
      c.start(...c.ids);
      await c.run(20 * ELECTION_MS);
      t.is(c.connected.length, 0, 'nobody runs');
      for (const id of c.ids) t.regex(c.sim.lost.get(id) ?? '', /wal/, 'it says where');
      t.deepEqual(tellFiles(c), files, 'nothing was dropped');
    }),
  );
}

test(
  'D22: an entry that is damaged on two of five leaves the other three in service',
  onCluster(5, {}, async (c, t) => {
    await store(c, 1, 2);
    for (const id of [1, 2]) await damage(c, id, `${FIRST} to n3`);
    c.start(1, 2);
    await c.run(ELECTION_MS);
    t.deepEqual(c.connected, [3, 4, 5]);
    await c.agree(3);
  }),
);

const STEPS = 30;

test(
  'D25: a disk that gets slower and slower brings no storm of elections',
  onCluster(3, {}, async (c, t) => {
    const leader = await c.leader();
    const { elections } = c.sim.tally;
    for (let step = 1; step <= STEPS; step += 1) {
      c.server(leader).storage.slow(1000 ** (step / STEPS));
      await c.agree(2, c.command(), 20 * ELECTION_MS);
      await c.run(5 * ELECTION_MS);
    }
    const changes = c.sim.tally.elections - elections;
    t.true(changes <= 2, `${changes} changes of leader`);
    c.server(leader).storage.heal();
    await c.agree(3);
  }),
);

const WRITES = 20;

/** A server applies what is committed once its own disk has it, so this is not when clients hear. */
test(
  "R39: commits come as fast as a quorum of disks, the leader's or not",
  onCluster(3, {}, async (c, t) => {
    const leader = await c.leader();
    const writeMs = async (): Promise<number> => {
      const from = c.now;
      for (let i = 0; i < WRITES; i += 1) {
        const request = c.begin(leader, c.command(), 20 * ELECTION_MS);
        await c.must(() => c.indexOf(request) !== null, 'somebody applies it');
      }
      return (c.now - from) / WRITES;
    };
    const quick = await writeMs();
    const withSlow = async (...ids: readonly NodeId[]): Promise<number> => {
      for (const id of ids) c.server(id).storage.slow(100);
      const ms = await writeMs();
      for (const id of ids) c.server(id).storage.heal();
      await c.agree(3);
      return ms;
    };
    const [one = 0, two = 0] = c.others(leader);
    t.true((await withSlow(leader)) < 2 * quick);
    t.true((await withSlow(one)) < 2 * quick);
    t.true((await withSlow(one, two)) > 10 * quick, 'as slow as the second of three');
    t.is(await c.leader(), leader);
  }),
);

for (const end of ['crash', 'powerCut'] as const) {
  test(
    `L13: after a restart a lone server reads what it acknowledged before: ${end}`,
    onCluster(1, {}, async (c, t) => {
      await c.leader();
      for (let value = 1; value <= 10; value += 1) {
        t.is((await c.ask(1, { op: 'put', key: 'k', value })).kind, 'ok');
        c[end](1);
        c.start(1);
        await c.leader();
        const answer = await c.ask(1, { op: 'get', key: 'k' });
        t.is(answer.kind === 'ok' && answer.reply['value'], value);
      }
    }),
  );
}
