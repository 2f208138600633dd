import test from 'ava';
import { disksOf } from '../explore/bounds.ts';
import { hunt } from '../explore/hunt.ts';
import { temporaryDirectory } from '../store/temporary.ts';
import { BUGS, NOTHING, plant } from './planted.ts';

/** `DEEP=1` hunts for those as well that take long. */
const IS_DEEP = process.env['DEEP'] !== undefined;

/** Far more than any of them takes; the time is for a machine that is busy. */
const STATES_MAX = 2_000_000;
const SECONDS_MAX = 300;
const LINES_MAX = 60;
/** As much of the same worlds is explored without the bug. */
const COMPARED_MAX = 20_000;

for (const bug of BUGS) {
  if (bug.isDeep && !IS_DEEP) continue;
  test.serial(`found: ${bug.name}`, async (t) => {
    t.timeout(SECONDS_MAX * 1000);
    const planted = await plant([bug], temporaryDirectory(t));
    const { bounds } = bug;
    const prey = planted({ bounds, states: STATES_MAX, seconds: SECONDS_MAX });
    t.is(prey?.kind, 'invariant');
    t.regex(prey?.rule ?? '', bug.breaks);
    const path = prey?.path ?? [];
    t.true(path.length > 0 && path.length < LINES_MAX, 'the story is short');
    t.true(path.at(-1)?.endsWith(prey?.rule ?? '?'), 'and ends with the rule that breaks');

    const states = Math.min(COMPARED_MAX, prey?.explored.states ?? 0);
    t.is(hunt({ bounds, states, seconds: SECONDS_MAX }), null, 'the shipped core has no such way');
  });
}

test.serial('figure 8 is found by what all servers show, without the rule of one', async (t) => {
  t.timeout(SECONDS_MAX * 1000);
  const counting = BUGS.find(({ name }) => name.includes('earlier term is committed'));
  if (!counting) throw new Error('the bug is in the list');
  const blind = {
    module: 'turn-invariants',
    right: 'commit === before.commit || log.termAt(commit) === hard.term',
    wrong: 'true',
  };
  const planted = await plant([counting, blind], temporaryDirectory(t));
  const bounds = { ...NOTHING, terms: 4, disks: disksOf(['1', '2', '']) };
  const prey = planted({ bounds, states: STATES_MAX, seconds: SECONDS_MAX });
  t.regex(prey?.rule ?? '', /leader completeness/);
});
