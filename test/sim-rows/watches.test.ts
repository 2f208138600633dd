import test from 'ava';
import { keyValues } from '../sim/key-values.ts';
import { drawPlan } from '../sim/plan.ts';
import { playPlan } from '../sim/play.ts';

const SEEDS = 8;
const TROUBLE_MS = 1500;

test('K28: watches in all troubles hand over what was committed: each change once, in order, none of the future', async (t) => {
  let gaps = 0;
  let rereads = 0;
  let applied = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const plan = drawPlan(seed, { troubleMs: TROUBLE_MS });
    const watched = { ...plan, clients: { ...plan.clients, isWatched: true } };
    const { violation, places, tally } = await playPlan(watched, keyValues);
    t.is(violation, null, `seed ${seed}`);
    gaps += places.watchGap;
    rereads += places.watchReread;
    applied += tally.applied;
  }
  t.true(applied > 500, `${applied} entries applied`);
  t.true(gaps > 20, `${gaps} gaps`);
  t.true(rereads > 0, `${rereads} readings`);
});
