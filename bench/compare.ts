import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { OPTIONS } from '../lib/cli/options.ts';
import { ConfigError } from '../lib/kit/errors.ts';
import { Drivers } from './drive.ts';
import { EtcdCluster, etcdVersion } from './etcd-cluster.ts';
import { MESSAGE_BYTES_MAX } from './http2.ts';
import type { System } from './job.ts';
import { hasFailed, type Level, levelHead, levelRow } from './level.ts';
import { inspectMachine, machineLine } from './machine.ts';
import { main } from './main.ts';
import { measure } from './measure.ts';
import { median } from './median.ts';
import { wholeNumber } from './numbers.ts';
import { type BenchOptions, readBenchOptions } from './options.ts';
import { type Cluster, RaftmqCluster } from './raftmq-cluster.ts';
import { type Site, withSite } from './site.ts';

/**
 * `npm run bench:compare`: the same load on raftmq and on etcd, by turns, so that what else happens on
 * the machine befalls both; what is compared are medians over the rounds.
 *
 * Each system has the machine to itself: a fresh cluster, all levels, the end. Exit code 2 if etcd is
 * not installed: a comparison with nothing is none.
 */
const COMPARE_OPTIONS = {
  ...OPTIONS.bench,
  rounds: { value: 'N', means: 'how often each system is measured (3)' },
};

type CompareOptions = BenchOptions & { readonly rounds: number };

const SYSTEMS: readonly System[] = ['raftmq', 'etcd'];
const ROUNDS_MAX = 99;
/** Key, tags and lengths beside the value. */
const ETCD_OVERHEAD_BYTES = 64;

async function run(argv: readonly string[]): Promise<number> {
  const { given, ...options } = readBenchOptions(argv, COMPARE_OPTIONS);
  const problems: string[] = [];
  const rounds = wholeNumber('rounds', given['rounds'] ?? '3', 1, ROUNDS_MAX, problems);
  const version = etcdVersion();
  const valueBytesMax = MESSAGE_BYTES_MAX - ETCD_OVERHEAD_BYTES;
  if (options.valueBytes > valueBytesMax) {
    problems.push(
      `--size ${options.valueBytes}: the client for etcd sends at most ${valueBytesMax} bytes`,
    );
  }
  if (options.runtimes.length > 0) problems.push('--runtime: compare one of them with etcd');
  if (version === null) {
    problems.push(
      'etcd is not installed, so there is nothing to compare with: install it (Debian: apt-get install etcd-server), or measure raftmq alone with npm run bench',
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return await withSite(options.parent, (site) =>
    compare({ ...options, rounds }, version ?? '', site),
  );
}

async function compare(options: CompareOptions, version: string, site: Site): Promise<number> {
  const { json, rounds, operation } = options;
  const say = (line: string): void => (json ? site.warn(`${line}\n`) : site.print(`${line}\n`));
  const all: Level[] = [];
  say(machineLine(inspectMachine(site.directory)));
  say(`${operation}: raftmq and etcd ${version} by turns, ${rounds} rounds`);
  for (let round = 1; round <= rounds; round++) {
    for (const system of SYSTEMS) {
      say(`\nround ${round}: ${system}`);
      if (!json) site.print(`${levelHead()}\n`);
      for await (const level of measureFresh(system, options, site)) {
        all.push(level);
        site.print(`${json ? JSON.stringify(level) : levelRow(level)}\n`);
      }
    }
  }
  say(`\nmedians of ${rounds} rounds`);
  if (!json) site.print(`${head()}\n`);
  for (const outstanding of options.levels) {
    const ratio = ratioOf(all.filter((level) => level.outstanding === outstanding));
    const line = json
      ? JSON.stringify({ op: operation, outstanding, rounds, ...ratio })
      : row(outstanding, ratio);
    site.print(`${line}\n`);
  }
  const failed = all.some(hasFailed);
  if (failed) site.warn('some requests failed, so these figures prove nothing\n');
  return failed ? 1 : 0;
}

/** All levels on a cluster that has done nothing before, with its data on the same disk. */
async function* measureFresh(
  system: System,
  options: CompareOptions,
  site: Site,
): AsyncGenerator<Level> {
  const directory = join(site.directory, system);
  mkdirSync(directory);
  const drivers = site.keep(new Drivers());
  const cluster = site.keep(await startCluster(system, directory, options));
  yield* measure(system, cluster, drivers, options);
  await cluster.close();
  rmSync(directory, { recursive: true, force: true });
}

function startCluster(
  system: System,
  directory: string,
  { nodes, settings, configFile }: CompareOptions,
): Promise<Cluster> {
  if (system === 'etcd') return EtcdCluster.start(nodes, directory);
  return RaftmqCluster.start({ nodes, directory, settings, configFile });
}

/** Medians of one level. `ratio` is how many times as much raftmq does, `p50_ratio` how many times as fast. */
type Ratio = {
  readonly raftmq_ops_per_s: number;
  readonly etcd_ops_per_s: number;
  readonly ratio: number;
  readonly raftmq_p50_ms: number;
  readonly etcd_p50_ms: number;
  readonly p50_ratio: number;
  readonly raftmq_p99_ms: number;
  readonly etcd_p99_ms: number;
};

function ratioOf(levels: readonly Level[]): Ratio {
  const of = (system: System, figure: 'ops_per_s' | 'p50_ms' | 'p99_ms'): number =>
    median(levels.filter((level) => level.system === system).map((level) => level[figure]));
  const rounded = (value: number): number => Math.round(value * 100) / 100;
  return {
    raftmq_ops_per_s: Math.round(of('raftmq', 'ops_per_s')),
    etcd_ops_per_s: Math.round(of('etcd', 'ops_per_s')),
    ratio: rounded(of('raftmq', 'ops_per_s') / of('etcd', 'ops_per_s')),
    raftmq_p50_ms: of('raftmq', 'p50_ms'),
    etcd_p50_ms: of('etcd', 'p50_ms'),
    p50_ratio: rounded(of('etcd', 'p50_ms') / of('raftmq', 'p50_ms')),
    raftmq_p99_ms: of('raftmq', 'p99_ms'),
    etcd_p99_ms: of('etcd', 'p99_ms'),
  };
}

function head(): string {
  return cells(
    'outstanding',
    'raftmq/s',
    'etcd/s',
    'ratio',
    'raftmq p50',
    'etcd p50',
    'raftmq p99',
    'etcd p99',
  );
}

function row(outstanding: number, ratio: Ratio): string {
  return cells(
    String(outstanding),
    ratio.raftmq_ops_per_s.toLocaleString('en'),
    ratio.etcd_ops_per_s.toLocaleString('en'),
    ratio.ratio.toFixed(2),
    ...[ratio.raftmq_p50_ms, ratio.etcd_p50_ms, ratio.raftmq_p99_ms, ratio.etcd_p99_ms].map(
      (ms) => `${ms.toFixed(2)} ms`,
    ),
  );
}

function cells(...texts: readonly string[]): string {
  return texts.map((text) => text.padStart(11)).join(' ');
}

await main(run);
