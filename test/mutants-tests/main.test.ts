import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { beSureOfHunters } from '../mutants/chase.ts';
import { choose } from '../mutants/registry.ts';
import { Scratch } from '../mutants/scratch.ts';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../mutants/main.js', import.meta.url));

test('a mutant is planted in a copy, killed there, and nothing of it is left', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'raftmq-test-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const env = { ...process.env, TMPDIR: folder };

  const { stdout } = await run(process.execPath, [MAIN, '--only', 'c1', '--json'], { env });

  const { planted, killed, mutants } = JSON.parse(stdout);
  t.deepEqual([planted, killed], [1, 1]);
  t.like(mutants[0], { id: 'c1', killed: true, kind: 'invariant', hunters: ['cores'] });
  t.regex(mutants[0].rule, /commits by counting only entries of its own term/);
  t.deepEqual(readdirSync(folder), []);
});

test('hunters that find a bug where none is planted are not believed', async (t) => {
  const scratch = await Scratch.make();
  t.teardown(() => scratch.remove());
  const [mutant] = choose(['c1']);
  if (!mutant) return t.fail();
  await scratch.plant(mutant.edits);
  const options = { hunters: [], seconds: 10, firstSeed: 1, signal: new AbortController().signal };
  await t.throwsAsync(beSureOfHunters([mutant], scratch, options), {
    message: /^cores finds a bug where none is planted: .*commits by counting/,
  });
});
