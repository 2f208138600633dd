import test from 'ava';
import { ConfigError } from '../../lib/kit/errors.ts';
import { readSimulateOptions } from '../sim/options.ts';

/** What is wrong with a command line, or null. */
function problemsOf(line: string): readonly string[] | null {
  try {
    readSimulateOptions(line === '' ? [] : line.split(' '));
    return null;
  } catch (reason) {
    if (reason instanceof ConfigError) return reason.problems;
    throw reason;
  }
}

const WRONG: readonly (readonly [line: string, problem: RegExp])[] = [
  ['--bogus', /^--bogus is no option/],
  ['--seed x', /^--seed x: allowed is a whole number from 0/],
  ['--seed -1', /--seed/],
  ['--seeds 0', /^--seeds 0: allowed is a whole number from 1/],
  ['--seeds 1.5', /^--seeds 1.5: allowed is a whole number/],
  ['--seed 4294967295 --seeds 2', /^--seeds 2: the last seed is 4294967295/],
  ['--nodes 10', /^--nodes 10: allowed is a whole number from 1 to 9/],
  ['--faults dorp', /^--faults dorp: did you mean drop\?/],
  ['--seed 1 --keep 1,x', /^--keep 1,x: allowed is none, or places/],
  ['--seed 1 --keep 9999', /^--keep 9999: the script of seed 1 has places 0 to \d+$/],
  ['--keep 1', /^--keep: .* --seed says which/],
  ['--seed 1 --seeds 2 --keep 1', /^--keep: .* not of many/],
  ['--watch film', /^--watch film: there are diagram, svg, transcript, story/],
  ['--seed 1 --watch story --seeds 2', /^--seeds: not with --watch/],
  ['--seed 1 --watch story --seconds 2', /^--seconds: not with --watch/],
  ['--seed 1 --watch story --json', /^--json: not with --watch/],
  ['--seed 1 --watch story --twice', /^--twice: not with --watch/],
  ['--seed 1 --watch story --from 5', /^--from: only with --watch diagram or svg/],
  ['--seed 1 --to 5', /^--to: only with --watch diagram or svg/],
  ['--seed 1 --watch svg --from 5 --to 5', /^--from 5: it has to be before --to 5/],
];

for (const [line, problem] of WRONG) {
  test(`${line} cannot be played`, (t) => {
    const [first = '', ...others] = problemsOf(line) ?? [];
    t.regex(first, problem);
    t.deepEqual(others, []);
  });
}

const RIGHT = [
  '',
  '--seed 3',
  '--seeds 4 --twice --json',
  '--seed 3 --keep none --faults none',
  '--seed 1 --keep 0,1 --nodes 5 --trouble 900 --connections 1 --calm 3',
  '--watch story',
  '--seed 3 --watch svg --from 5 --to 6',
];

for (const line of RIGHT) {
  test(`"${line}" can be played`, (t) => {
    t.is(problemsOf(line), null);
  });
}
