import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { openDatabase } from '../../lib/store/database/database.ts';
import { generatedEntries } from './generated.ts';
import { LIMITS, memoryMachine } from './machine-world.ts';
import { temporaryDirectory } from './temporary.ts';

const PROGRAM = fileURLToPath(new URL('./apply-for-ever.js', import.meta.url));
const ROUNDS = 6;

test('after kill -9 in the middle of applying, what is there is what was applied', async (t) => {
  const directory = temporaryDirectory(t);
  const reference = memoryMachine();
  for (let round = 0; round < ROUNDS; round++) {
    const child = spawn(process.execPath, [PROGRAM, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = once(child, 'exit');
    t.teardown(() => child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    await new Promise((resume) => setTimeout(resume, 20 + 15 * round));
    child.kill('SIGKILL');
    await gone;

    const { machine, notes } = await openDatabase({
      directory,
      logLast: Number.MAX_SAFE_INTEGER,
      limits: LIMITS,
    });
    t.deepEqual(notes, [], 'killed in this boot, so it can be trusted');
    t.true(machine.applied > reference.applied, 'the process got somewhere');
    reference.apply(generatedEntries(reference.applied + 1, machine.applied));
    t.is(machine.rev, reference.rev);
    t.is(machine.digest(), reference.digest());
    await machine.close();
  }
});
