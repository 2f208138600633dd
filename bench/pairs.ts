import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Drivers } from './drive.ts';
import { hasFailed, type Level } from './level.ts';
import { measure } from './measure.ts';
import { median } from './median.ts';
import type { BenchOptions } from './options.ts';
import { type Cluster, RaftmqCluster, type RaftmqOptions } from './raftmq-cluster.ts';
import type { Site } from './site.ts';

/** One of two clusters that are compared. */
export type Side = {
  readonly name: string;
  /** What it has besides the settings that were asked for. */
  readonly settings: Readonly<Record<string, string>>;
};

/** How the second side compares with the first at one level. */
export type Verdict = {
  readonly outstanding: number;
  readonly pairs: number;
  /** Medians of both, in the order of the sides. */
  readonly ops_per_s: readonly [number, number];
  readonly p50_ms: readonly [number, number];
  readonly p99_ms: readonly [number, number];
  /** Operations of the second a second, in those of the first: median of the pairs, and the middle half. */
  readonly ratio: number;
  readonly quartiles: readonly [number, number];
  /** Some requests failed: the figures prove nothing. */
  readonly hasFailed: boolean;
};

type Pair = readonly [Level, Level];

/**
 * Puts the same load on two clusters that stand side by side, by turns, a few seconds each. What else
 * happens on the machine changes more slowly than that, so it befalls both of a pair, and the median
 * of the ratios of all pairs is what tells the two apart.
 *
 * @param start how a cluster comes into being; another one for tests.
 */
export async function* measurePairs(
  sides: readonly [Side, Side],
  options: BenchOptions,
  rounds: number,
  site: Site,
  start: (options: RaftmqOptions) => Promise<Cluster> = RaftmqCluster.start,
): AsyncGenerator<Verdict> {
  const { nodes, configFile } = options;
  const open = async ({ name, settings }: Side): Promise<Cluster> => {
    const directory = join(site.directory, name);
    mkdirSync(directory);
    const all = { ...options.settings, ...settings };
    return site.keep(await start({ nodes, directory, settings: all, configFile }));
  };
  const first = await open(sides[0]);
  const second = await open(sides[1]);
  const drivers = site.keep(new Drivers());
  const one = async (cluster: Cluster, outstanding: number): Promise<Level> => {
    const { name } = sides[cluster === first ? 0 : 1];
    for await (const level of measure('raftmq', cluster, drivers, {
      ...options,
      levels: [outstanding],
    })) {
      if (hasFailed(level)) site.warn(`${name}: ${JSON.stringify(level.failures)}\n`);
      return level;
    }
    throw new Error('a level gives a figure');
  };
  for (const outstanding of options.levels) {
    const pairs: Pair[] = [];
    for (let round = 0; round < rounds; round += 1) {
      // whoever comes second in a pair comes first in the next one
      if (round % 2 === 0) {
        const level = await one(first, outstanding);
        pairs.push([level, await one(second, outstanding)]);
      } else {
        const level = await one(second, outstanding);
        pairs.push([await one(first, outstanding), level]);
      }
    }
    yield verdictOn(outstanding, pairs);
  }
}

function verdictOn(outstanding: number, pairs: readonly Pair[]): Verdict {
  const ratios = pairs.map(([a, b]) => b.ops_per_s / a.ops_per_s).sort((a, b) => a - b);
  const share = (part: number): number => ratios[Math.floor((ratios.length - 1) * part)] ?? 0;
  const both = (figure: 'ops_per_s' | 'p50_ms' | 'p99_ms'): readonly [number, number] => [
    median(pairs.map(([a]) => a[figure])),
    median(pairs.map(([, b]) => b[figure])),
  ];
  return {
    outstanding,
    pairs: pairs.length,
    ops_per_s: both('ops_per_s'),
    p50_ms: both('p50_ms'),
    p99_ms: both('p99_ms'),
    ratio: median(ratios),
    quartiles: [share(0.25), share(0.75)],
    hasFailed: pairs.flat().some(hasFailed),
  };
}
