import { setTimeout as pause } from 'node:timers/promises';
import { NEVER } from 'rxjs';
import { begin } from '../../lib/core/state.ts';
import { SILENT } from '../../lib/kit/logger.ts';
import type { Client, ClientMessage, Network } from '../../lib/net/network.ts';
import { openMachine } from '../../lib/store/database/machine.ts';
import { MemoryTables } from '../../lib/store/database/tables-memory.ts';
import type { StateMachine } from '../../lib/store/state-machine.ts';
import { raftNode } from '../../streams/node.ts';
import { realClock } from '../../streams/real-clock.ts';
import type { World } from '../../streams/world.ts';
import { SETTINGS } from './core.ts';
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
const MEMBER = { id: 1, peer: 'none', client: 'none', events: 'none' };

/**
 * The whole node of streams/node.ts, a cluster of one, without sockets and disks: from the frames of
 * requests to the frames of replies. What a put costs in JavaScript on its way through the loop, but
 * for mail to followers (see the codec) and LMDB (see apply).
 */
export async function measureLoop(): Promise<readonly Timing[]> {
  const network = new LoopbackNetwork();
  const machine = openMachine(new MemoryTables(), {
    valueBytes: LIMITS.valueBytes,
    history: { revs: 100_000, bytes: 64 << 20 },
  });
  const configuration = { voters: [1], outgoing: [], learners: [] };
  const boot = begin({ id: 1, configuration, settings: SETTINGS, seed: 1, now: realClock.now() });
  const log = {
    commit: () => {}, // durable on return: the disk takes no time
    read: () => Promise.reject(new Error('all entries are in memory')),
    close: async () => {},
  };
  const world: World = {
    clock: realClock,
    network,
    log,
    machine,
    logger: SILENT,
    identity: { cluster: 'bench', node: 1, incarnation: 1 },
    members: [MEMBER],
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
    await machine.close();
  }
}

async function untilLeading(network: LoopbackNetwork, machine: StateMachine): Promise<void> {
  const until = performance.now() + LEADING_MS;
  while (machine.rev === 0) {
    if (performance.now() > until) throw new Error('a cluster of one elects no leader');
    await network.ask([putFrame(0)]);
    await pause(LOOK_EVERY_MS);
  }
}

/** Sockets that lead nowhere: one client puts requests in, and waits until all have a reply. */
class LoopbackNetwork implements Network {
  readonly fromPeers = silent();
  readonly beats = silent();
  readonly links = silent();
  readonly fromClients = this.#received();
  readonly #client = { route: Buffer.from('client'), delimited: false };
  #waiting: ClientMessage[] = [];
  #wake: () => void = () => {};
  #awaited = 0;
  #answered: () => void = () => {};
  #failed: (reason: unknown) => void = () => {};

  /** Resolves when as many replies have come. */
  ask(frames: readonly Buffer[]): Promise<void> {
    this.#awaited += frames.length;
    this.#waiting.push({ client: this.#client, frames });
    this.#wake();
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
    });
  }

  fail(reason: unknown): void {
    this.#failed(reason);
  }

  toClient(_: Client, frames: readonly Uint8Array[]): void {
    this.#awaited -= frames.length;
    if (this.#awaited === 0) this.#answered();
  }

  toPeer(): boolean {
    return false;
  }

  wants(): boolean {
    return false;
  }

  publish(): void {}

  async close(): Promise<void> {}

  async *#received(): AsyncGenerator<ClientMessage> {
    for (;;) {
      const waiting = this.#waiting;
      this.#waiting = [];
      yield* waiting;
      if (this.#waiting.length > 0) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** Nothing ever arrives. */
function silent(): AsyncIterable<never> {
  return { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
}
