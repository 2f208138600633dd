import { readArguments } from '../../lib/cli/arguments.ts';
import { OPTIONS } from '../../lib/cli/options.ts';
import { ConfigError } from '../../lib/kit/errors.ts';
import { nearest } from '../../lib/kit/nearest.ts';
import { FAULT_NAMES, type Fault } from './faults.ts';
import { drawPlan, type PlanChanges } from './plan.ts';

/** Played if nothing else is asked for, in s. */
const SECONDS = 20;
const SEED_MAX = 2 ** 32 - 1;

/** What `raftmq simulate` is asked to do. */
export type SimulateOptions = {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly seconds: number;
  readonly changes: PlanChanges;
  readonly json: boolean;
  /** Every run is played twice, and must be the same. */
  readonly twice: boolean;
  /** How to show the one run that is asked for, or null. */
  readonly shown: 'diagram' | 'svg' | 'transcript' | 'story' | null;
  readonly fromMs: number | null;
  readonly toMs: number | null;
};

/** @throws {ConfigError} with all that is wrong. */
export function readSimulateOptions(argv: readonly string[]): SimulateOptions {
  const { options, settings, configFile } = readArguments(argv, OPTIONS.simulate);
  const problems: string[] = [];
  const strange = [...Object.keys(settings), ...(configFile === null ? [] : ['config'])];
  for (const name of strange) problems.push(`--${name}: a simulated cluster has no settings`);

  const whole = (name: string, least: number, most: number): number | null => {
    const text = options[name];
    if (text === undefined) return null;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    problems.push(`--${name} ${text}: allowed is a whole number from ${least} to ${most}`);
    return least;
  };
  const seed = whole('seed', 0, SEED_MAX);
  const seeds = whole('seeds', 1, SEED_MAX);
  const seconds = whole('seconds', 1, 86_400);
  const faults = options['faults'];
  const keep = options['keep'];
  const shown = shownIn(options, problems);
  const changes = {
    ...given('size', whole('nodes', 1, 9)),
    ...given('without', faults === undefined ? null : withoutIn(faults, problems)),
    ...given('keep', keep === undefined ? null : placesIn(keep, problems)),
    ...given('troubleMs', whole('trouble', 1, 3_600_000)),
    ...given('connections', whole('connections', 1, 9)),
    ...given('calm', whole('calm', 1, 10_000)),
  };
  const fromMs = whole('from', 0, 1e9);
  const toMs = whole('to', 0, 1e9);
  problems.push(...findConflicts(options, shown));
  if (seed !== null && seeds !== null && seed + seeds - 1 > SEED_MAX)
    problems.push(`--seeds ${seeds}: the last seed is ${SEED_MAX}`);
  if (problems.length === 0 && seed !== null) problems.push(...findMissing(seed, changes));
  if (fromMs !== null && toMs !== null && fromMs >= toMs)
    problems.push(`--from ${fromMs}: it has to be before --to ${toMs}`);
  if (problems.length > 0) throw new ConfigError(problems);
  const isOne = seed !== null && seeds === null && seconds === null;
  return {
    firstSeed: seed ?? 1,
    seeds: seeds ?? (isOne || shown !== null ? 1 : Number.POSITIVE_INFINITY),
    seconds: seconds ?? (seeds !== null || isOne ? Number.POSITIVE_INFINITY : SECONDS),
    changes,
    json: options['json'] !== undefined,
    twice: options['twice'] !== undefined,
    shown,
    fromMs,
    toMs,
  };
}

function given<Name extends string, T>(name: Name, value: T | null): { [N in Name]?: T } {
  return (value === null ? {} : { [name]: value }) as { [N in Name]?: T };
}

/** Options that say nothing with what else was asked for. */
function findConflicts(
  options: Readonly<Record<string, string>>,
  shown: SimulateOptions['shown'],
): readonly string[] {
  const given = (names: readonly string[]): readonly string[] =>
    names.filter((name) => options[name] !== undefined);
  const problems: string[] = [];
  if (shown !== null)
    for (const name of given(['seeds', 'seconds', 'twice', 'json']))
      problems.push(`--${name}: not with --watch, which shows one run`);
  if (shown !== 'diagram' && shown !== 'svg')
    for (const name of given(['from', 'to']))
      problems.push(`--${name}: only with --watch diagram or svg`);
  if (options['keep'] !== undefined && options['seed'] === undefined)
    problems.push('--keep: places count in the script of one seed: --seed says which');
  if (options['keep'] !== undefined && given(['seeds', 'seconds']).length > 0)
    problems.push('--keep: places count in the script of one seed, not of many');
  return problems;
}

/** Places that the script of a seed does not have. */
function findMissing(seed: number, { size, keep = [] }: PlanChanges): readonly string[] {
  const { length } = drawPlan(seed, size === undefined ? {} : { size }).actions;
  return keep
    .filter((place) => place >= length)
    .map((place) => `--keep ${place}: the script of seed ${seed} has places 0 to ${length - 1}`);
}

const SHOWN = ['diagram', 'svg', 'transcript', 'story'] as const;

function shownIn(
  { watch }: Readonly<Record<string, string>>,
  problems: string[],
): SimulateOptions['shown'] {
  if (watch === undefined) return null;
  const shown = SHOWN.find((known) => known === watch);
  if (shown === undefined) problems.push(`--watch ${watch}: there are ${SHOWN.join(', ')}`);
  return shown ?? null;
}

/** Only the named classes of faults are left. */
function withoutIn(text: string, problems: string[]): readonly Fault[] {
  const names = text === 'none' ? [] : text.split(',');
  for (const name of names) {
    if (FAULT_NAMES.some((known) => known === name)) continue;
    const near = nearest(name, FAULT_NAMES);
    const hint = near === null ? `there are ${FAULT_NAMES.join(', ')}` : `did you mean ${near}?`;
    problems.push(`--faults ${name}: ${hint}`);
  }
  return FAULT_NAMES.filter((name) => !names.includes(name));
}

function placesIn(text: string, problems: string[]): readonly number[] {
  if (text === 'none') return [];
  if (!/^\d+(,\d+)*$/.test(text))
    problems.push(`--keep ${text}: allowed is none, or places such as 0,3,4`);
  return text.split(',').map(Number);
}
