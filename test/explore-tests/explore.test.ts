import test from 'ava';
import { BOUNDS, type Bounds, configurationOf, REDUCTIONS } from '../explore/bounds.ts';
import { Explorer } from '../explore/explore.ts';
import { keyOfStill } from '../explore/keys.ts';
import { rest, wake } from '../explore/still.ts';
import { Wanderer } from '../explore/wander.ts';
import type { Row } from '../explore/world.ts';
import { Chance } from '../sim/chance.ts';

const NONE: Bounds = { ...BOUNDS, terms: 1, values: 0, crashes: 0 };
const LIMITS = { states: 1_000_000, seconds: 60 };
const timeless = (): number => 0;

/** Worlds that are explored to the end, and how far the log is committed in some of them. */
const EXHAUSTED: readonly (readonly [string, Partial<Bounds>, committed: number])[] = [
  ['one server alone', { nodes: 1, terms: 2, values: 2, crashes: 2 }, 4],
  ['two servers, two terms and a crash of each', { nodes: 2, terms: 2, crashes: 1 }, 2],
  ['an election, an entry and a crash of each', { crashes: 1 }, 1],
  ['a value on its way to all', { values: 1 }, 2],
  ['two values, in flight together', { nodes: 2, values: 2, duplicates: 1, drops: 1 }, 3],
  ['a beat that is heard, mail that is lost', { beats: 1, drops: 1, resignations: 1 }, 1],
  ['mail that comes twice', { duplicates: 1 }, 1],
];

for (const [name, some, committed] of EXHAUSTED) {
  test(`no rule of Raft is broken: ${name}`, (t) => {
    const explorer = new Explorer({ ...NONE, ...some });
    const { found, isExhausted, states, ...reached } = explorer.run(LIMITS, timeless);
    t.is(found, null);
    t.true(isExhausted, `${states} states`);
    t.is(reached.committed, committed, 'as much is committed as can be');
    t.is(reached.led, some.terms ?? 1, 'and every term is led');
  });
}

test('renaming servers leaves out no world, and takes none for another', (t) => {
  const bounds = { ...NONE, crashes: 1 };
  let renamed = 0;
  const symmetric: Explorer = new Explorer(bounds, REDUCTIONS, (row, length) => {
    renamed += symmetric.form.count(row, length);
  });
  symmetric.run(LIMITS, timeless);
  const plain = new Explorer(bounds, { ...REDUCTIONS, symmetry: false }).run(LIMITS, timeless);
  t.true(plain.isExhausted);
  t.is(renamed, plain.states);
});

test('without spent answers the servers come to the same', (t) => {
  const bounds = { ...NONE, nodes: 2, terms: 2, crashes: 1, resignations: 1 };
  const seen = (spentMail: boolean): ReadonlySet<string> => {
    const servers = new Set<string>();
    const reductions = { symmetry: false, spentMail };
    const explorer: Explorer = new Explorer(bounds, reductions, (row) => {
      servers.add(serversOf(explorer, row));
    });
    t.true(explorer.run(LIMITS, timeless).isExhausted);
    return servers;
  };
  t.deepEqual(seen(true), seen(false));
});

function serversOf({ worlds }: Explorer, row: Row): string {
  const { voters } = worlds.catalogue.configuration;
  return voters.map((_, i) => keyOfStill(worlds.still(row, i))).join('|');
}

test('a still that wakes and rests again is the same', (t) => {
  const bounds = { ...NONE, nodes: 2, terms: 2, values: 1, crashes: 1 };
  const configuration = configurationOf(bounds);
  const seen = new Set<number>();
  const different: string[] = [];
  const explorer: Explorer = new Explorer(bounds, REDUCTIONS, (row) => {
    for (let i = 0; i < bounds.nodes; i += 1) {
      if (seen.has(row[i] as number)) continue;
      seen.add(row[i] as number);
      const still = explorer.worlds.still(row, i);
      const again = rest(wake(still, configuration), still);
      if (keyOfStill(again) !== keyOfStill(still)) different.push(JSON.stringify(still));
    }
  });
  explorer.run({ ...LIMITS, states: 20_000 }, timeless);
  t.true(seen.size > 100);
  t.deepEqual(different, []);
});

test('the same bounds are explored in the same way', (t) => {
  const run = () =>
    new Explorer({ ...NONE, terms: 2 }).run({ ...LIMITS, states: 20_000 }, timeless);
  t.deepEqual(run(), run());
});

test('it ends when the time is over, and says that there is more', (t) => {
  let seconds = 0;
  const clock = (): number => {
    seconds += 1;
    return seconds;
  };
  const { isExhausted, states } = new Explorer(BOUNDS).run({ ...LIMITS, seconds: 3 }, clock);
  t.false(isExhausted);
  t.true(states > 1000 && states < LIMITS.states);
});

test('walks come further than breadth first, and one seed walks one way', (t) => {
  const bounds = { ...BOUNDS, terms: 3, values: 2, drops: 1, duplicates: 1, beats: 1 };
  const limits = { ...LIMITS, states: 10_000 };
  const walk = () => new Wanderer(bounds, new Chance(1)).run(limits, timeless);
  const walked = walk();
  t.is(walked.found, null);
  t.true(walked.committed >= 2 && walked.led === 3, 'elections are won and entries committed');
  t.true(walked.depth > 2 * new Explorer(bounds).run(limits, timeless).depth);
  t.deepEqual(walk(), walked);
});
