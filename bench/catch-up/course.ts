import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type SnapshotTaken } from '../../lib/client/client.ts';
import { FILE_NAME } from '../../lib/store/database/lmdb-image.ts';
import { BenchFault } from '../fault.ts';
import { RaftmqCluster } from '../raftmq-cluster.ts';
import type { Site } from '../site.ts';
import { type Steps, untilAnswers, untilCaughtUp } from './added.ts';
import { fill, Load, type Phase } from './load.ts';
import { type MemoryGrowth, MemoryWatch } from './memory.ts';

export type CatchUpOptions = {
  /** Of the database, before the fourth node comes. */
  readonly mib: number;
  /** How long each phase but the one in the middle is. */
  readonly seconds: number;
  readonly outstanding: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly configFile: string | null;
};

export type CaughtUp = {
  readonly before: Phase;
  /** From the start of the process of the new node until it answers: it takes a core meanwhile. */
  readonly starting: Phase;
  /** From then on until it votes and holds all. */
  readonly during: Phase;
  readonly after: Phase;
  readonly steps: Steps;
  readonly snapshot_bytes: number;
  readonly memory: {
    readonly leader: MemoryGrowth | null;
    readonly added: MemoryGrowth | null;
  };
  readonly leaders: { readonly before: number; readonly after: number };
  readonly failures: Readonly<Record<string, number>>;
};

const NODES = 3;
/** Of each value that the database is filled with. */
const FILL_BYTES = 16_384;
/** What is written while it is measured. */
const LOAD = { operation: 'put', keys: 10_000, valueBytes: 100 } as const;
const WARM_UP_MS = 2_000;
/** Next to nothing but the snapshot brings a node up. */
const SETTINGS = { 'snapshot.keepEntries': '10' };
const SNAPSHOT_MS = 120_000;
const COMPACTED_MS = 20_000;
const LOOK_EVERY_MS = 20;

/** True if the figures are not those of a cluster that was well all the while. */
export function hasFailed({ failures, leaders }: CaughtUp): boolean {
  return Object.keys(failures).length > 0 || leaders.before !== leaders.after;
}

/** Fills a cluster, puts load on it, and has a fourth node join. */
export async function catchUp(
  options: CatchUpOptions,
  site: Site,
  say: (line: string) => void,
): Promise<CaughtUp> {
  const { settings, configFile } = options;
  const { directory } = site;
  const all = { ...SETTINGS, ...settings };
  const cluster = site.keep(
    await RaftmqCluster.start({ nodes: NODES, directory, settings: all, configFile }),
  );
  // figures of a cluster that has lost a node are better, and worth nothing
  return await Promise.race([measure(cluster, options, site, say), cluster.death]);
}

async function measure(
  cluster: RaftmqCluster,
  { mib, seconds, outstanding }: CatchUpOptions,
  site: Site,
  say: (line: string) => void,
): Promise<CaughtUp> {
  await fillUp(cluster, site.directory, mib);
  const snapshot = await takeSnapshots(cluster, say);
  const leader = await cluster.leaderId();
  const endpoint = await cluster.leader();
  const load = site.keep(await Load.start(endpoint, LOAD, outstanding));
  await pause(Math.min(WARM_UP_MS, seconds * 1000));
  load.endPhase();
  await pause(seconds * 1000);
  const before = load.endPhase();

  const leaderMemory = site.keep(new MemoryWatch(cluster.pid(leader)));
  const startedAt = performance.now();
  const { id, client } = await cluster.join();
  const itself = site.keep(connect({ endpoints: [client], follow: false }));
  const members = site.keep(connect({ endpoints: cluster.addresses.map((one) => one.client) }));
  const added = { id, startedAt, itself, members };
  const answers = await untilAnswers(added);
  const starting = load.endPhase();
  const addedMemory = site.keep(new MemoryWatch(cluster.pid(id)));
  const steps = { answers, ...(await untilCaughtUp(added, snapshot.index)) };
  const during = load.endPhase();
  await pause(seconds * 1000);
  const after = load.endPhase();
  return {
    before,
    starting,
    during,
    after,
    steps,
    snapshot_bytes: snapshot.bytes,
    memory: { leader: leaderMemory.growth, added: addedMemory.growth },
    leaders: { before: leader, after: await cluster.leaderId() },
    failures: Object.fromEntries(load.failures),
  };
}

/** Writes values, each under a key of its own, until the leader's database is that large. */
async function fillUp(cluster: RaftmqCluster, directory: string, mib: number): Promise<void> {
  const leader = String(await cluster.leaderId());
  const path = join(directory, leader, 'db', FILE_NAME);
  const isFull = (): boolean => statSync(path).size >= mib * 2 ** 20;
  const failures = await fill(await cluster.leader(), FILL_BYTES, isFull);
  const failed = [...failures].map(([name, count]) => `${count} ${name}`);
  if (failed.length > 0) throw new BenchFault(`not all values were written: ${failed.join(', ')}`);
}

/** Of all nodes, whoever will lead. @returns the newest, once no log holds what is before it. */
async function takeSnapshots(
  cluster: RaftmqCluster,
  say: (line: string) => void,
): Promise<SnapshotTaken> {
  let newest: SnapshotTaken = { index: 0, bytes: 0 };
  for (const { id, client: endpoint } of cluster.addresses) {
    await using client = connect({ endpoints: [endpoint], follow: false });
    const from = performance.now();
    const taken = await client.snapshot({ timeoutMs: SNAPSHOT_MS });
    const seconds = ((performance.now() - from) / 1000).toFixed(1);
    say(`node ${id} took a snapshot of ${(taken.bytes / 2 ** 20).toFixed(0)} MiB in ${seconds} s`);
    if (taken.index > newest.index) newest = taken;
    const until = performance.now() + COMPACTED_MS;
    while ((await client.status()).first === 1) {
      if (performance.now() > until) throw new BenchFault(`node ${id} keeps its whole log`);
      await pause(LOOK_EVERY_MS);
    }
  }
  return newest;
}
