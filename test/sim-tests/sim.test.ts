import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { readSimulateOptions } from '../sim/options.ts';
import { drawPlan, type PlanChanges } from '../sim/plan.ts';
import { type Played, play, playPlan } from '../sim/play.ts';
import { replayOptions, shrink } from '../sim/shrink.ts';
import { simulate } from '../sim/sim.ts';
import { counting } from './counter.ts';

const PLAY = join(import.meta.dirname, '../sim/play.js');

/** What a process of its own makes of a seed. */
async function playElsewhere(seed: number): Promise<string> {
  const program = `const { play } = await import(${JSON.stringify(PLAY)});
    process.stdout.write((await play(${seed})).hash);`;
  const argv = ['--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { timeout: 60_000 });
  return stdout;
}

test.serial(
  'the same seed plays the same run, here and in another process; another seed does not',
  async (t) => {
    const [one, again, other] = [await play(5), await play(5), await play(6)];
    t.is(again.hash, one.hash);
    t.is(again.events, one.events);
    t.not(other.hash, one.hash);
    t.is(await playElsewhere(5), one.hash);
  },
);

const FIRST_SEED = 5000;
const SEEDS = 20;
/** Less trouble than a seed would have: there are many. */
const SHORT: PlanChanges = { troubleMs: 700 };

test.serial(`seeds ${FIRST_SEED} to ${FIRST_SEED + SEEDS - 1} break no rule`, async (t) => {
  const leaders: number[] = [];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
    const { violation, tally } = await play(seed, SHORT);
    t.is(violation, null, `seed ${seed}`);
    leaders.push(tally.elections);
  }
  t.true(leaders.every((count) => count > 0));
});

test.serial(
  'a run that breaks a rule is made small, and its options play the small one again',
  async (t) => {
    const seed = 13;
    const replay = (changes: PlanChanges): Promise<Played> =>
      playPlan(drawPlan(seed, changes), counting(7));
    const whole = await replay({});
    t.regex(whole.violation?.message ?? '', /was told a wrong count/);
    const small = await shrink(whole, {}, replay, 300);
    const { turns } = small.played.tally;
    t.true(turns < whole.tally.turns / 4, `${turns} of ${whole.tally.turns} turns`);
    t.is(small.played.plan.size, 1, 'one server is enough');
    t.deepEqual(small.played.plan.actions, [], 'and no trouble');
    const options = replayOptions(seed, small.changes).split(' ');
    const { firstSeed, changes } = readSimulateOptions(options);
    t.is(firstSeed, seed);
    const again = await replay(changes);
    t.is(again.hash, small.played.hash);
    t.is(again.violation?.message, small.played.violation?.message);
  },
);

test.serial('what a run did without is not brought back to make it small', async (t) => {
  const changes = { size: 3, without: ['kill', 'drop'], keep: [0, 1, 2, 3, 4, 5] } as const;
  const { failed } = await simulate(counting(7), { firstSeed: 13, seeds: 1, changes });
  const { keep = [], without = [] } = failed?.small.changes ?? {};
  t.true(
    keep.every((place) => changes.keep.some((known) => known === place)),
    `${keep}`,
  );
  for (const fault of changes.without) t.true(without.includes(fault), fault);
});

test.serial(
  'a state machine of your own, and clients of it, are simulated as they are',
  async (t) => {
    const { failed, summary } = await simulate(counting(0), {
      firstSeed: 1,
      seeds: 5,
      changes: SHORT,
    });
    t.is(failed, null);
    t.true(Number(summary['operations']) > 100, `${summary['operations']} operations`);
  },
);
