import test, { type ExecutionContext } from 'ava';
import type { NodeId } from '../../lib/core/types.ts';
import { Chance } from '../sim/chance.ts';
import type { Fault } from '../sim/faults.ts';
import type { Ask } from '../sim/history/operation.ts';
import { askingKeys } from '../sim/key-values.ts';
import type { ClientsPlan, NetworkPlan, Plan } from '../sim/plan.ts';
import { playPlan } from '../sim/play.ts';
import type { Action } from '../sim/script.ts';
import type { Subject } from '../sim/subject.ts';
import { lists, wrongInList } from './asking/lists.ts';
import { registers } from './asking/registers.ts';
import { searched } from './asking/searched.ts';
import { transfers, wrongInSums } from './asking/transfers.ts';
import { onCluster } from './cluster.ts';
import { ELECTION_MS, quietPlan } from './quiet-plan.ts';

/** How long trouble lasts, in simulated ms. */
const TROUBLE_MS = 4000;
const CRASHES = 3;

type Trouble = 'unreliable' | 'crashes' | 'partitions';

type Workload = {
  readonly id: string;
  readonly rule: string;
  readonly clients: number;
  readonly servers: number;
  readonly keys?: number;
  readonly troubles?: readonly Trouble[];
  /** Whether snapshots are taken all the time, of which the log keeps hardly a tail. */
  readonly hasSnapshots?: boolean;
};

const ALL: readonly Trouble[] = ['unreliable', 'crashes', 'partitions'];

const UNRELIABLE: Partial<NetworkPlan> = {
  lostPart: 0.1,
  lostBeatPart: 0.1,
  doubledPart: 0.1,
  latePart: 0.1,
  lateMs: ELECTION_MS,
};

/** Everybody loses power a few times, and is back after about an election timeout. */
function crashes(): readonly Action[] {
  return Array.from({ length: CRASHES }, (_, i) => ({
    at: ((i + 0.7) * TROUBLE_MS) / CRASHES,
    whom: { id: 1, leader: false },
    fault: 'blackout',
    downMs: ELECTION_MS,
    kept: 0.5,
    torn: 0.3,
  }));
}

/** Two sides that are drawn anew after an election timeout and a little more. */
function partitions(servers: number, chance: Chance): readonly Action[] {
  const actions: Action[] = [];
  for (let at = ELECTION_MS; at < TROUBLE_MS; ) {
    const ms = ELECTION_MS + chance.between(0, 200);
    const ids: readonly NodeId[] = Array.from({ length: servers }, (_, i) => i + 1);
    const [id = 1, ...side] = ids.filter(() => chance.happens(0.5));
    actions.push({ at, whom: { id, leader: false }, fault: 'cut', side, ms });
    at += ms;
  }
  return actions;
}

function planOf({
  servers,
  clients,
  keys = 5,
  troubles = [],
  hasSnapshots = false,
}: Omit<Workload, 'id' | 'rule'>): Plan {
  const chance = new Chance(servers * 100 + clients);
  const perConnection = Math.ceil(clients / 5);
  const plan: Partial<ClientsPlan> = {
    connections: clients / perConnection,
    perConnection,
    keys,
    thinkMs: 20,
  };
  return quietPlan(servers, {
    troubleMs: TROUBLE_MS,
    clients: plan,
    network: troubles.includes('unreliable') ? UNRELIABLE : {},
    ...(hasSnapshots && { snapshots: { everyEntries: 10 }, settings: { keepEntries: 3 } }),
    actions: [
      ...(troubles.includes('crashes') ? crashes() : []),
      ...(troubles.includes('partitions') ? partitions(servers, chance) : []),
    ],
  });
}

const SIGNS: Readonly<Record<Trouble, readonly Fault[]>> = {
  unreliable: ['drop', 'duplicate', 'late', 'beats'],
  crashes: ['blackout'],
  partitions: ['cut'],
};

/** Clients ask in trouble, then in peace; nothing may be wrong, and everything must have happened. */
async function playWorkload(
  t: ExecutionContext,
  workload: Omit<Workload, 'id' | 'rule'>,
  subject: Subject<Ask>,
  operationsMin: number,
): Promise<void> {
  const played = await playPlan(planOf(workload), subject);
  const { violation, operations, faults, tally, places } = played;
  t.is(violation, null);
  if (workload.hasSnapshots) t.true(places.installed > 0, 'a snapshot is installed');
  t.log(`${operations} operations, ${tally.elections} leaders`);
  t.true(operations >= operationsMin, `${operations} operations`);
  for (const fault of (workload.troubles ?? []).flatMap((trouble) => SIGNS[trouble]))
    t.true(faults[fault] > 0, fault);
}

