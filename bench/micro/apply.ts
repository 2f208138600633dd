import { join } from 'node:path';
import { type Entry, makeEntry } from '../../lib/core/entry.ts';
import { openDatabase } from '../../lib/store/database/database.ts';
import type { StateMachine } from '../../lib/store/state-machine.ts';
import { encodeRequest } from '../../lib/wire/client.ts';
import type { Site } from '../site.ts';
import { BATCHES, putEntries, sessionEntries } from './requests.ts';
import { type Timing, timing } from './timing.ts';

const LIMITS = {
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
    for (const count of BATCHES) timings.push(await applied(machine, count, false));
    for (const count of BATCHES) timings.push(await applied(machine, count, true));
    return timings;
  } finally {
    await machine.close();
  }
}

/**
 * Entries are made on the way, and what that takes is taken off. Within a session the client has
 * heard of all writes of the batch before.
 */
async function applied(machine: StateMachine, count: number, inSession: boolean): Promise<Timing> {
  const name = `apply: put of 100 bytes in a batch of ${count}${inSession ? ', in a session' : ''}`;
  let next: (first: number) => readonly Entry[] = (first) => putEntries(first, count);
  if (inSession) {
    const session = machine.applied + 1;
    machine.apply([makeEntry(session, 1, 'command', encodeRequest(1, 'session.open', {}))]);
    let seq = 1;
    next = (first) => {
      const entries = sessionEntries(first, count, session, seq);
      seq += count;
      return entries;
    };
  }
  const applying = await timing({
    name,
    commands: count,
    run: () => {
      machine.apply(next(machine.applied + 1));
    },
  });
  const making = await timing({
    name,
    commands: count,
    run: () => {
      next(machine.applied + 1);
    },
  });
  return { ...applying, nanos: applying.nanos - making.nanos };
}
