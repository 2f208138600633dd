import { join } from 'node:path';
import { openDatabase } from '../../lib/store/database/database.ts';
import type { StateMachine } from '../../lib/store/state-machine.ts';
import type { Site } from '../site.ts';
import { BATCHES, putEntries } from './requests.ts';
import { type Timing, timing } from './timing.ts';

export const LIMITS = {
  valueBytes: 1 << 20,
  history: { revs: 100_000, bytes: 256 << 20 },
  sessions: 10_000,
  leases: 10_000,
};

/** Applying committed puts, in one transaction a batch. */
export async function measureApply(site: Site): Promise<readonly Timing[]> {
  const directory = join(site.directory, 'db');
  const { machine } = await openDatabase({ directory, logLast: 0, limits: LIMITS });
  try {
    const timings: Timing[] = [];
    for (const count of BATCHES) timings.push(await applied(machine, count));
    return timings;
  } finally {
    await machine.close();
  }
}

/** Entries are made on the way, and what that takes is taken off. */
async function applied(machine: StateMachine, count: number): Promise<Timing> {
  const name = `apply: put of 100 bytes in a batch of ${count}`;
  const applying = await timing({
    name,
    commands: count,
    run: () => {
      machine.apply(putEntries(machine.applied + 1, count));
    },
  });
  const making = await timing({
    name,
    commands: count,
    run: () => {
      putEntries(1, count);
    },
  });
  return { ...applying, nanos: applying.nanos - making.nanos };
}
