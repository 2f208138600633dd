import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, connect } from '../lib/client/client.ts';
import { ConfigError } from '../lib/kit/errors.ts';
import { inspectMachine, machineLine } from './machine.ts';
import { main } from './main.ts';
import { wholeNumber } from './numbers.ts';
import { RaftmqCluster } from './raftmq-cluster.ts';
import { type Site, withSite } from './site.ts';
import { fill, keyOf, openNode, rootIn } from './snapshots/prepare.ts';

/**
 * `npm run bench:restart [KEYS]`: how long a node takes from the start of its process to its first
 * answers: to a stale read, which needs the process and its files, and to a linearizable one, which
 * needs a leader, too: the node is a cluster of its own, so it has to wait for an election.
 */
const VALUE_BYTES = 100;
/** Longer than any restart that is worth measuring. */
const TIMEOUT_MS = 120_000;
/** The log is left as it was prepared. */
const NEVER = { 'snapshot.everyEntries': '1000000000', 'snapshot.everyBytes': '1000000000000' };

async function run(argv: readonly string[]): Promise<number> {
  const problems: string[] = [];
  const keys = wholeNumber('KEYS', argv[0] ?? '1000000', 1000, 100_000_000, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return await withSite('.', async (site) => {
    site.print(`${machineLine(inspectMachine(site.directory))}\n`);
    await measure('the whole log', keys, null, site);
    await measure('a snapshot and a tenth of the log', keys, Math.floor(keys * 0.9), site);
    return 0;
  });
}

async function measure(
  name: string,
  keys: number,
  snapshotAt: number | null,
  site: Site,
): Promise<void> {
  const data = join(site.directory, snapshotAt === null ? 'whole' : 'compacted');
  const node = await openNode(rootIn(data));
  await fill(node, { keys, valueBytes: VALUE_BYTES, snapshotAt });
  const bytes = node.log.store.bytesAfter(0);
  await node.close();
  site.print(`\n${keys} keys of ${VALUE_BYTES} bytes; on disk ${name}: ${bytes >> 20} MiB\n`);
  const options = { nodes: 1, directory: data, settings: NEVER, configFile: null };

  let from = performance.now();
  const cluster = site.keep(await RaftmqCluster.start(options));
  const endpoint = cluster.addresses[0]?.client ?? '';
  await answers('stopped in order', from, endpoint, keys, site);
  for (const how of ['killed', 'after a power cut: the database is lost'] as const) {
    await cluster.kill(1);
    if (how !== 'killed') rmSync(join(rootIn(data), 'db'), { recursive: true });
    from = performance.now();
    cluster.boot(1);
    await answers(how, from, endpoint, keys, site);
  }
}

async function answers(
  how: string,
  from: number,
  endpoint: string,
  keys: number,
  site: Site,
): Promise<void> {
  await using client = connect({ endpoints: [endpoint] });
  const stale = await sinceFound(client, 'stale', from, keys);
  const linearizable = await sinceFound(client, 'linearizable', from, keys);
  site.print(`${how.padEnd(42)} stale ${stale} ms, linearizable ${linearizable} ms\n`);
}

/** Asks until the key that was written last is found. */
async function sinceFound(
  client: Client,
  read: 'stale' | 'linearizable',
  from: number,
  keys: number,
): Promise<number> {
  for (;;) {
    const { found } = await client.get(keyOf(keys, keys), { read, timeoutMs: TIMEOUT_MS });
    if (found) return Math.round(performance.now() - from);
  }
}

await main(run);
