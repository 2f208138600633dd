import { Drivers } from './drive.ts';
import { hasFailed, levelHead, levelRow } from './level.ts';
import { inspectMachine, machineLine } from './machine.ts';
import { measure } from './measure.ts';
import { type BenchOptions, readBenchOptions } from './options.ts';
import { measurePairs, type Side, type Verdict } from './pairs.ts';
import { type Cluster, RaftmqCluster, type RaftmqOptions } from './raftmq-cluster.ts';
import { type Site, withSite } from './site.ts';

/**
 * `raftmq bench`: starts a cluster of its own on loopback, with its data on this disk and every write
 * synced, puts load on it from another process, and prints how fast it was.
 *
 * @returns 0, or 1 if anything went wrong, be it a single request.
 * @throws {ConfigError} if an option cannot be used, or the data would not be on a disk.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const options = readBenchOptions(argv);
  const [first, second] = options.runtimes;
  return await withSite(options.parent, (site) =>
    first && second ? comparison([first, second], options, site) : bench(options, site),
  );
}

/** @param start how a cluster comes into being; another one for tests. */
export async function bench(
  options: BenchOptions,
  site: Site,
  start: (options: RaftmqOptions) => Promise<Cluster> = RaftmqCluster.start,
): Promise<number> {
  const { json, nodes, settings, configFile } = options;
  const say = (line: string): void => (json ? site.warn(`${line}\n`) : site.print(`${line}\n`));
  const { directory } = site;
  say(machineLine(inspectMachine(directory)));
  say(headline(options));
  const cluster = site.keep(await start({ nodes, directory, settings, configFile }));
  const drivers = site.keep(new Drivers());
  if (!json) site.print(`${levelHead()}\n`);
  let failed = false;
  for await (const level of measure('raftmq', cluster, drivers, options)) {
    failed ||= hasFailed(level);
    site.print(`${json ? JSON.stringify(level) : levelRow(level)}\n`);
  }
  if (failed) site.warn('raftmq bench: some requests failed, so these figures prove nothing\n');
  return failed ? 1 : 0;
}

/** Both runtimes under the same load, by turns (pairs.ts). */
export async function comparison(
  [first, second]: readonly [string, string],
  options: BenchOptions,
  site: Site,
  start?: (options: RaftmqOptions) => Promise<Cluster>,
): Promise<number> {
  const { json, rounds } = options;
  const say = (line: string): void => (json ? site.warn(`${line}\n`) : site.print(`${line}\n`));
  say(machineLine(inspectMachine(site.directory)));
  say(headline(options));
  say(`${first} and ${second} by turns, ${rounds} pairs a level; medians`);
  const sides = [sideOf(first), sideOf(second)] as const;
  let failed = false;
  for await (const verdict of measurePairs(sides, options, rounds, site, start)) {
    failed ||= verdict.hasFailed;
    const told = { op: options.operation, size: options.valueBytes, first, second, ...verdict };
    site.print(`${json ? JSON.stringify(told) : verdictRow(sides, verdict)}\n`);
  }
  if (failed) site.warn('raftmq bench: some requests failed, so these figures prove nothing\n');
  return failed ? 1 : 0;
}

function sideOf(runtime: string): Side {
  return { name: runtime, settings: { runtime } };
}

function verdictRow([a, b]: readonly [Side, Side], verdict: Verdict): string {
  const { outstanding, ops_per_s, p50_ms, p99_ms, ratio, quartiles } = verdict;
  const side = (name: string, i: 0 | 1): string =>
    `${name} ${Math.round(ops_per_s[i]).toLocaleString('en')} ops/s, p50 ${p50_ms[i].toFixed(2)} ms, p99 ${p99_ms[i].toFixed(2)} ms`;
  const spread = quartiles.map((quartile) => quartile.toFixed(2)).join(' to ');
  return `${outstanding} outstanding: ${side(a.name, 0)}; ${side(b.name, 1)}; ratio ${ratio.toFixed(2)} (half from ${spread})`;
}

function headline({ operation, nodes, valueBytes, keys, seconds }: BenchOptions): string {
  const values = `values of ${valueBytes} bytes, ${keys.toLocaleString('en')} keys`;
  return `${operation}: ${nodes} nodes and the load on this machine, ${values}, every write synced, ${seconds} s a level`;
}
