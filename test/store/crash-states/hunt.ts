import { Exploration, type Failure } from './exploration.ts';
import type { Setting } from './life.ts';
import { type Operation, sequencesOf } from './operations.ts';

/** Two smallest segments, which go over into the next within two operations, and some more room. */
export const SETTINGS: readonly Setting[] = [
  { segmentBytes: 2048, inThreadBytes: 0, spare: 'between' },
  { segmentBytes: 2048, inThreadBytes: 0, spare: 'during' },
  { segmentBytes: 4096, inThreadBytes: 4096, spare: 'late' },
];

export type Hunt = {
  /** Longest sequence; something is stored after the recoveries of all but the longest. */
  readonly operations: number;
  /** Stops after so many of CPU time. */
  readonly seconds: number;
  /** Default: all. */
  readonly settings?: readonly Setting[];
};

export type Report = {
  readonly sequences: number;
  /** Crash states met, and those that were recovered because their like was not met before. */
  readonly states: number;
  readonly distinct: number;
  /** Logs that had rotted at one place, in addition. */
  readonly rotten: number;
  /** The longest sequences all of which were tried; -1 if time was over before. */
  readonly exhaustiveTo: number;
  readonly cpuSeconds: number;
  readonly distinctPerCpuMinute: number;
  readonly failure: Failure | null;
};

/** Tries all sequences, short ones first, until one fails or time is over. */
export async function explore(hunt: Hunt): Promise<Report> {
  const { operations, seconds, settings = SETTINGS } = hunt;
  const before = process.cpuUsage();
  const exploration = new Exploration(() => cpuSecondsSince(before) > seconds);
  let exhaustiveTo = -1;
  for (let length = 0; length <= operations; length += 1) {
    if (!(await playAll(exploration, settings, length, length < operations))) break;
    exhaustiveTo = length;
  }
  return reportOf(exploration, before, exhaustiveTo);
}

/**
 * Tries one sequence in one setting: replays what failed.
 *
 * @param goesOn whether to store something after each recovery, too.
 */
export async function replay(
  setting: Setting,
  operations: readonly Operation[],
  goesOn = true,
): Promise<Report> {
  const before = process.cpuUsage();
  const exploration = new Exploration();
  await exploration.play(setting, operations, goesOn);
  return reportOf(exploration, before, -1);
}

/** For a search for planted bugs: what went wrong first, or null. */
export async function huntCrashStates(
  hunt: Hunt,
): Promise<{ rule: string; kind: 'invariant'; story: string } | null> {
  const { failure } = await explore(hunt);
  if (failure === null) return null;
  return { rule: failure.rule, kind: 'invariant', story: failure.story.join('\n') };
}

async function playAll(
  exploration: Exploration,
  settings: readonly Setting[],
  length: number,
  goesOn: boolean,
): Promise<boolean> {
  for (const setting of settings) {
    for (const operations of sequencesOf(length)) {
      if (!(await exploration.play(setting, operations, goesOn))) return false;
    }
  }
  return true;
}

function reportOf(
  { sequences, states, distinct, rotten, failure }: Exploration,
  before: NodeJS.CpuUsage,
  exhaustiveTo: number,
): Report {
  const cpuSeconds = cpuSecondsSince(before);
  const distinctPerCpuMinute = Math.round((distinct / cpuSeconds) * 60);
  return {
    sequences,
    states,
    distinct,
    rotten,
    exhaustiveTo,
    cpuSeconds,
    distinctPerCpuMinute,
    failure,
  };
}

function cpuSecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
