import test from 'ava';
import type { Counts } from './counts.ts';
import { play } from './trouble.ts';

/**
 * Clusters of bare cores in trouble, one a seed. `SEED=17` plays one and prints all that happens in
 * it; `SEEDS=5000 FIRST=1000` plays so many from there.
 */
const ONE = process.env['SEED'];
const FIRST = Number(process.env['FIRST'] ?? 1);
const SEEDS = Number(process.env['SEEDS'] ?? 600);
const IN_ONE_TEST = 100;
const LAST_LINES = 60;

if (ONE === undefined) {
  for (let first = FIRST; first < FIRST + SEEDS; first += IN_ONE_TEST) {
    const last = Math.min(first + IN_ONE_TEST, FIRST + SEEDS) - 1;
    test(`a cluster in trouble is never wrong and comes right in peace: seeds ${first} to ${last}`, (t) => {
      const total: Partial<Counts> = {};
      for (let seed = first; seed <= last; seed += 1) {
        const counts = playOrTell(seed, t.log);
        if (counts === null) return t.fail(`SEED=${seed} npx ava dist/test/core/cluster.test.js`);
        for (const [name, count] of Object.entries(counts) as [keyof Counts, number][]) {
          total[name] = (total[name] ?? 0) + count;
        }
      }
      const missed = Object.entries(total).filter(([, count]) => count === 0);
      t.deepEqual(last - first < IN_ONE_TEST - 1 ? [] : missed, [], 'every kind of event came up');
    });
  }

  test('the same seed plays the same story', (t) => {
    for (let seed = FIRST; seed < FIRST + 5; seed += 1) t.deepEqual(storyOf(seed), storyOf(seed));
  });
} else {
  test(`seed ${ONE}`, (t) => {
    t.notThrows(() => play(Number(ONE), (line) => console.log(line)));
  });
}

/** A failure is played again, to tell how it came about. */
function playOrTell(seed: number, log: (line: string) => void): Counts | null {
  try {
    return play(seed);
  } catch (error) {
    log(`seed ${seed}: ${error}`);
    for (const line of storyOf(seed).slice(-LAST_LINES)) log(line);
    return null;
  }
}

function storyOf(seed: number): readonly string[] {
  const lines: string[] = [];
  try {
    play(seed, (line) => lines.push(line));
  } catch (error) {
    lines.push(String(error));
  }
  return lines;
}
