import test from 'ava';
import { parseCpuTime } from '../mutants/cpu-time.ts';
import { type Edit, planted } from '../mutants/mutant.ts';
import { byTurns, choose, MUTANTS } from '../mutants/registry.ts';

const EDIT: Edit = { file: 'lib/core/a.ts', find: 'a > b', replace: "a >= b && '$&'" };

test('an edit replaces the one place that it names, letter by letter', (t) => {
  t.is(planted('if (a > b) return;', EDIT), "if (a >= b && '$&') return;");
});

test('an edit that fits nowhere, or in several places, is refused', (t) => {
  t.throws(() => planted('if (a < b) return;', EDIT), { message: /holds 0 times/ });
  t.throws(() => planted('a > b || a > b', EDIT), { message: /holds 2 times/ });
});

test('mutants are chosen by id, by name and by chapter; all if nothing is said', (t) => {
  const [first] = MUTANTS;
  t.deepEqual(choose([]), MUTANTS);
  t.deepEqual(choose(['e1']), [first]);
  t.deepEqual(choose(['stale-vote-counted']), [first]);
  t.true(choose(['commit', 'e1']).length > 5);
  t.true(choose(['commit']).every(({ chapter }) => chapter === 'commit'));
  t.throws(() => choose(['commit', 'no-such']), { message: 'no mutant is called no-such' });
});

test('processor time is read as ps writes it, on Linux and on macOS', (t) => {
  t.is(parseCpuTime('00:00:07'), 7_000);
  t.is(parseCpuTime('01:02:03'), 3_723_000);
  t.is(parseCpuTime('1-00:00:01'), 86_401_000);
  t.is(parseCpuTime('0:03.45'), 3_450);
});

test('by turns, no chapter is further ahead than another that has mutants left', (t) => {
  const turns = byTurns(MUTANTS);
  t.is(new Set(turns).size, MUTANTS.length);
  const chapters = new Set(MUTANTS.map(({ chapter }) => chapter));
  t.deepEqual(new Set(turns.slice(0, chapters.size).map(({ chapter }) => chapter)), chapters);
});
