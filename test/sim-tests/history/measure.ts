import { Chance } from '../../sim/chance.ts';
import {
  checkKeyValueLinearizable,
  checkKeyValueWitness,
} from '../../sim/history/key-value-history.ts';
import type { History } from '../../sim/history/operation.ts';
import { Story } from './story.ts';
import { type Mix, Traffic } from './traffic.ts';

/**
 * Prints how long the checkers take, in CPU time of this process: `node
 * dist/test/sim-tests/history/measure.js`. The histories are good ones of 8 clients.
 */
const MIXES: Readonly<Record<string, Omit<Mix, 'clients'>>> = {
  '400 operations, 10 keys, 100 unknown': {
    operations: 400,
    keys: 10,
    unknown: 0.27,
    isMixed: false,
  },
  '1000 operations, 10 keys, 100 unknown': {
    operations: 1000,
    keys: 10,
    unknown: 0.105,
    isMixed: false,
  },
  '400 operations, 1 key, 20 unknown': { operations: 400, keys: 1, unknown: 0.05, isMixed: false },
  '400 operations, transactions, 20 unknown': {
    operations: 400,
    keys: 10,
    unknown: 0.05,
    isMixed: true,
  },
  '400 operations, transactions, 60 unknown': {
    operations: 400,
    keys: 10,
    unknown: 0.16,
    isMixed: true,
  },
};
const SEEDS = 100;
const WARM_UP = 20;

type Check = (history: History) => { readonly result?: string };

const CHECKS: Readonly<Record<string, Check>> = {
  witness: (history) => ({ result: `${checkKeyValueWitness(history).length}` }),
  search: ({ operations }) => checkKeyValueLinearizable(operations),
  'search with the log': ({ operations, committed }) =>
    checkKeyValueLinearizable(operations, { committed }),
};

for (const [name, mix] of Object.entries(MIXES)) {
  const histories = Array.from({ length: WARM_UP + SEEDS }, (_, seed) => {
    const story = new Story();
    new Traffic(story, new Chance(seed), { ...mix, clients: 8 }).play();
    return story.history();
  });
  console.log(name);
  for (const [checker, check] of Object.entries(CHECKS))
    console.log(row(checker, check, histories));
}

function row(checker: string, check: Check, histories: readonly History[]): string {
  const times: number[] = [];
  let undecided = 0;
  for (const history of histories) {
    const before = process.cpuUsage();
    const { result } = check(history);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
    if (result === 'undecided') undecided += 1;
  }
  const sorted = times.slice(WARM_UP).sort((a, b) => a - b);
  const mean = sorted.reduce((sum, time) => sum + time, 0) / sorted.length;
  const [median = 0, most = 0] = [sorted[sorted.length >> 1], sorted.at(-1)];
  const perSecond = Math.round(((histories[0]?.operations.length ?? 0) / mean) * 1000);
  const figures = [`median ${median.toFixed(2)} ms`, `mean ${mean.toFixed(2)} ms`];
  const rest = [
    `most ${most.toFixed(1)} ms`,
    `${perSecond} operations/s`,
    `${undecided} undecided`,
  ];
  return `  ${checker.padEnd(20)} ${[...figures, ...rest].join(', ')}`;
}
