import { setTimeout as pause } from 'node:timers/promises';
import { build, type Histogram } from 'hdr-histogram-js';
import { OPTIONS } from '../lib/cli/options.ts';
import { type Client, connect } from '../lib/client/client.ts';
import { Drivers } from './drive.ts';
import { BenchFault } from './fault.ts';
import { inspectMachine, machineLine } from './machine.ts';
import { main } from './main.ts';
import { type BenchOptions, readBenchOptions } from './options.ts';
import { RaftmqCluster } from './raftmq-cluster.ts';
import { type Site, withSite } from './site.ts';

/**
 * `npm run bench:watch`: one watch of a cluster under put load from another process: how many changes
 * a second it follows, and how long after it was written a change is handed over. Every change must
 * come once and in order.
 *
 * @returns 0, or 1 if anything went wrong.
 */
const WATCH_OPTIONS = {
  ...OPTIONS.bench,
  prefix: { value: 'P', means: 'watch these keys only; those of the load start with bench/ (all)' },
};

/** Puts of this process, whose way is timed: one every so many ms. */
const PROBE_MS = 10;
const PROBE_PREFIX = 'probe/';
const WARM_UP_MS = 1000;
/** Longest that a watch may take to have everything when the load has ended. */
const CATCH_UP_MS = 20_000;

/** Figures of one level, in ms. */
type WatchLevel = {
  readonly outstanding: number;
  readonly puts_per_s: number;
  readonly changes_per_s: number;
  /** From the call of a put to its reply, and to the watch in the same process. */
  readonly acknowledged_p50_ms: number;
  readonly acknowledged_p99_ms: number;
  readonly delivered_p50_ms: number;
  readonly delivered_p99_ms: number;
  /** After the end of the load, until the watch has everything. */
  readonly behind_ms: number;
};

async function run(argv: readonly string[]): Promise<number> {
  const { given, ...options } = readBenchOptions(argv, WATCH_OPTIONS);
  const prefix = given['prefix'] ?? '';
  return await withSite(options.parent, (site) => bench(options, prefix, site));
}

async function bench(options: BenchOptions, prefix: string, site: Site): Promise<number> {
  const { json, nodes, settings, configFile, levels } = options;
  const say = (line: string): void => (json ? site.warn(`${line}\n`) : site.print(`${line}\n`));
  const { directory } = site;
  say(machineLine(inspectMachine(directory)));
  say(`${nodes} nodes, the load, and one watch of ${JSON.stringify(prefix)} on this machine`);
  const cluster = site.keep(await RaftmqCluster.start({ nodes, directory, settings, configFile }));
  await cluster.ready();
  const endpoints = cluster.addresses.map(({ client }) => client);
  const client = site.keep(connect({ endpoints }));
  const drivers = site.keep(new Drivers());
  if (!json) site.print(`${HEAD}\n`);
  for (const outstanding of levels) {
    const level = await measureLevel(options, outstanding, prefix, cluster, client, drivers);
    site.print(`${json ? JSON.stringify(level) : rowOf(level)}\n`);
  }
  return 0;
}

async function measureLevel(
  { valueBytes, keys, seconds }: BenchOptions,
  outstanding: number,
  prefix: string,
  cluster: RaftmqCluster,
  client: Client,
  drivers: Drivers,
): Promise<WatchLevel> {
  const watching = new Watching(client, prefix);
  await watching.ready;
  const workload = { operation: 'put', keys, valueBytes } as const;
  const measureMs = seconds * 1000;
  const endpoint = await cluster.leader();
  const timed = { warmUpMs: WARM_UP_MS, measureMs };
  const report = drivers.run({ system: 'raftmq', endpoint, workload, outstanding, timed });
  const prober = setInterval(() => watching.probe(), PROBE_MS);
  let changesPerS: number;
  try {
    await pause(WARM_UP_MS * 2);
    const before = watching.count;
    const from = performance.now();
    await pause(measureMs - WARM_UP_MS);
    changesPerS = ((watching.count - before) / (performance.now() - from)) * 1000;
    await Promise.race([report, cluster.death]);
  } finally {
    clearInterval(prober);
  }
  const behindMs = await watching.end();
  const { operations, elapsedMs } = await report;
  return {
    outstanding,
    puts_per_s: Math.round((operations / elapsedMs) * 1000),
    changes_per_s: Math.round(changesPerS),
    acknowledged_p50_ms: watching.acknowledged.getValueAtPercentile(50) / 1000,
    acknowledged_p99_ms: watching.acknowledged.getValueAtPercentile(99) / 1000,
    delivered_p50_ms: watching.delivered.getValueAtPercentile(50) / 1000,
    delivered_p99_ms: watching.delivered.getValueAtPercentile(99) / 1000,
    behind_ms: Math.round(behindMs),
  };
}

