import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { cpuMsOf } from './cpu-time.ts';
import type { Caught } from './hunt.ts';
import { type Finding, huntersOf } from './hunters.ts';
import type { Mutant } from './mutant.ts';
import type { Scratch } from './scratch.ts';

/** What has come of one mutant. */
export type Chased = {
  readonly mutant: Mutant;
  /** Who hunted it, in this order; the last one caught it if any did. None if nobody can. */
  readonly hunters: readonly string[];
  /** Null if it survives. */
  readonly finding: Finding | null;
  /** Processor time of all who hunted it, in ms. */
  readonly cpuMs: number;
};

export type ChaseOptions = {
  /** Names of hunters to take; all if empty. */
  readonly hunters: readonly string[];
  /** For each hunter. */
  readonly seconds: number;
  readonly firstSeed: number;
  readonly signal: AbortSignal;
};

/** A hunter that takes so much more processor time than it may hangs in one turn. */
const GRACE_SECONDS = 10;
const LOOK_MS = 2000;
const MEMORY_MB = 1024;

/** Plants one mutant, has it hunted by one hunter after the other until it is caught, reverts. */
export async function chase(
  mutant: Mutant,
  scratch: Scratch,
  options: ChaseOptions,
): Promise<Chased> {
  const hunters: string[] = [];
  let finding: Finding | null = null;
  let cpuMs = 0;
  await scratch.plant(mutant.edits);
  try {
    await scratch.build();
    options.signal.throwIfAborted();
    for (const hunter of huntersOf(mutant.chapter, options.hunters)) {
      hunters.push(hunter);
      const {
        killed,
        kind = 'crash',
        rule = '',
        seed,
        cpuMs: taken,
      } = await hunt(hunter, scratch.path, options);
      cpuMs += taken;
      if (!killed) continue;
      finding = seed === undefined ? { kind, rule } : { kind, rule, seed };
      break;
    }
  } finally {
    await scratch.revert();
  }
  return { mutant, hunters, finding, cpuMs };
}

/**
 * Every hunter first hunts for as long with no mutant in sight.
 *
 * @throws {Error} if a hunter finds a bug where none is planted: then it proves nothing.
 */
export async function beSureOfHunters(
  mutants: readonly Mutant[],
  scratch: Scratch,
  options: ChaseOptions,
): Promise<void> {
  const all = mutants.flatMap(({ chapter }) => huntersOf(chapter, options.hunters));
  await scratch.build();
  for (const hunter of new Set(all)) {
    const { killed, rule } = await hunt(hunter, scratch.path, options);
    if (killed) throw new Error(`${hunter} finds a bug where none is planted: ${rule}`);
  }
}

async function hunt(
  hunter: string,
  path: string,
  { seconds, firstSeed, signal }: ChaseOptions,
): Promise<Caught> {
  const program = join(path, 'dist', 'test', 'mutants', 'hunt.js');
  const limits = ['--seconds', `${seconds}`, '--first-seed', `${firstSeed}`];
  const argv = [`--max-old-space-size=${MEMORY_MB}`, program, hunter, ...limits];
  const child = spawn(process.execPath, argv, { cwd: path, signal });
  let hungMs = 0;
  let cpuMs = 0;
  const watch = setInterval(async () => {
    cpuMs = Math.max(cpuMs, (await cpuMsOf(child.pid ?? 0)) ?? 0);
    if (cpuMs < (seconds + GRACE_SECONDS) * 1000) return;
    hungMs = cpuMs;
    child.kill('SIGKILL');
  }, LOOK_MS);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  await once(child, 'close').finally(() => clearInterval(watch));
  const said = caughtIn(stdout);
  if (said) return said;
  if (hungMs > 0) return { killed: true, kind: 'liveness', rule: 'a turn never ends', cpuMs };
  return { killed: true, kind: 'crash', rule: lastLine(stderr), cpuMs };
}

/** What the hunter said, or null if its process ended before it could. */
function caughtIn(stdout: string): Caught | null {
  const line = lastLine(stdout);
  return line.startsWith('{"killed"') ? (JSON.parse(line) as Caught) : null;
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
