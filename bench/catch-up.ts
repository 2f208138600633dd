import { loadavg } from 'node:os';
import { configOf, readArguments } from '../lib/cli/arguments.ts';
import { ConfigError } from '../lib/kit/errors.ts';
import { type CaughtUp, catchUp, hasFailed } from './catch-up/course.ts';
import type { Phase } from './catch-up/load.ts';
import type { MemoryGrowth } from './catch-up/memory.ts';
import { inspectMachine, machineLine } from './machine.ts';
import { main } from './main.ts';
import { anyNumber, wholeNumber } from './numbers.ts';
import { withSite } from './site.ts';

/**
 * `npm run bench:catch-up`: how a fourth node joins three that have a large database and are busy:
 * what it does to the latency of writes, how long it takes until the new node votes, and how much
 * memory it takes on either side. The log of the three begins after a snapshot, so the new node
 * needs that.
 *
 * @returns 0, or 1 if a write failed, or the leader was replaced.
 */
const OPTIONS = {
  mib: { value: 'N', means: 'size of the database, in MiB (200)' },
  seconds: { value: 'S', means: 'how long latencies are measured before, and after (5)' },
  outstanding: { value: 'N', means: 'writes on their way at a time (16)' },
  data: { value: 'DIR', means: 'where data goes, in a directory that is removed again (.)' },
  json: { value: null, means: 'one line of JSON' },
} as const;

async function run(argv: readonly string[]): Promise<number> {
  const given = readArguments(argv, OPTIONS);
  configOf(given); // refuses what the nodes would
  const { options, settings, configFile } = given;
  const problems: string[] = [];
  const read = {
    mib: wholeNumber('mib', options['mib'] ?? '200', 1, 100_000, problems),
    seconds: anyNumber('seconds', options['seconds'] ?? '5', 0.1, 3600, problems),
    outstanding: wholeNumber('outstanding', options['outstanding'] ?? '16', 1, 10_000, problems),
    settings,
    configFile,
  };
  if (problems.length > 0) throw new ConfigError(problems);
  const isJson = options['json'] !== undefined;
  return await withSite(options['data'] ?? '.', async (site) => {
    const say = (line: string): void => (isJson ? site.warn(`${line}\n`) : site.print(`${line}\n`));
    say(machineLine(inspectMachine(site.directory)));
    say(
      `three nodes with a database of ${read.mib} MiB; a fourth joins while ${read.outstanding} writes are on their way`,
    );
    const found = await catchUp(read, site, say);
    site.print(`${isJson ? JSON.stringify(figures(found)) : story(found)}\n`);
    return hasFailed(found) ? 1 : 0;
  });
}

function figures({ before, starting, during, after, memory, ...others }: CaughtUp) {
  return {
    ...others,
    before: figuresOf(before),
    starting: figuresOf(starting),
    during: figuresOf(during),
    after: figuresOf(after),
    p99_ratio: rounded(during.p99Ms / before.p99Ms),
    memory,
    load_average: loadavg()[0],
  };
}

function figuresOf({ operations, seconds, p50Ms, p99Ms, maxMs }: Phase) {
  return {
    ops_per_s: Math.round(operations / seconds),
    p50_ms: rounded(p50Ms),
    p99_ms: rounded(p99Ms),
    max_ms: rounded(maxMs),
    seconds: rounded(seconds),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function story(found: CaughtUp): string {
  const { before, starting, during, after, memory, steps, snapshot_bytes, failures, leaders } =
    found;
  const mib = snapshot_bytes / 2 ** 20;
  const lines = [
    row('', ['writes/s', 'p50 ms', 'p99 ms', 'max ms', 'seconds']),
    row('before', phaseCells(before)),
    row('starting', phaseCells(starting)),
    row('during', phaseCells(during)),
    row('after', phaseCells(after)),
    `p99 during to before: ${(during.p99Ms / before.p99Ms).toFixed(2)}; p50: ${(during.p50Ms / before.p50Ms).toFixed(2)}`,
    '',
    `the new node answered after ${steps.answers.toFixed(1)} s, had the snapshot of ${mib.toFixed(0)} MiB after ${steps.installed.toFixed(1)}, was a voter after ${steps.votes.toFixed(1)} and held all after ${steps.caughtUp.toFixed(1)}`,
    `${(mib / (steps.installed - steps.answers)).toFixed(1)} MiB/s from its first answer to the snapshot in place`,
    `memory of the leader: ${memoryShown(memory.leader)}`,
    `memory of the new node: ${memoryShown(memory.added)}`,
    `load average ${(loadavg()[0] ?? Number.NaN).toFixed(1)}`,
  ];
  const failed = Object.entries(failures).map(([name, count]) => `${count} ${name}`);
  if (failed.length > 0) lines.push(`WRITES FAILED: ${failed.join(', ')}`);
  if (leaders.before !== leaders.after) {
    lines.push(`THE LEADER WAS REPLACED: node ${leaders.before} by node ${leaders.after}`);
  }
  return `\n${lines.join('\n')}`;
}

function row(name: string, cells: readonly string[]): string {
  return `${name.padEnd(9)}${cells.map((cell) => cell.padStart(10)).join('')}`;
}

function phaseCells({ operations, seconds, p50Ms, p99Ms, maxMs }: Phase): readonly string[] {
  const rate = Math.round(operations / seconds).toLocaleString('en');
  return [rate, p50Ms.toFixed(2), p99Ms.toFixed(2), maxMs.toFixed(1), seconds.toFixed(1)];
}

function memoryShown(memory: MemoryGrowth | null): string {
  if (memory === null) return 'this system does not tell';
  const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
  const { start, more } = memory;
  return `${mib(more.resident)} MiB more resident at most than the ${mib(start.resident)} at the start; of its own, without pages of files, ${mib(more.anonymous)} more than ${mib(start.anonymous)}`;
}

await main(run);
