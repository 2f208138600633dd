import { ConfigError } from '../lib/kit/errors.ts';
import { inspectMachine, machineLine } from './machine.ts';
import { main } from './main.ts';
import { measureApply } from './micro/apply.ts';
import { codecCases } from './micro/codec.ts';
import { coreCases } from './micro/core.ts';
import { measureLog } from './micro/disk.ts';
import { measureLoop } from './micro/loop.ts';
import { measureRecorder } from './micro/record.ts';
import { measureSessions } from './micro/session.ts';
import { measureSockets } from './micro/socket.ts';
import { type Case, type Timing, timing, timingLine } from './micro/timing.ts';
import { type Site, withSite } from './site.ts';

/**
 * `npm run bench:micro [PART…]`: where the time of a command goes, part by part, each alone and
 * without the others. Times are for one command, also where many travel together.
 */
const PARTS: Readonly<Record<string, (site: Site) => Promise<readonly Timing[]>>> = {
  codec: () => each(codecCases()),
  core: () => each(coreCases()),
  loop: measureLoop,
  log: measureLog,
  apply: measureApply,
  session: measureSessions,
  record: measureRecorder,
  socket: measureSockets,
};

async function run(argv: readonly string[]): Promise<number> {
  const names = Object.keys(PARTS);
  const unknown = argv.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new ConfigError([`${unknown.join(', ')}: no such part; there are ${names.join(', ')}`]);
  }
  const wanted = argv.length > 0 ? argv : names;
  return await withSite('.', async (site) => {
    site.print(`${machineLine(inspectMachine(site.directory))}\n`);
    for (const name of wanted) {
      site.print('\n');
      for (const line of (await PARTS[name]?.(site)) ?? []) site.print(`${timingLine(line)}\n`);
    }
    return 0;
  });
}

async function each(cases: readonly Case[]): Promise<readonly Timing[]> {
  const timings: Timing[] = [];
  for (const one of cases) timings.push(await timing(one));
  return timings;
}

await main(run);
