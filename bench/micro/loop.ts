import { setTimeout as pause } from 'node:timers/promises';
import { NEVER } from 'rxjs';
import type { Entry } from '../../lib/core/entry.ts';
import { votersOnly } from '../../lib/core/quorum.ts';
import { begin } from '../../lib/core/state.ts';
import { ORIGIN } from '../../lib/core/types.ts';
import { SILENT } from '../../lib/kit/logger.ts';
import type { Applied, StateMachine } from '../../lib/store/state-machine.ts';
import { type Refusal, type Request, refuse } from '../../lib/wire/client.ts';
import { parseCommand } from '../../lib/wire/command.ts';
import { raftNode } from '../../streams/node.ts';
import { realClock } from '../../streams/real-clock.ts';
import type { World } from '../../streams/world.ts';
import { BenchFault } from '../fault.ts';
import { SETTINGS } from './core.ts';
import { LoopbackNetwork } from './loopback-network.ts';
import { BATCHES, putFrame } from './requests.ts';
import { type Timing, timing } from './timing.ts';

const LIMITS = {
  valueBytes: 1 << 20,
  recordBytes: 1 << 21,
  pendingRequests: 20_000,
  pendingBytes: 64 << 20,
};
/** A cluster of one elects itself after an election timeout; beyond this something is wrong. */
const LEADING_MS = 5_000;
const LOOK_EVERY_MS = 20;
const PLACES = { peer: 'none', client: 'none', events: 'none' };

/**
 * The whole node of streams/node.ts, a cluster of one, without sockets and disks: from the frames of
 * requests to the frames of replies. What a put costs in JavaScript on its way through the loop, but
 * for mail to followers (see the codec) and carrying it out (see apply).
 */
export async function measureLoop(): Promise<readonly Timing[]> {
  const network = new LoopbackNetwork();
  const machine = new CheckingMachine();
  const configurations = [{ index: 0, configuration: votersOnly([1]) }];
  const boot = begin({ id: 1, configurations, settings: SETTINGS, seed: 1, now: realClock.now() });
  const log = {
    commit: () => {}, // durable on return: the disk takes no time
    read: () => Promise.reject(new Error('all entries are in memory')),
    compact: () => Promise.resolve(ORIGIN),
    bytesAfter: () => 0,
    close: async () => {},
  };
  const world: World = {
    clock: realClock,
    network,
    log,
    machine,
    logger: SILENT,
    identity: { cluster: 'bench', node: 1, incarnation: 1 },
    listens: PLACES,
    configured: [],
    isJoining: false,
    onRemoved: () => {},
    limits: LIMITS,
    version: '0',
    firstToken: 1,
    startedAt: 0,
    leaving$: NEVER,
  };
  const running = raftNode(boot, world).subscribe({ error: (reason) => network.fail(reason) });
  try {
    await untilLeading(network, machine);
    const timings: Timing[] = [];
    for (const count of BATCHES) {
      const frames = Array.from({ length: count }, (_, i) => putFrame(i));
      const run = (): Promise<void> => network.ask(frames);
      timings.push(await timing({ name: `loop: ${count} puts at a time`, commands: count, run }));
    }
    return timings;
  } finally {
    running.unsubscribe();
  }
}

async function untilLeading(network: LoopbackNetwork, machine: CheckingMachine): Promise<void> {
  const until = performance.now() + LEADING_MS;
  while (machine.rev === 0) {
    if (performance.now() > until) throw new BenchFault('a cluster of one elects no leader');
    await network.ask([putFrame(0)]);
    await pause(LOOK_EVERY_MS);
  }
}

/** Checks commands as the database does, and counts them. */
class CheckingMachine implements StateMachine {
  applied = 0;
  rev = 0;

  route(): 'write' {
    return 'write';
  }

  check(request: Request): Refusal | null {
    const command = parseCommand(request, LIMITS);
    return 'ok' in command ? command : null;
  }

  apply(entries: readonly Entry[]): readonly Applied[] {
    return entries.map(({ index, kind }) => {
      this.applied = index;
      if (kind === 'noop') return { index, reply: null, changes: [] };
      this.rev++;
      return { index, reply: { ok: true, rev: this.rev, index }, changes: [] };
    });
  }

  read(): Refusal {
    return refuse('UNKNOWN_OP', 'nothing is kept');
  }

  async close(): Promise<void> {}
}
