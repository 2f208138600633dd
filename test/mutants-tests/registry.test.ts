import { readFileSync } from 'node:fs';
import test from 'ava';
import { type Mutant, planted } from '../mutants/mutant.ts';
import { NOT_PLANTED } from '../mutants/not-planted.ts';
import { MUTANTS } from '../mutants/registry.ts';
import { Scratch } from '../mutants/scratch.ts';

test('every edit fits the source as it is, in one place', (t) => {
  for (const { name, edits } of MUTANTS) {
    const texts = new Map<string, string>();
    t.notThrows(() => {
      for (const edit of edits) {
        const text = texts.get(edit.file) ?? readFileSync(edit.file, 'utf8');
        texts.set(edit.file, planted(text, edit));
      }
    }, name);
    t.true(edits.length > 0, name);
    for (const { file } of edits) t.regex(file, /^(?:lib|streams)\//, 'only what is shipped');
  }
});

test('ids and names are unique', (t) => {
  const words = MUTANTS.flatMap(({ id, name }) => [id, name]);
  t.deepEqual(
    words.filter((word, i) => words.indexOf(word) !== i),
    [],
  );
});

test('every mutant compiles: the compiler alone would not find it', async (t) => {
  const scratch = await Scratch.make();
  t.teardown(() => scratch.remove());
  for (let left = MUTANTS; left.length > 0; ) {
    const [together, others] = await plantTogether(scratch, left);
    if (together.length === 0) return t.fail(`does not fit: ${left.map(({ name }) => name)}`);
    await t.notThrowsAsync(scratch.check(), together.join(', '));
    await scratch.revert();
    left = others;
  }
});

/** Plants as many as fit side by side. @returns their names, and those that did not fit. */
async function plantTogether(
  scratch: Scratch,
  mutants: readonly Mutant[],
): Promise<readonly [planted: readonly string[], others: readonly Mutant[]]> {
  const together: string[] = [];
  const others: Mutant[] = [];
  for (const mutant of mutants) {
    try {
      await scratch.plant(mutant.edits);
      together.push(mutant.name);
    } catch {
      // It changes what another one has changed already.
      others.push(mutant);
    }
  }
  return [together, others];
}

/** Numbers of the catalogue of bugs; it has gaps. */
const BUGS =
  '1 2 4 5 7 8 10 11 13 14 16 17 19 20 22 23 25 26 28 29 31 32 34 35 36 37 38 40 41 43 44 45 46 47 49 50 51 52 53 55 56 57 58 59 61 62 64 65 67 68 70 71 73 74 75 76 77 79 80 81 82 83 85 86 88 89 91 92 94 95 97';

test('whatever the two lists name is planted, or left out for a reason', (t) => {
  const listed = [
    ...Array.from({ length: 64 }, (_, i) => `m${i + 1}`),
    ...BUGS.split(' ').map((number) => `bug ${number}`),
  ];
  const sources = MUTANTS.flatMap(({ source }) => source);
  const leftOut = NOT_PLANTED.map(({ source }) => source);
  t.deepEqual(
    listed.filter((one) => !sources.includes(one) && !leftOut.includes(one)),
    [],
  );
  t.deepEqual(
    leftOut.filter((one) => sources.includes(one)),
    [],
  );
});
