import { OPTIONS } from '../lib/cli/options.ts';
import { ConfigError } from '../lib/kit/errors.ts';
import { inspectMachine, machineLine } from './machine.ts';
import { main } from './main.ts';
import { wholeNumber } from './numbers.ts';
import { type BenchOptions, readBenchOptions } from './options.ts';
import { measurePairs, type Verdict } from './pairs.ts';
import { type Site, withSite } from './site.ts';

/** `npm run bench:record`: what the flight recorder costs, in pairs (pairs.ts). */
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

const SIDES = [
  { name: 'plain', settings: { 'record.bytes': '0' } },
  { name: 'recording', settings: { 'record.bytes': RING_BYTES } },
] as const;

async function compare(options: BenchOptions, rounds: number, site: Site): Promise<number> {
  site.print(`${machineLine(inspectMachine(site.directory))}\n`);
  let failed = false;
  for await (const verdict of measurePairs(SIDES, options, rounds, site)) {
    failed ||= verdict.hasFailed;
    site.print(`${told(options, verdict)}\n`);
  }
  if (failed) site.warn('some requests failed, so these figures prove nothing\n');
  return failed ? 1 : 0;
}

function told({ json }: BenchOptions, verdict: Verdict): string {
  const { outstanding, pairs, ops_per_s, ratio, quartiles } = verdict;
  const [plain, recording] = ops_per_s.map(Math.round);
  const cost = Math.round((1 - ratio) * 1000) / 10;
  if (json) {
    return JSON.stringify({
      outstanding,
      pairs,
      plain_ops_per_s: plain,
      recording_ops_per_s: recording,
      cost_percent: cost,
    });
  }
  const spread = quartiles.map((quartile) => quartile.toFixed(3)).join(' to ');
  return `${outstanding} outstanding: ${plain} ops/s without, ${recording} with the recorder; it costs ${cost} % (median of ${pairs} pairs, half of all ratios from ${spread})`;
}

await main(run);