const WORKLOADS: readonly Workload[] = [
  { id: 'K01', rule: 'one client, five servers', clients: 1, servers: 5 },
  { id: 'K03', rule: 'five clients, five servers', clients: 5, servers: 5 },
  {
    id: 'K04',
    rule: 'five clients, five servers, an unreliable network',
    clients: 5,
    servers: 5,
    troubles: ['unreliable'],
  },
  {
    id: 'K05',
    rule: 'five clients on one key, three servers, an unreliable network',
    clients: 5,
    servers: 3,
    keys: 1,
    troubles: ['unreliable'],
  },
  {
    id: 'K06',
    rule: 'one client, five servers, partitions',
    clients: 1,
    servers: 5,
    troubles: ['partitions'],
  },
  {
    id: 'K07',
    rule: 'five clients, five servers, partitions',
    clients: 5,
    servers: 5,
    troubles: ['partitions'],
  },
  {
    id: 'K08',
    rule: 'one client, five servers, crashes of all',
    clients: 1,
    servers: 5,
    troubles: ['crashes'],
  },
  {
    id: 'K09',
    rule: 'five clients, five servers, crashes of all',
    clients: 5,
    servers: 5,
    troubles: ['crashes'],
  },
  {
    id: 'K10',
    rule: 'the same on an unreliable network',
    clients: 5,
    servers: 5,
    troubles: ['unreliable', 'crashes'],
  },
  {
    id: 'K11',
    rule: 'five clients, five servers, crashes and partitions',
    clients: 5,
    servers: 5,
    troubles: ['crashes', 'partitions'],
  },
  {
    id: 'K12',
    rule: 'five clients, five servers, an unreliable network, crashes, partitions',
    clients: 5,
    servers: 5,
    troubles: ALL,
  },
  {
    id: 'K13',
    rule: 'fifteen clients on a hundred keys, seven servers, all troubles',
    clients: 15,
    servers: 7,
    keys: 100,
    troubles: ALL,
  },
  {
    id: 'K17',
    rule: 'one client, five servers, crashes, snapshots',
    clients: 1,
    servers: 5,
    troubles: ['crashes'],
    hasSnapshots: true,
  },
  {
    id: 'K18',
    rule: 'twenty clients, five servers, crashes, snapshots',
    clients: 20,
    servers: 5,
    troubles: ['crashes'],
    hasSnapshots: true,
  },
  {
    id: 'K19',
    rule: 'five clients, five servers, an unreliable network, snapshots',
    clients: 5,
    servers: 5,
    troubles: ['unreliable'],
    hasSnapshots: true,
  },
  {
    id: 'K20',
    rule: 'the same with crashes',
    clients: 5,
    servers: 5,
    troubles: ['unreliable', 'crashes'],
    hasSnapshots: true,
  },
  {
    id: 'K21',
    rule: 'the same with crashes and partitions',
    clients: 5,
    servers: 5,
    troubles: ALL,
    hasSnapshots: true,
  },
  {
    id: 'K22',
    rule: 'fifteen clients, seven servers, all troubles, snapshots',
    clients: 15,
    servers: 7,
    keys: 100,
    troubles: ALL,
    hasSnapshots: true,
  },
];

for (const workload of WORKLOADS) {
  test(`${workload.id}: ${workload.rule}`, (t) =>
    playWorkload(t, workload, searched(askingKeys), 20));
}

const BEAT_MS = 100;
const PUTS = 1000;

test(
  'K02: one client, a thousand writes: no slower than three in an interval of beats',
  onCluster(
    3,
    { settings: { heartbeatMs: BEAT_MS, electionMsMin: 5 * BEAT_MS, electionMsMax: 10 * BEAT_MS } },
    async (c, t) => {
      const leader = await c.leader();
      await c.agree(3);
      const from = c.now;
      for (let i = 0; i < PUTS; i += 1) t.is((await c.ask(leader, c.command())).kind, 'ok');
      t.true(c.now - from < (PUTS * BEAT_MS) / 3, `${c.now - from} ms`);
    },
  ),
);

test('K24: registers of few values, contended by many clients', (t) =>
  playWorkload(t, { clients: 10, servers: 5, troubles: ['partitions'] }, searched(registers), 300));

test('K25: a list that each client appends to has every item once, in order', (t) =>
  playWorkload(t, { clients: 5, servers: 3, troubles: ALL }, searched(lists, wrongInList), 50));

test('K26: transactions over several keys, and chains of compare and swap', async (t) => {
  const plan = planOf({ clients: 5, servers: 3, keys: 3, troubles: ['crashes', 'partitions'] });
  const clients = { ...plan.clients, hasTransactions: true };
  const { violation, operations } = await playPlan({ ...plan, clients }, searched(askingKeys));
  t.is(violation, null);
  t.true(operations >= 100, `${operations} operations`);
});

test('K27: transfers between accounts keep the sum, over restarts', (t) =>
  playWorkload(t, { clients: 5, servers: 3, troubles: ALL }, searched(transfers, wrongInSums), 50));
