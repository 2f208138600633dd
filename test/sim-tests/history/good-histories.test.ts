import test from 'ava';
import { Chance } from '../../sim/chance.ts';
import {
  checkKeyValueLinearizable,
  checkKeyValueWitness,
} from '../../sim/history/key-value-history.ts';
import type { History } from '../../sim/history/operation.ts';
import { tellHistory } from '../../sim/history/tell-history.ts';
import { Story } from './story.ts';
import { type Mix, Traffic } from './traffic.ts';

const SEEDS = Number(process.env['SEEDS'] ?? 1000);

const accepts = test.macro({
  exec(t, mix: (chance: Chance) => Mix) {
    const met = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const chance = new Chance(seed);
      const story = new Story();
      new Traffic(story, chance, mix(chance)).play();
      const history = story.history();
      for (const complaint of complaintsAbout(history)) t.fail(`seed ${seed}: ${complaint}`);
      for (const kind of kindsOf(history)) met.add(kind);
    }
    const expected = ['stale', 'rejected', 'noop', 'unknown put in the log', 'unknown put nowhere'];
    for (const kind of expected) t.true(met.has(kind), `${kind} came up`);
  },
  title: (what) => `both checkers accept what a perfect database answers: ${what}`,
});

test('operations on one key each', accepts, (chance) => ({
  operations: chance.whole(10, 120),
  clients: chance.whole(1, 8),
  keys: chance.whole(1, 10),
  unknown: chance.pick([0, 0.05, 0.2]),
  isMixed: false,
}));

test('transactions, ranges and changes among them', accepts, (chance) => ({
  operations: chance.whole(10, 60),
  clients: chance.whole(1, 6),
  keys: chance.whole(1, 10),
  unknown: chance.pick([0, 0.03, 0.06]),
  isMixed: true,
}));

function complaintsAbout(history: History): readonly string[] {
  const { operations, committed } = history;
  const broken = checkKeyValueWitness(history).map(({ sentence }) => sentence);
  const verdicts = [
    checkKeyValueLinearizable(operations),
    checkKeyValueLinearizable(operations, { committed }),
  ].filter(({ result }) => result !== 'linearizable');
  return [...broken, ...verdicts.map((verdict) => tellHistory(verdict).join('\n'))];
}

function kindsOf({ operations, committed }: History): readonly string[] {
  const ids = new Set(committed.map(({ id }) => id));
  const kinds = operations.map(({ id, ask, answer }) => {
    if (answer.kind === 'rejected') return 'rejected';
    if (answer.kind === 'unknown')
      return `unknown ${ask.op} ${ids.has(id) ? 'in the log' : 'nowhere'}`;
    return 'read' in ask && ask.read === 'stale' ? 'stale' : ask.op;
  });
  return ids.has(null) ? [...kinds, 'noop'] : kinds;
}
