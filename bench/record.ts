import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { OPTIONS } from '../lib/cli/options.ts';
import { ConfigError } from '../lib/kit/errors.ts';
import { Drivers } from './drive.ts';
import { hasFailed, type Level, levelHead, levelRow } from './level.ts';
import { inspectMachine, machineLine } from './machine.ts';
import { main } from './main.ts';
import { measure } from './measure.ts';
import { median } from './median.ts';
import { wholeNumber } from './numbers.ts';
import { type BenchOptions, readBenchOptions } from './options.ts';
import { RaftmqCluster } from './raftmq-cluster.ts';
import { type Site, withSite } from './site.ts';

/**
 * `npm run bench:record`: what the flight recorder costs. The same load on clusters with and without
 * it by turns, so that what else happens on the machine befalls both. What counts is the median of
 * the ratios within the rounds: both halves of a round had the same weather.
 */
const RECORD_OPTIONS = {
  ...OPTIONS.bench,
  rounds: { value: 'N', means: 'how often each is measured (5)' },
};

const ROUNDS_MAX = 99;
const RING_BYTES = String(64 << 20);

type Pair = { readonly without: Level; readonly with: Level };

async function run(argv: readonly string[]): Promise<number> {
  const { given, ...options } = readBenchOptions(argv, RECORD_OPTIONS);
  const problems: string[] = [];
  const rounds = wholeNumber('rounds', given['rounds'] ?? '5', 1, ROUNDS_MAX, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return await withSite(options.parent, (site) => compare(options, rounds, site));
}

async function compare(options: BenchOptions, rounds: number, site: Site): Promise<number> {
  const pairs = new Map<number, Pair[]>(options.levels.map((level) => [level, []]));
  site.print(`${machineLine(inspectMachine(site.directory))}\n`);
  let failed = false;
  for (let round = 1; round <= rounds; round += 1) {
    // whoever comes second finds a warmer machine, so they take turns in that as well
    const order = round % 2 === 0 ? [true, false] : [false, true];
    const measured = new Map<boolean, readonly Level[]>();
    for (const isRecorded of order) {
      site.print(
        `\nround ${round}, ${isRecorded ? 'recording' : 'not recording'}\n${levelHead()}\n`,
      );
      const levels = await measureFresh(isRecorded, options, site);
      failed ||= levels.some(hasFailed);
      measured.set(isRecorded, levels);
    }
    for (const without of measured.get(false) ?? []) {
      const other = measured.get(true)?.find((one) => one.outstanding === without.outstanding);
      if (other) pairs.get(without.outstanding)?.push({ without, with: other });
    }
  }
  site.print(`\nmedians of ${rounds} rounds\n`);
  for (const [outstanding, all] of pairs) site.print(`${verdict(outstanding, all)}\n`);
  if (failed) site.warn('some requests failed, so these figures prove nothing\n');
  return failed ? 1 : 0;
}

async function measureFresh(
  isRecorded: boolean,
  options: BenchOptions,
  site: Site,
): Promise<readonly Level[]> {
  const { nodes, configFile } = options;
  const directory = join(site.directory, 'nodes');
  mkdirSync(directory);
  const drivers = site.keep(new Drivers());
  const settings = { ...options.settings, 'record.bytes': isRecorded ? RING_BYTES : '0' };
  const cluster = site.keep(await RaftmqCluster.start({ nodes, directory, settings, configFile }));
  const levels: Level[] = [];
  for await (const level of measure('raftmq', cluster, drivers, options)) {
    levels.push(level);
    site.print(`${levelRow(level)}\n`);
  }
  await cluster.close();
  rmSync(directory, { recursive: true, force: true });
  return levels;
}

function verdict(outstanding: number, pairs: readonly Pair[]): string {
  const rate = (of: keyof Pair): string =>
    median(pairs.map((pair) => pair[of].ops_per_s)).toLocaleString('en');
  const ratios = pairs.map((pair) => pair.with.ops_per_s / pair.without.ops_per_s);
  const cost = (1 - median(ratios)) * 100;
  const each = ratios.map((ratio) => ratio.toFixed(3)).join(' ');
  return `${outstanding} outstanding: ${rate('without')} ops/s without, ${rate('with')} with; the recorder costs ${cost.toFixed(1)} % (ratios ${each})`;
}

await main(run);
