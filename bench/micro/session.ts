import { join } from 'node:path';
import { type Entry, makeEntry } from '../../lib/core/entry.ts';
import { openDatabase } from '../../lib/store/database/database.ts';
import type { StateMachine } from '../../lib/store/state-machine.ts';
import { encodeRequest } from '../../lib/wire/client.ts';
import { median } from '../median.ts';
import type { Site } from '../site.ts';
import { LIMITS } from './apply.ts';
import { BATCHES, putEntries, sessionEntries } from './requests.ts';
import type { Timing } from './timing.ts';

/** Puts in one round, and rounds by turns with and without a session. */
const ROUND_PUTS = 2048;
const ROUNDS = 9;

/**
 * What a session costs where a put is applied: the same puts by turns, in processor time, which a
 * busy neighbour changes less than the clock. The client has heard of all batches but the last.
 */
export async function measureSessions(site: Site): Promise<readonly Timing[]> {
  const directory = join(site.directory, 'sessions');
  const { machine } = await openDatabase({ directory, logLast: 0, limits: LIMITS });
  try {
    const session = machine.applied + 1;
    machine.apply([makeEntry(session, 1, 'command', encodeRequest(1, 'session.open', {}))]);
    let seq = 1;
    const plain = (count: number) => putEntries(machine.applied + 1, count);
    const within = (count: number) => {
      const entries = sessionEntries(machine.applied + 1, count, session, seq);
      seq += count;
      return entries;
    };
    spend(machine, 512, plain);
    spend(machine, 512, within);
    return BATCHES.flatMap((count) => pairs(machine, count, plain, within));
  } finally {
    await machine.close();
  }
}

type Make = (count: number) => readonly Entry[];

function pairs(machine: StateMachine, count: number, plain: Make, within: Make): readonly Timing[] {
  const nanos: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    nanos[0].push(spend(machine, count, plain));
    nanos[1].push(spend(machine, count, within));
  }
  return nanos.map((all, i) => ({
    name: `apply, CPU: a batch of ${count}${i === 0 ? '' : ', in a session'}`,
    nanos: median(all),
    spread: Math.max(...all) / median(all),
  }));
}

/** @returns ns of processor time for one put. */
function spend(machine: StateMachine, count: number, make: Make): number {
  const rounds = Math.ceil(ROUND_PUTS / count);
  let micros = 0;
  for (let i = 0; i < rounds; i += 1) {
    const entries = make(count);
    const before = process.cpuUsage();
    machine.apply(entries);
    const { user, system } = process.cpuUsage(before);
    micros += user + system;
  }
  return (micros * 1000) / (rounds * count);
}
