import type { Drivers } from './drive.ts';
import { BenchFault } from './fault.ts';
import type { Job, Report, System } from './job.ts';
import { type Level, levelOf } from './level.ts';
import type { BenchOptions } from './options.ts';
import type { Cluster } from './raftmq-cluster.ts';

/**
 * A cluster that has just been started compiles its hot code, and its logs grow from small files to
 * large ones. It gets so much load before anything is measured, and each level a little more.
 */
const FIRST_WARM_UP_MS = 4_000;
const WARM_UP_MS = 1_000;
const WARM_UP_OUTSTANDING = 64;
/** Requests on their way while keys are written that gets are to find. */
const FILL_OUTSTANDING = 500;

/** Part of the options that says what load there is. */
export type LoadOptions = Pick<
  BenchOptions,
  'operation' | 'levels' | 'seconds' | 'valueBytes' | 'keys' | 'nodes'
>;

/** Puts one level after the other on a cluster, each from a driver process of its own. */
export async function* measure(
  system: System,
  cluster: Cluster,
  drivers: Drivers,
  options: LoadOptions,
): AsyncGenerator<Level> {
  const { operation, levels, seconds, valueBytes, keys, nodes } = options;
  const workload = { operation, keys, valueBytes };
  const measureMs = seconds * 1000;
  const drive = async (outstanding: number, timed: Job['timed']): Promise<Report> => {
    // asked each time, because whoever led before may not lead any more
    const endpoint = await cluster.leader();
    const report = drivers.run({ system, endpoint, workload, outstanding, timed });
    // figures of a cluster that has lost a node are better, and worth nothing
    return await Promise.race([report, cluster.death]);
  };
  if (operation !== 'put') mustBeClean(await drive(Math.min(FILL_OUTSTANDING, keys), null), keys);
  await drive(WARM_UP_OUTSTANDING, {
    warmUpMs: 0,
    measureMs: Math.min(FIRST_WARM_UP_MS, 2 * measureMs),
  });
  for (const outstanding of levels) {
    const warmUpMs = Math.min(WARM_UP_MS, measureMs);
    const report = await drive(outstanding, { warmUpMs, measureMs });
    const facts = { system, op: operation, outstanding, nodes, size: valueBytes };
    yield levelOf(facts, report);
  }
}

function mustBeClean({ failures }: Report, keys: number): void {
  const names = Object.entries(failures).map(([name, count]) => `${count} ${name}`);
  if (names.length === 0) return;
  throw new BenchFault(`not all of the ${keys} keys could be written first: ${names.join(', ')}`);
}
