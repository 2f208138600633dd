import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { configOf, readArguments } from '../lib/cli/arguments.ts';
import { ConfigError } from '../lib/kit/errors.ts';
import { BeatListener } from './beats/listener.ts';
import type { RangeJob } from './beats/range-load.ts';
import { Drivers } from './drive.ts';
import { inspectMachine, machineLine } from './machine.ts';
import { main } from './main.ts';
import { anyNumber, wholeNumber } from './numbers.ts';
import { RaftmqCluster } from './raftmq-cluster.ts';
import { type Site, withSite } from './site.ts';

/**
 * `npm run bench:beats`: how late the beats of a leader are while it is busy, with each runtime. Two
 * clusters stand side by side and are busy by turns: with nothing, with large values, and with ranges
 * whose replies are large. Lateness is by the clock of the leader: what a beat took to arrive does
 * not count.
 */
const OPTIONS = {
  seconds: { value: 'S', means: 'how long each turn is measured (5)' },
  rounds: { value: 'N', means: 'turns of each runtime with each load (5)' },
  ranges: { value: 'N', means: 'ranges on their way at a time (16)' },
  data: { value: 'DIR', means: 'where data goes, in a directory that is removed again (.)' },
  json: { value: null, means: 'a line of JSON for each load and runtime' },
} as const;

const RUNTIMES = ['async', 'threaded'] as const;
const LOADS = ['nothing', 'large puts', 'large ranges'] as const;
type Load = (typeof LOADS)[number];
const NODES = 3;
/** Values that puts write, and ranges find. A reply holds about a mebibyte of them. */
const WORKLOAD = { operation: 'put', keys: 1000, valueBytes: 16_384 } as const;
const PUTS = 64;
/** Until a load is under way. */
const WARM_UP_MS = 1000;
const RANGE_LOAD = fileURLToPath(new URL('./beats/range-load.js', import.meta.url));

type BeatOptions = {
  readonly seconds: number;
  readonly rounds: number;
  readonly ranges: number;
  readonly heartbeatMs: number;
  readonly json: boolean;
  readonly settings: Readonly<Record<string, string>>;
  readonly configFile: string | null;
};

async function run(argv: readonly string[]): Promise<number> {
  const given = readArguments(argv, OPTIONS);
  const { raft } = configOf(given); // refuses what the nodes would
  const { options, settings, configFile } = given;
  const problems: string[] = [];
  const read = {
    seconds: anyNumber('seconds', options['seconds'] ?? '5', 0.5, 3600, problems),
    rounds: wholeNumber('rounds', options['rounds'] ?? '5', 1, 999, problems),
    ranges: wholeNumber('ranges', options['ranges'] ?? '16', 1, 10_000, problems),
    heartbeatMs: raft.heartbeat,
    json: options['json'] !== undefined,
    settings,
    configFile,
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return await withSite(options['data'] ?? '.', (site) => beats(read, site));
}

async function beats(options: BeatOptions, site: Site): Promise<number> {
  const { json, seconds, rounds, heartbeatMs, ranges } = options;
  const say = (line: string): void => (json ? site.warn(`${line}\n`) : site.print(`${line}\n`));
  say(machineLine(inspectMachine(site.directory)));
  say(
    `${NODES} nodes of each runtime, a beat each ${heartbeatMs} ms, ${rounds} turns of ${seconds} s with each load: ${PUTS} puts of ${WORKLOAD.valueBytes} bytes, or ${ranges} ranges, on their way at a time`,
  );
  const sides: Side[] = [];
  for (const runtime of RUNTIMES) sides.push(await Side.open(runtime, options, site));
  for (const load of LOADS) {
    const delays = new Map<Side, number[]>(sides.map((side) => [side, []]));
    for (let round = 0; round < rounds; round += 1) {
      // whoever comes second comes first in the next round
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
        delays.get(side)?.push(...(await side.delaysUnder(load)));
      }
    }
    for (const [side, found] of delays) {
      const figures = { load, runtime: side.runtime, ...summary(found) };
      const { beats: count, p50_ms, p99_ms, max_ms } = figures;
      const line = `${load}, ${side.runtime}: ${count} beats, late by ${p50_ms} ms (p50), ${p99_ms} ms (p99), ${max_ms} ms (most)`;
      site.print(`${json ? JSON.stringify(figures) : line}\n`);
    }
  }
  return 0;
}

/** One of the two clusters, and who listens to its leader. */
class Side {
  readonly runtime: string;
  readonly #cluster: RaftmqCluster;
  readonly #drivers: Drivers;
  readonly #options: BeatOptions;
  readonly #site: Site;

  private constructor(runtime: string, cluster: RaftmqCluster, options: BeatOptions, site: Site) {
    this.runtime = runtime;
    this.#cluster = cluster;
    this.#drivers = site.keep(new Drivers());
    this.#options = options;
    this.#site = site;
  }

  static async open(runtime: string, options: BeatOptions, site: Site): Promise<Side> {
    const directory = join(site.directory, runtime);
    mkdirSync(directory);
    const settings = { ...options.settings, runtime };
    const { configFile } = options;
    const cluster = site.keep(
      await RaftmqCluster.start({ nodes: NODES, directory, settings, configFile }),
    );
    const side = new Side(runtime, cluster, options, site);
    await side.#drive(null);
    return side;
  }

  /** How late each beat was in one turn, in ms. A leader that was replaced meanwhile is not judged. */
  async delaysUnder(load: Load): Promise<readonly number[]> {
    const { seconds, heartbeatMs, ranges } = this.#options;
    const leader = await this.#cluster.leaderId();
    const address = this.#cluster.addresses.find(({ id }) => id === leader);
    if (!address) throw new Error('the leader is one of the nodes');
    const listener = this.#site.keep(new BeatListener(address.events));
    const measureMs = seconds * 1000;
    const busy = load === 'large puts' ? this.#drive(measureMs + WARM_UP_MS) : null;
    const asker = load === 'large ranges' ? askRanges(address.client, ranges) : null;
    await pause(WARM_UP_MS);
    listener.takeDelays(heartbeatMs);
    await Promise.race([pause(measureMs), this.#cluster.death]);
    const delays = listener.takeDelays(heartbeatMs);
    listener.close();
    asker?.kill();
    await busy;
    return delays;
  }

  async #drive(measureMs: number | null): Promise<void> {
    const endpoint = await this.#cluster.leader();
    await this.#drivers.run({
      system: 'raftmq',
      endpoint,
      workload: WORKLOAD,
      outstanding: PUTS,
      timed: measureMs === null ? null : { warmUpMs: 0, measureMs },
    });
  }
}

function askRanges(endpoint: string, outstanding: number): ChildProcess {
  const child = fork(RANGE_LOAD);
  child.send({ endpoint, outstanding } satisfies RangeJob);
  return child;
}

function summary(delays: readonly number[]) {
  const sorted = delays.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN;
  return { beats: sorted.length, p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1) };
}

await main(run);
