import { openDatabase } from '../../lib/store/database/database.ts';
import { generatedEntries } from './generated.ts';
import { LIMITS } from './machine-world.ts';

/** A process that applies batch after batch until it is killed; says so when it is at it. */
const [directory = ''] = process.argv.slice(2);
const { machine } = await openDatabase({
  directory,
  logLast: Number.MAX_SAFE_INTEGER,
  limits: LIMITS,
});
for (let batch = 1; ; batch = (batch % 40) + 1) {
  machine.apply(generatedEntries(machine.applied + 1, machine.applied + batch));
  if (batch === 8) process.stdout.write('applying\n');
}