/** A watch, and the puts whose way to it is timed. */
class Watching {
  count = 0;
  readonly acknowledged: Histogram = build({ numberOfSignificantValueDigits: 3 });
  readonly delivered: Histogram = build({ numberOfSignificantValueDigits: 3 });
  readonly ready: Promise<number>;
  readonly #client: Client;
  readonly #prefix: string;
  readonly #sentAt = new Map<string, number>();
  readonly #reading: Promise<void>;
  readonly #pending = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #probes = 0;
  #last = 0;
  #reached: (rev: number) => void = () => {};

  constructor(client: Client, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
    const watch = client.watch({ prefix, signal: this.#stop.signal });
    this.ready = watch.ready;
    this.#reading = this.#read(watch);
  }

  async #read(watch: AsyncIterable<{ readonly rev: number; readonly key: string }>): Promise<void> {
    for await (const { rev, key } of watch) {
      if (rev <= this.#last || (this.#prefix === '' && this.#last > 0 && rev !== this.#last + 1)) {
        throw new BenchFault(`rev ${rev} came after rev ${this.#last}`);
      }
      this.#last = rev;
      this.count += 1;
      const sentAt = this.#sentAt.get(key);
      if (sentAt !== undefined) this.delivered.recordValue((performance.now() - sentAt) * 1000);
      this.#reached(rev);
    }
  }

  probe(): void {
    this.#probes += 1;
    const key = `${this.#prefix}${PROBE_PREFIX}${this.#probes}`;
    const sentAt = performance.now();
    this.#sentAt.set(key, sentAt);
    const put = this.#client.put(key, 1).then(() => {
      this.acknowledged.recordValue((performance.now() - sentAt) * 1000);
    });
    this.#pending.add(put);
    void put.then(() => this.#pending.delete(put));
  }

  /** @returns how long it took, in ms, until the watch had all that was written. */
  async end(): Promise<number> {
    await Promise.all(this.#pending);
    const endedAt = performance.now();
    const { rev } = await this.#client.put(`${this.#prefix}${PROBE_PREFIX}end`, 1);
    if (this.#last < rev) {
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#reached = (reached) => reached >= rev && resolve();
        }),
        this.#reading,
        pause(CATCH_UP_MS).then(() => {
          throw new BenchFault(`the watch is at rev ${this.#last}, and not at ${rev}`);
        }),
      ]);
    }
    const behindMs = performance.now() - endedAt;
    this.#stop.abort();
    await this.#reading;
    return behindMs;
  }
}

const COLUMNS: readonly (readonly [string, keyof WatchLevel])[] = [
  ['outstanding', 'outstanding'],
  ['puts/s', 'puts_per_s'],
  ['changes/s', 'changes_per_s'],
  ['ack p50', 'acknowledged_p50_ms'],
  ['ack p99', 'acknowledged_p99_ms'],
  ['watch p50', 'delivered_p50_ms'],
  ['watch p99', 'delivered_p99_ms'],
  ['behind ms', 'behind_ms'],
];

const HEAD = COLUMNS.map(([name]) => name.padStart(12)).join(' ');

function rowOf(level: WatchLevel): string {
  return COLUMNS.map(([, name]) => {
    const value = level[name];
    const shown = name.endsWith('p50_ms') || name.endsWith('p99_ms') ? value.toFixed(2) : value;
    return shown.toLocaleString('en').padStart(12);
  }).join(' ');
}

await main(run);
