import type { Drivers } from './drive.ts';
import { BenchFault } from './fault.ts';
import type { Job, Report, System } from './job.ts';
import { type Level, levelOf } from './level.ts';
import type { BenchOptions } from './options.ts';
import type { Cluster } from './raftmq-cluster.ts';

/** Enough for the optimising compilers of driver and nodes, and for a WAL's first segments. */
const WARM_UP_MS = 2_000;
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
  const drive = async (outstanding: number, timed: Job['timed']): Promise<Report> => {
    // asked each time, because whoever led before may not lead any more
    const endpoint = await cluster.leader();
    const report = drivers.run({ system, endpoint, workload, outstanding, timed });
    // figures of a cluster that has lost a node are better, and worth nothing
    return await Promise.race([report, cluster.death]);
  };
  if (operation !== 'put') mustBeClean(await drive(Math.min(FILL_OUTSTANDING, keys), null), keys);
  for (const outstanding of levels) {
    const warmUpMs = Math.min(WARM_UP_MS, seconds * 1000);
    const report = await drive(outstanding, { warmUpMs, measureMs: seconds * 1000 });
    const facts = { system, op: operation, outstanding, nodes, size: valueBytes };
    yield levelOf(facts, report);
  }
}

function mustBeClean({ failures }: Report, keys: number): void {
  const names = Object.entries(failures).map(([name, count]) => `${count} ${name}`);
  if (names.length === 0) return;
  throw new BenchFault(`not all of the ${keys} keys could be written first: ${names.join(', ')}`);
}
