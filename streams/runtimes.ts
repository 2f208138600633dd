import { randomInt } from 'node:crypto';
import type { Observable } from 'rxjs';
import type { Config, NodeAddress } from '../config/schema.ts';
import type { Outcome } from '../lib/core/outcome.ts';
import type { RaftState } from '../lib/core/state.ts';
import type { Index } from '../lib/core/types.ts';
import { assert } from '../lib/kit/assert.ts';
import type { Closers } from '../lib/kit/closers.ts';
import { openLoopNetwork, openNetwork } from '../lib/net/open-network.ts';
import { limitsOf } from './limits.ts';
import { raftLoop, raftNode } from './node.ts';
import { importMachine, type OpenMachine, openKeyValues } from './open-machine.ts';
import { openServiceThread } from './threads/service-thread.ts';
import type { LoopWorld, World } from './world.ts';

/** What a node is put together from, whatever its runtime. */
export type Ground = {
  readonly config: Config;
  readonly self: NodeAddress;
  /** Where the state machine keeps what it has. */
  readonly dbPath: string;
  readonly logLast: Index;
  /** The state machine of an embedding program: a function, or the module that exports it. */
  readonly openMachine: OpenMachine | URL | null;
  readonly world: Omit<LoopWorld, 'network' | 'machine'>;
  /** Takes what is opened. */
  readonly opened: Closers;
};

/** A world around a loop, and the node in it. */
export type Runtime = {
  readonly world: LoopWorld;
  readonly run: (boot: RaftState) => Observable<Outcome>;
};

/** Why `openMachine` does not go with the runtime, or null. */
export function machineProblem(
  { runtime }: Config,
  openMachine: OpenMachine | URL | null,
): string | null {
  if (runtime !== 'threaded' || typeof openMachine !== 'function') return null;
  return 'runtime: threaded cannot take a state machine that is a function of this thread: give the URL of a module that exports it as openMachine, or choose async';
}

/**
 * Opens state machine and sockets as the configuration wants them: all in this thread, or all that
 * has to do with clients and state machine in another.
 *
 * @throws {StorageError} or {TransportError} if they cannot be opened; {ConfigError} if the module of
 *   the state machine has none.
 */
export function openRuntime(ground: Ground): Promise<Runtime> {
  return ground.config.runtime === 'threaded' ? openThreaded(ground) : openAsync(ground);
}

async function openAsync(ground: Ground): Promise<Runtime> {
  const { config, dbPath, logLast, openMachine: given, opened } = ground;
  const { logger } = ground.world;
  const openMachine = given instanceof URL ? await importMachine(given.href) : given;
  const open = openMachine ?? openKeyValues(config);
  const machine = opened.add(await open(dbPath, logLast, logger));
  const network = opened.add(await openNetwork(networkOf(ground)));
  const firstToken = randomInt(1, 2 ** 47);
  const world: World = { ...ground.world, network, machine, firstToken };
  return { world, run: (boot) => raftNode(boot, world) };
}

async function openThreaded(ground: Ground): Promise<Runtime> {
  const { config, self, dbPath, logLast, openMachine, opened } = ground;
  const { identity, version, log, logger, startedAt, leaving$ } = ground.world;
  assert(typeof openMachine !== 'function', 'a function does not go to another thread');
  const thread = opened.add(
    await openServiceThread(
      {
        config,
        self,
        identity,
        dbPath,
        logLast,
        machine: openMachine?.href ?? null,
        version,
        startedAt: startedAt + performance.timeOrigin,
      },
      { log, logger },
    ),
  );
  const network = opened.add(await openLoopNetwork(networkOf(ground)));
  const { machine } = thread.service;
  const world: LoopWorld = { ...ground.world, network, machine };
  const service = thread.service.service(network, leaving$);
  return { world, run: (boot) => raftLoop(boot, world, service) };
}

function networkOf({ config, self, world }: Ground) {
  const peers = config.nodes.filter(({ id }) => id !== self.id);
  return { self, peers, limits: limitsOf(config), logger: world.logger };
}
