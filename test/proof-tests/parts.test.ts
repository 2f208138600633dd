import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { PARTS, type Report } from '../proof/parts.ts';

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url));
/** Takes far longer than a moment, and has tests of its own. */
const LONG = 'mutants';

for (const { name, argv, figures } of PARTS.filter((part) => part.name !== LONG)) {
  test.serial(`${name}: a moment of it holds, and reports all that is told of it`, async (t) => {
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, argv(1), { cwd: PROJECT });
    const report = JSON.parse(stdout) as Report;
    for (const figure of Object.keys(figures(report))) t.true(figure in report, figure);
  });
}

test('the shares of all parts are all the time there is', (t) => {
  const all = PARTS.reduce((sum, { share }) => sum + share, 0);
  t.true(Math.abs(all - 1) < 1e-9, `${all}`);
});

test('of a part that broke off its last words are told', (t) => {
  for (const { figures } of PARTS) t.deepEqual(figures({ output: 'oh' }), { output: 'oh' });
});
