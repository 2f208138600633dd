import { setTimeout as pause } from 'node:timers/promises';
import { configOf, readArguments } from '../lib/cli/arguments.ts';
import { connect } from '../lib/client/client.ts';
import { ConfigError } from '../lib/kit/errors.ts';
import { OpenLoop } from './failover/open-loop.ts';
import { verify } from './failover/verify.ts';
import { inspectMachine, machineLine } from './machine.ts';
import { main } from './main.ts';
import { median } from './median.ts';
import { wholeNumber } from './numbers.ts';
import { RaftmqCluster } from './raftmq-cluster.ts';
import { type Site, withSite } from './site.ts';

/**
 * `npm run bench:failover`: kills the leader again and again (kill -9), or stops it in order, while
 * writes keep coming, and measures how long nothing is acknowledged. Afterwards every node must hold every acknowledged write.
 *
 * @returns 0, or 1 if a write was lost, or took effect twice, or the nodes differ.
 */
const OPTIONS = {
  nodes: { value: 'K', means: 'nodes of the cluster (5)' },
  kills: { value: 'N', means: 'how often the leader is killed (10)' },
  rate: { value: 'N', means: 'writes begun each second (500)' },
  clean: { value: null, means: 'ask the leader to stop (SIGTERM) instead of killing it' },
  data: { value: 'DIR', means: 'where data goes, in a directory that is removed again (.)' },
  json: { value: null, means: 'one line of JSON a kill, and one in the end' },
} as const;

type FailoverOptions = {
  readonly nodes: number;
  readonly kills: number;
  readonly rate: number;
  readonly clean: boolean;
  readonly json: boolean;
  readonly settings: Readonly<Record<string, string>>;
  readonly configFile: string | null;
};

/** Of one kill, in ms: the longest time without an acknowledgement until, and after the restart. */
type Gap = { readonly killed: number; readonly gap_ms: number; readonly return_gap_ms: number };

/** Longer than anything but a cluster that has stopped for good. */
const GOES_ON_MS = 20_000;
/** Time for the new leader before the old one returns, and for that one before the next kill. */
const SETTLE_MS = 1_000;

async function run(argv: readonly string[]): Promise<number> {
  const given = readArguments(argv, OPTIONS);
  configOf(given); // refuses what the nodes would
  const problems: string[] = [];
  const { options, settings, configFile } = given;
  const number = (name: 'nodes' | 'kills' | 'rate', usual: number, least: number, most: number) =>
    wholeNumber(name, options[name] ?? String(usual), least, most, problems);
  const read = {
    nodes: number('nodes', 5, 3, 15),
    kills: number('kills', 10, 1, 1000),
    rate: number('rate', 500, 1, 100_000),
    clean: options['clean'] !== undefined,
    json: options['json'] !== undefined,
    settings,
    configFile,
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return await withSite(options['data'] ?? '.', (site) => failover(read, site));
}

async function failover(options: FailoverOptions, site: Site): Promise<number> {
  const { nodes, kills, rate, clean, json, settings, configFile } = options;
  const done = clean ? 'stopped' : 'killed';
  const { directory } = site;
  const say = (line: string): void => (json ? site.warn(`${line}\n`) : site.print(`${line}\n`));
  const print = (line: string): void => site.print(`${line}\n`);
  say(machineLine(inspectMachine(directory)));
  say(`${nodes} nodes, ${rate} writes begun a second, the leader ${done} ${kills} times\n`);
  const cluster = site.keep(await RaftmqCluster.start({ nodes, directory, settings, configFile }));
  await cluster.ready();
  const endpoints = new Map(cluster.addresses.map(({ id, client }) => [id, client]));
  const client = site.keep(connect({ endpoints: [...endpoints.values()] }));
  const loop = site.keep(new OpenLoop(client, rate));
  await loop.goesOn(GOES_ON_MS);
  const gaps: Gap[] = [];
  for (let i = 0; i < kills; i++) {
    const gap = await endLeader(cluster, loop, clean);
    gaps.push(gap);
    const { killed, gap_ms, return_gap_ms } = gap;
    print(
      json
        ? JSON.stringify(gap)
        : `node ${killed} ${done}: ${shown(gap_ms)} without an acknowledgement; ${shown(return_gap_ms)} when it came back`,
    );
  }
  await loop.close();
  say('\nreading everything back from every node');
  const faults = await verify(endpoints, loop);
  for (const fault of faults) site.warn(`${fault}\n`);
  print(json ? JSON.stringify(summary(gaps, loop, faults)) : story(gaps, loop, faults));
  return faults.length === 0 ? 0 : 1;
}

async function endLeader(cluster: RaftmqCluster, loop: OpenLoop, clean: boolean): Promise<Gap> {
  const killed = await cluster.leaderId();
  const killedAt = performance.now();
  await (clean ? cluster.stop(killed) : cluster.kill(killed));
  await loop.goesOn(GOES_ON_MS);
  await pause(SETTLE_MS);
  const bootedAt = performance.now();
  cluster.boot(killed);
  await cluster.answers(killed);
  await pause(SETTLE_MS);
  return {
    killed,
    gap_ms: Math.round(loop.longestGap(killedAt, bootedAt)),
    return_gap_ms: Math.round(loop.longestGap(bootedAt, performance.now())),
  };
}

function summary(gaps: readonly Gap[], loop: OpenLoop, faults: readonly string[]) {
  const all = gaps.map(({ gap_ms }) => gap_ms);
  return {
    kills: gaps.length,
    gap_ms_median: median(all),
    gap_ms_max: Math.max(...all),
    return_gap_ms_max: Math.max(...gaps.map(({ return_gap_ms }) => return_gap_ms)),
    begun: loop.begun,
    acknowledged: loop.acknowledged.size,
    unknown: loop.unknown.size,
    rejected: loop.rejected.size,
    faults,
  };
}

function story(gaps: readonly Gap[], loop: OpenLoop, faults: readonly string[]): string {
  const { gap_ms_median, gap_ms_max, begun, ...counts } = summary(gaps, loop, faults);
  const { acknowledged, unknown, rejected } = counts;
  const kept =
    faults.length === 0
      ? 'every acknowledged write is on every node, once, and the nodes are equal'
      : 'PROMISES WERE BROKEN, see above';
  return `
longest gap when a leader went: median ${shown(gap_ms_median)}, max ${shown(gap_ms_max)}
${begun} writes begun: ${acknowledged} acknowledged, ${unknown} unknown, ${rejected} rejected
${kept}`;
}

function shown(ms: number): string {
  return `${Math.round(ms)} ms`;
}

await main(run);
