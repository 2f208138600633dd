import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { OPTIONS } from '../lib/cli/options.ts';
import { ConfigError } from '../lib/kit/errors.ts';
import { Drivers } from './drive.ts';
import { hasFailed } from './level.ts';
import { inspectMachine, machineLine } from './machine.ts';
import { main } from './main.ts';
import { measure } from './measure.ts';
import { median } from './median.ts';
import { wholeNumber } from './numbers.ts';
import { type BenchOptions, readBenchOptions } from './options.ts';
import { RaftmqCluster } from './raftmq-cluster.ts';
import { type Site, withSite } from './site.ts';

/**
 * `npm run bench:record`: what the flight recorder costs. Two clusters, one that records and one that
 * does not, stand side by side and get the same load by turns, a few seconds each. What else happens
 * on the machine changes more slowly than that, so it befalls both of a pair, and the median of the
 * ratios of all pairs is what the recorder costs.
 */
const RECORD_OPTIONS = {
  ...OPTIONS.bench,
  rounds: { value: 'N', means: 'how many pairs are measured at each level (15)' },
};

const ROUNDS_MAX = 999;
const RING_BYTES = String(64 << 20);

async function run(argv: readonly string[]): Promise<number> {
  const { given, ...options } = readBenchOptions(argv, RECORD_OPTIONS);
  const problems: string[] = [];
  const rounds = wholeNumber('rounds', given['rounds'] ?? '15', 1, ROUNDS_MAX, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return await withSite(options.parent, (site) => compare(options, rounds, site));
}

async function compare(options: BenchOptions, rounds: number, site: Site): Promise<number> {
  site.print(`${machineLine(inspectMachine(site.directory))}\n`);
  const sides = [await start(false, options, site), await start(true, options, site)] as const;
  const drivers = site.keep(new Drivers());
  let failed = false;
  for (const outstanding of options.levels) {
    const rates = new Map<RaftmqCluster, number[]>(sides.map((side) => [side, []]));
    for (let round = 0; round < rounds; round += 1) {
      // whoever comes second in a pair comes first in the next one
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
        const load = { ...options, levels: [outstanding] };
        for await (const level of measure('raftmq', side, drivers, load)) {
          if (hasFailed(level)) {
            const name = side === sides[0] ? 'without' : 'with';
            site.warn(`${name} the recorder: ${JSON.stringify(level.failures)}\n`);
            failed = true;
          }
          rates.get(side)?.push(level.ops_per_s);
        }
      }
    }
    const [plain = [], recording = []] = rates.values();
    site.print(`${verdict(options, outstanding, plain, recording)}\n`);
  }
  if (failed) site.warn('some requests failed, so these figures prove nothing\n');
  return failed ? 1 : 0;
}

async function start(
  isRecording: boolean,
  options: BenchOptions,
  site: Site,
): Promise<RaftmqCluster> {
  const { nodes, configFile } = options;
  const directory = join(site.directory, isRecording ? 'recording' : 'plain');
  mkdirSync(directory);
  const settings = { ...options.settings, 'record.bytes': isRecording ? RING_BYTES : '0' };
  return site.keep(await RaftmqCluster.start({ nodes, directory, settings, configFile }));
}

function verdict(
  { json }: BenchOptions,
  outstanding: number,
  plain: readonly number[],
  recording: readonly number[],
): string {
  const ratios = plain.map((rate, i) => (recording[i] ?? 0) / rate).sort((a, b) => a - b);
  const share = (part: number): number => ratios[Math.floor((ratios.length - 1) * part)] ?? 0;
  const cost = Math.round((1 - median(ratios)) * 1000) / 10;
  const figures = {
    outstanding,
    pairs: ratios.length,
    plain_ops_per_s: Math.round(median(plain)),
    recording_ops_per_s: Math.round(median(recording)),
    cost_percent: cost,
  };
  if (json) return JSON.stringify(figures);
  const spread = `${share(0.25).toFixed(3)} to ${share(0.75).toFixed(3)}`;
  return `${outstanding} outstanding: ${figures.plain_ops_per_s} ops/s without, ${figures.recording_ops_per_s} with the recorder; it costs ${cost} % (median of ${ratios.length} pairs, half of all ratios from ${spread})`;
}

await main(run);
