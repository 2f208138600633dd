import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { makeEntry } from '../lib/core/entry.ts';
import { votersOnly } from '../lib/core/quorum.ts';
import { ConfigError } from '../lib/kit/errors.ts';
import { openDatabase } from '../lib/store/database/database.ts';
import { realDisk } from '../lib/store/disk/disk-real.ts';
import { openSnapshots } from '../lib/store/snapshot/open-snapshots.ts';
import type { StateMachine } from '../lib/store/state-machine.ts';
import { encodeRequest } from '../lib/wire/client.ts';
import { inspectMachine, machineLine } from './machine.ts';
import { main } from './main.ts';
import { wholeNumber } from './numbers.ts';
import { type Site, withSite } from './site.ts';

/**
 * `npm run bench:snapshot [MIB]`: what it takes to take a snapshot of a database of that size: time,
 * memory, and how long the loop was held up at most.
 */
const VALUE = 'v'.repeat(1000);
const BATCH = 500;
const SAMPLE_MS = 20;
const LIMITS = { valueBytes: 1 << 20, history: { revs: 0, bytes: 0 }, sessions: 0, leases: 0 };

async function run(argv: readonly string[]): Promise<number> {
  const problems: string[] = [];
  const mib = wholeNumber('MIB', argv[0] ?? '1024', 1, 1 << 20, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return await withSite('.', async (site) => {
    site.print(`${machineLine(inspectMachine(site.directory))}\n`);
    await prepare(site, mib);
    // as after a start: what filling it has left in memory is not counted
    await measure(site, mib);
    return 0;
  });
}

function open(site: Site): Promise<{ readonly machine: StateMachine }> {
  const directory = join(site.directory, 'db');
  return openDatabase({ directory, logLast: Number.MAX_SAFE_INTEGER, limits: LIMITS });
}

async function prepare(site: Site, mib: number): Promise<void> {
  const { machine } = await open(site);
  // two rows fill a page of 4 KiB
  const rows = mib * 520;
  for (let index = 1; index <= rows; index += BATCH) {
    const entries = Array.from({ length: BATCH }, (_, i) => put(index + i));
    machine.apply(entries);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await machine.close();
}

function put(index: number) {
  const key = `bench/${String(index).padStart(10, '0')}`;
  return makeEntry(index, 1, 'command', encodeRequest(index, 'put', { key, value: VALUE }));
}

async function measure(site: Site, mib: number): Promise<void> {
  const { machine } = await open(site);
  const path = join(site.directory, 'snapshots');
  mkdirSync(path);
  const { snapshots } = await openSnapshots(realDisk(path), 'bench');
  snapshots.serve(machine);
  const before = process.memoryUsage().rss;
  let peak = before;
  const sampling = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, SAMPLE_MS);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const from = performance.now();
  const snapshot = await snapshots.take(() => votersOnly([1]));
  const seconds = (performance.now() - from) / 1000;
  delay.disable();
  clearInterval(sampling);
  await machine.close();
  const size = ((snapshot?.bytes ?? 0) / 2 ** 20).toFixed(0);
  const more = ((peak - before) / 2 ** 20).toFixed(0);
  const heldUp = (delay.max / 1e6).toFixed(1);
  site.print(
    `${size} MiB (${mib} asked for) in ${seconds.toFixed(1)} s; ${more} MiB more resident at most; loop held up ${heldUp} ms at most\n`,
  );
}

await main(run);
