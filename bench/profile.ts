import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../lib/kit/errors.ts';
import { main } from './main.ts';

/**
 * Shows where processes spent their time, from the profiles that Node.js writes when they end:
 *
 *     node --cpu-prof --cpu-prof-dir=DIR dist/lib/cli/main.js bench --outstanding 256
 *     node dist/bench/profile.js DIR
 *
 * The nodes of a bench are started with the options that Node.js was given for the bench itself.
 */
type Profile = {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  /** Time since the sample before, in µs. */
  readonly timeDeltas: readonly number[];
};

const SHOWN = 20;
const IDLE = '(idle)';

async function run([directory, ...more]: readonly string[]): Promise<number> {
  if (directory === undefined || more.length > 0) {
    throw new ConfigError(['which directory? node dist/bench/profile.js DIR']);
  }
  const names = readdirSync(directory).filter((name) => name.endsWith('.cpuprofile'));
  if (names.length === 0) throw new ConfigError([`${directory} holds no *.cpuprofile`]);
  for (const name of names.sort()) {
    const profile = JSON.parse(readFileSync(join(directory, name), 'utf8')) as Profile;
    process.stdout.write(`${name}\n${report(profile)}\n`);
  }
  return 0;
}

function report(profile: Profile): string {
  const micros = selfMicros(profile);
  const functions = new Map<string, number>();
  const files = new Map<string, number>();
  let all = 0;
  let idle = 0;
  for (const { id, callFrame } of profile.nodes) {
    const { functionName, url, lineNumber } = callFrame;
    const spent = micros.get(id) ?? 0;
    all += spent;
    if (functionName === IDLE) {
      idle += spent;
      continue;
    }
    const file = shortened(url);
    add(functions, `${functionName || 'anonymous'} ${file && `${file}:${lineNumber + 1}`}`, spent);
    add(files, file || functionName, spent);
  }
  const busy = all - idle;
  return [
    `  busy ${Math.round((busy / all) * 100)} % of ${(all / 1e6).toFixed(1)} s; shares are of that`,
    ...top(functions, busy),
    '  by file',
    ...top(files, busy),
    '',
  ].join('\n');
}

/** Time that was spent in each function itself, not in what it calls. */
function selfMicros({ samples, timeDeltas }: Profile): ReadonlyMap<number, number> {
  const micros = new Map<number, number>();
  for (const [i, id] of samples.entries()) {
    micros.set(id, (micros.get(id) ?? 0) + (timeDeltas[i] ?? 0));
  }
  return micros;
}

function add(sums: Map<string, number>, name: string, value: number): void {
  sums.set(name, (sums.get(name) ?? 0) + value);
}

function top(sums: ReadonlyMap<string, number>, all: number): readonly string[] {
  return [...sums]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([name, spent]) => `  ${((spent / all) * 100).toFixed(1).padStart(5)} %  ${name}`);
}

function shortened(url: string): string {
  return url.replace(/^.*\/node_modules\//, '').replace(/^.*\/dist\//, '');
}

await main(run);
