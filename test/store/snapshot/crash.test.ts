import test, { type ExecutionContext } from 'ava';
import { MemoryTables } from '../../../lib/store/database/tables-memory.ts';
import { type Crash, kills, powerCuts } from '../crash-states/crashes.ts';
import { newSite, restarted, ServerProcess, type Site } from './server-world.ts';

/** Of each disk so many of the things that a power cut may leave are tried, spread over all of them. */
const CUTS_MAX = 150;

/** What a next process may find, and where the log then has to end: one of these. */
type Found = { readonly site: Site; readonly lasts: readonly number[]; readonly told: string };

/**
 * Does `work` in a process that `site` belongs to, and takes down what a kill or a power cut may
 * leave before every operation of either disk, and at the end.
 */
async function cutAtEachStep(
  start: Site,
  lasts: readonly number[],
  work: (server: ServerProcess) => Promise<void>,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  let isCut = false;
  const cut = (name: string): null => {
    if (isCut)
      for (const one of crashesOf(site))
        found.push({ ...one, lasts, told: `${name}, ${one.told}` });
    return null;
  };
  const options = {
    fault: ({ kind, name }: { kind: string; name: string }) => cut(`${kind} ${name}`),
  };
  const site: Site = {
    wal: start.wal.restart(options),
    snapshots: start.snapshots.restart(options),
    tables: start.tables,
  };
  const server = await ServerProcess.start(site);
  isCut = true;
  await work(server);
  cut('the end');
  return found;
}

function* crashesOf({ wal, snapshots, tables }: Site): Generator<{ site: Site; told: string }> {
  const copy = tables.clone();
  const [a, b] = [first(kills(wal, null)), first(kills(snapshots, null))];
  yield { site: { wal: a.start({}), snapshots: b.start({}), tables: copy }, told: 'killed' };
  const [logs, files] = [spread(powerCuts(wal)), spread(powerCuts(snapshots))];
  // either disk in all that may be left of it, with the other one in two ways: as little, as much
  for (const log of logs) for (const file of ends(files)) yield lost(log, file);
  for (const file of files) for (const log of ends(logs)) yield lost(log, file);
}

function lost(log: Crash, file: Crash): { site: Site; told: string } {
  const site = { wal: log.start({}), snapshots: file.start({}), tables: new MemoryTables() };
  return { site, told: `log: ${log.told()}; snapshots: ${file.told()}` };
}

function first<T>(all: Iterable<T>): T {
  for (const one of all) return one;
  throw new Error('there is none');
}

/** Different ones, the first and the last among them. */
function spread(crashes: Iterable<Crash>): readonly Crash[] {
  const all = [...new Map([...crashes].map((crash) => [crash.key, crash])).values()];
  const step = Math.max(1, all.length / CUTS_MAX);
  const chosen = Array.from(
    { length: Math.min(all.length, CUTS_MAX) },
    (_, i) => all[Math.floor(i * step)] as Crash,
  );
  return [...new Set([...chosen, all.at(-1) as Crash])];
}

function ends(crashes: readonly Crash[]): readonly Crash[] {
  return [...new Set([crashes[0] as Crash, crashes.at(-1) as Crash])];
}

/** Starts a process on everything that was found, checks it, and sees that it goes on. */
async function recoverAll(t: ExecutionContext, all: readonly Found[]): Promise<void> {
  for (const { site, lasts, told } of all) {
    try {
      const server = await ServerProcess.start(site);
      const { last } = server.log;
      t.true(lasts.includes(last.index), `${told}: the log ends at ${last.index}`);
      t.is(await server.fault(last.index), null, told);
      await server.store(last.index + 1);
      await server.snapshot();
      await server.compact(last.index);
      const again = await ServerProcess.start({ ...restarted(site), tables: new MemoryTables() });
      t.is(await again.fault(last.index + 1), null, `${told}, and once more`);
    } catch (reason) {
      return t.fail(`${told}: ${reason}`);
    }
  }
}

async function grown(last: number, snapshotAt: readonly number[]): Promise<Site> {
  const site = newSite();
  const server = await ServerProcess.start(site);
  for (const index of snapshotAt) {
    await server.store(index);
    await server.snapshot();
    await server.compact(index);
  }
  await server.store(last);
  return restarted(site);
}

test('S17 D18: a snapshot is taken and the log compacted, whatever a crash leaves of it', async (t) => {
  const found = await cutAtEachStep(await grown(24, [8]), [24], async (server) => {
    await server.snapshot();
    await server.compact(20);
    await server.compact(24);
  });
  t.true(found.length > 100, `${found.length}`);
  await recoverAll(t, found);
});

test('S17 D18: entries are stored while the log is compacted, whatever a crash leaves of it', async (t) => {
  const found = await cutAtEachStep(await grown(24, [8, 24]), [24, 25, 26], async (server) => {
    await Promise.all([server.store(26), server.compact(24)]);
  });
  t.true(found.length > 80, `${found.length}`);
  await recoverAll(t, found);
});

test('S22: a snapshot is received and gone on from, whatever a crash leaves of it', async (t) => {
  const leader = await ServerProcess.start(await grown(40, [40]));
  for (const before of [await grown(6, []), await grown(24, [8, 20])]) {
    const { last } = (await ServerProcess.start(restarted(before))).log;
    const found = await cutAtEachStep(before, [last.index, 40, 41], async (server) => {
      await server.takeOver(leader);
      await server.store(41);
    });
    t.true(found.length > 200, `${found.length}`);
    await recoverAll(t, found);
  }
});
