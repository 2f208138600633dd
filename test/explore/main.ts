import { performance } from 'node:perf_hooks';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { Chance } from '../sim/chance.ts';
import { BOUNDS, type Bounds, disksOf } from './bounds.ts';
import { Explorer } from './explore.ts';
import type { Explored, Limits } from './explored.ts';
import { tellPath } from './story.ts';
import { Wanderer } from './wander.ts';

/**
 * `npm run explore`: every world of the shipped core within bounds, breadth first. Ends with 1 if a
 * rule of Raft is broken in one of them, and tells the shortest way there. `--disks '1 1,2,'` begins
 * with logs on the disks, as the terms of their entries; `--seed 1` walks by chance instead, which
 * comes further where there is too much to see.
 */

const NAMES = [
  'nodes',
  'terms',
  'values',
  'crashes',
  'drops',
  'duplicates',
  'beats',
  'resignations',
] as const satisfies readonly (keyof Bounds)[];

const LIMITS: Limits = { states: 1_000_000, seconds: 60 };

/** Names are permuted, and counts kept in four bits. */
const MOST: Readonly<Record<string, number>> = {
  nodes: 5,
  states: 90_000_000,
  seconds: 86_400,
  seed: 0xffff_ffff,
};
const COUNT_MOST = 15;

type Asked = {
  readonly bounds: Bounds;
  readonly limits: Limits;
  readonly seed: number | null;
  readonly isJson: boolean;
};

/** @throws {Error} that says what is wrong with an option. */
function read(line: readonly string[]): Asked {
  const names = [...NAMES, 'states', 'seconds', 'seed'];
  const numbers = names.map((name) => [name, { type: 'string' }] as const);
  const options: ParseArgsConfig['options'] = {
    ...Object.fromEntries(numbers),
    disks: { type: 'string' },
    json: { type: 'boolean' },
  };
  const values: Readonly<Record<string, unknown>> = parseArgs({ args: [...line], options }).values;
  const given: Record<string, number> = {};
  for (const name of names) {
    const text = values[name];
    if (typeof text !== 'string') continue;
    const most = MOST[name] ?? COUNT_MOST;
    if (!/^\d+$/.test(text) || Number(text) > most) {
      throw new Error(`--${name} takes a whole number up to ${most}, not '${text}'`);
    }
    given[name] = Number(text);
  }
  const { states = LIMITS.states, seconds = LIMITS.seconds, seed = null, ...bounds } = given;
  if (given['nodes'] === 0) throw new Error('--nodes takes at least 1');
  const { disks } = values;
  if (typeof disks === 'string' && !/^[\d ,]*$/.test(disks)) {
    throw new Error(
      `--disks takes terms with spaces between and a comma after a log, not '${disks}'`,
    );
  }
  const recovered = typeof disks === 'string' ? { disks: disksOf(disks.split(',')) } : {};
  return {
    bounds: { ...BOUNDS, ...bounds, ...recovered },
    limits: { states, seconds },
    seed,
    isJson: values['json'] === true,
  };
}

type Cost = {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
};

function tell(bounds: Bounds, explored: Explored, cost: Cost): readonly string[] {
  const { states, transitions, depth, isExhausted, stills, turns, mail, found } = explored;
  const { committed, led } = explored;
  const disks = bounds.disks?.map(({ log }) => `'${log}'`).join();
  const count = (number: number): string => Math.round(number).toLocaleString('en');
  const part = isExhausted ? 'all there is within' : 'a part of all within';
  return [
    `bounds       ${NAMES.map((name) => `${name}=${bounds[name]}`).join(' ')}${disks ? ` disks=${disks}` : ''}`,
    `states       ${count(states)} distinct worlds, ${found ? 'when a rule broke' : part} these bounds`,
    `transitions  ${count(transitions)}, to a depth of ${depth} steps`,
    `reached      ${committed} entries committed, ${led} terms led`,
    `core         ${count(turns)} distinct turns of ${count(stills)} states of one server, ${count(mail)} messages`,
    `speed        ${count(states / cost.cpuSeconds)} states a second of CPU time`,
    `time         ${cost.cpuSeconds.toFixed(1)} s of CPU time in ${cost.seconds.toFixed(1)} s`,
    `memory       ${count(cost.memoryBytes / (1 << 20))} MiB`,
  ];
}

const { bounds, limits, seed, isJson } = read(process.argv.slice(2));
const clock = (): number => performance.now() / 1000;
const start = clock();
const explorer = seed === null ? new Explorer(bounds) : new Wanderer(bounds, new Chance(seed));
const explored = explorer.run(limits, clock);
const cost: Cost = {
  seconds: clock() - start,
  cpuSeconds: (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
  memoryBytes: process.memoryUsage().rss,
};
const { found } = explored;
const story = found && tellPath(explorer, found.path);
if (isJson) {
  const broken = found && { kind: found.kind, ...story };
  console.log(JSON.stringify({ bounds, limits, seed, ...explored, found: broken, ...cost }));
} else {
  for (const line of [...tell(bounds, explored, cost), ...(story?.lines ?? [])]) console.log(line);
}
if (found) process.exitCode = 1;
