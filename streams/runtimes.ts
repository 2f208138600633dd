import { randomInt } from 'node:crypto';
import { firstValueFrom, type Observable } from 'rxjs';
import type { Config } from '../config/schema.ts';
import type { Outcome } from '../lib/core/outcome.ts';
import type { RaftState } from '../lib/core/state.ts';
import type { Index } from '../lib/core/types.ts';
import { assert } from '../lib/kit/assert.ts';
import type { Closers } from '../lib/kit/closers.ts';
import type { Logger } from '../lib/kit/logger.ts';
import type { LoopNetwork } from '../lib/net/network.ts';
import { openLoopNetwork, openNetwork } from '../lib/net/open-network.ts';
import type { Recoverable, StateMachine } from '../lib/store/state-machine.ts';
import type { Identity } from '../lib/wire/peer.ts';
import { limitsOf } from './limits.ts';
import { raftLoop, raftNode } from './node.ts';
import { importMachine, type OpenMachine, openKeyValues } from './open-machine.ts';
import type { FarService } from './threads/far-service.ts';
import { openServiceThread } from './threads/service-thread.ts';
import type { LoopWorld, World } from './world.ts';

/** What a node is put together from, whatever its runtime. */
export type Ground = {
  readonly config: Config;
  readonly identity: Identity;
  readonly logger: Logger;
  /** Where the state machine keeps what it has. */
  readonly dbPath: string;
  /** That of an embedding program: a function, or the module that exports it. */
  readonly machine: OpenMachine | URL | null;
};

/** Where state machine and clients are: all in this thread, or in another. */
export type Runtime = {
  /** @throws {StorageError}; {ConfigError} if a module has no state machine. */
  readonly openMachine: (logLast: Index) => Promise<Recoverable>;
  /** Opens the sockets. @throws {TransportError} */
  readonly open: (world: CommonWorld, opened: Closers) => Promise<Node>;
};

type CommonWorld = Omit<LoopWorld, 'network' | 'machine'>;

/** A world around a loop, and the loop in it. */
export type Node = {
  readonly world: LoopWorld;
  readonly run: (boot: RaftState) => Observable<Outcome>;
};

/** Why a state machine does not go with the runtime, or null. */
export function machineProblem(
  { runtime }: Config,
  machine: OpenMachine | URL | null,
): string | null {
  if (runtime !== 'threaded' || typeof machine !== 'function') return null;
  return 'runtime: threaded cannot take a state machine that is a function of this thread: give the URL of a module that exports it as openMachine, or choose async';
}

export function runtimeOf(ground: Ground): Runtime {
  return ground.config.runtime === 'threaded' ? threaded(ground) : async(ground);
}

function async(ground: Ground): Runtime {
  const { config, logger, dbPath, machine: given } = ground;
  let machine: StateMachine | null = null;
  return {
    openMachine: async (logLast) => {
      const imported = given instanceof URL ? await importMachine(given.href) : given;
      const open = imported ?? openKeyValues(config);
      machine = await open(dbPath, logLast, logger);
      return machine;
    },
    open: async (common, opened) => {
      assert(machine !== null, 'the state machine is opened first');
      const network = opened.add(await openNetwork(networkOf(ground, common)));
      const firstToken = randomInt(1, 2 ** 47);
      const world: World = { ...common, network, machine, firstToken };
      return { world, run: (boot) => raftNode(boot, world) };
    },
  };
}

function threaded(ground: Ground): Runtime {
  const { config, identity, logger, dbPath, machine: given } = ground;
  assert(typeof given !== 'function', 'a function does not go to another thread');
  let thread: FarService | null = null;
  return {
    openMachine: async (logLast) => {
      const machine = given?.href ?? null;
      const order = { config, identity, dbPath, logLast, machine };
      thread = await openServiceThread(order, logger);
      return thread.machine;
    },
    open: async (common, opened) => {
      assert(thread !== null, 'the state machine is opened first');
      thread.serve({
        startedAt: common.startedAt + performance.timeOrigin,
        listens: common.listens,
      });
      await firstValueFrom(thread.ready$);
      const network = opened.add(await openLoopNetwork(networkOf(ground, common)));
      const setPeers = dialledByBoth(network, thread);
      const { machine } = thread;
      const world: LoopWorld = { ...common, network: { ...network, setPeers }, machine };
      const service = thread.service({ ...common, network });
      return { world, run: (boot) => raftLoop(boot, world, service) };
    },
  };
}

/** Each thread has links of its own to the same peers. */
function dialledByBoth(network: LoopNetwork, thread: FarService): LoopNetwork['setPeers'] {
  return (peers) => {
    thread.setPeers(peers);
    return network.setPeers(peers);
  };
}

function networkOf({ config, identity, logger }: Ground, { listens }: CommonWorld) {
  const self = { id: identity.node, ...listens };
  return { self, peers: [], limits: limitsOf(config), logger };
}
