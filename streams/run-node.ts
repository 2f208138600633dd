import { join } from 'node:path';
import { type Observable, Subject } from 'rxjs';
import type { Config, NodeAddress } from '../config/schema.ts';
import type { Outcome } from '../lib/core/outcome.ts';
import type { NodeId } from '../lib/core/types.ts';
import type { View } from '../lib/core/view.ts';
import { Closers } from '../lib/kit/closers.ts';
import { ConfigError } from '../lib/kit/errors.ts';
import type { Logger } from '../lib/kit/logger.ts';
import { version } from '../lib/kit/version.ts';
import { openHttp } from '../lib/net/http.ts';
import { type DataDirectory, openDataDirectory } from '../lib/store/directory/data-directory.ts';
import { openRecorder } from '../lib/store/flight/open-recorder.ts';
import type { FlightRecorder } from '../lib/store/flight/recorder.ts';
import type { Identity } from '../lib/wire/peer.ts';
import { statusOf } from './about.ts';
import { bootState, recoverFiles, snapshotsOf } from './boot.ts';
import { limitsOf } from './limits.ts';
import { metricsOf } from './metrics.ts';
import type { OpenMachine } from './open-machine.ts';
import { realClock } from './real-clock.ts';
import { machineProblem, runtimeOf } from './runtimes.ts';
import type { LoopWorld } from './world.ts';

export type { OpenMachine } from './open-machine.ts';

/** A node that runs in this process. */
export type RunningNode = {
  /** Resolves after `stop`; rejects with what ended the node if it died. */
  readonly ended: Promise<void>;
  /** Takes nothing new, answers or refuses what is pending, flushes and closes. */
  stop(): Promise<void>;
};

/**
 * Runs one node of a cluster: takes its data directory, recovers log and database, opens the
 * sockets, and runs the loop until it is stopped or dies.
 *
 * @param openMachine the key-value database if left out. A function, or the module (its URL) that
 *   exports it as `openMachine`: with the runtime `threaded` it must be a module.
 * @throws {ConfigError} if the configuration has no node `id`, or does not go with `openMachine`.
 * @throws {StorageError} if the directory is not ours, or what it holds must not be guessed about.
 * @throws {TransportError} if a socket cannot be bound.
 */
export async function runNode(
  config: Config,
  id: NodeId,
  logger: Logger,
  openMachine: OpenMachine | URL | null = null,
): Promise<RunningNode> {
  const self = config.nodes.find((node) => node.id === id);
  if (!self) throw new ConfigError([unknownNode(config, id)]);
  const problem = machineProblem(config, openMachine);
  if (problem !== null) throw new ConfigError([problem]);
  const opened = new Closers();
  try {
    return await start(config, self, logger, openMachine, opened);
  } catch (reason) {
    // What was opened before the failure must not outlive it: a supervisor will try again.
    await opened.close();
    throw reason;
  }
}

async function start(
  config: Config,
  self: NodeAddress,
  logger: Logger,
  openMachine: OpenMachine | URL | null,
  opened: Closers,
): Promise<RunningNode> {
  const { cluster, nodes } = config;
  const voters = nodes.map(({ id }) => id);
  const directory = opened.add(
    await openDataDirectory(join(config.data, `${self.id}`), {
      cluster,
      node: self.id,
      voters,
    }),
  );
  const identity = { cluster, node: self.id, incarnation: directory.incarnation };
  const { dbPath } = directory;
  const runtime = runtimeOf({ config, self, identity, logger, dbPath, machine: openMachine });
  const recovered = await recoverFiles(config, directory, identity, logger, runtime.openMachine);
  const { log } = recovered;
  opened.add(log.store);
  opened.add(recovered.machine);
  const recorder = await startRecorder(config, directory, identity, logger, opened);
  const leaving$ = new Subject<void>();
  const common = {
    clock: realClock,
    log: log.store,
    ...snapshotsOf(config, recovered),
    logger,
    ...(recorder && { recorder }),
    identity,
    members: nodes,
    limits: limitsOf(config),
    version: version(),
    startedAt: realClock.now(),
    leaving$,
  };
  const { world, run } = await runtime.open(common, opened);
  const boot = bootState(config, self.id, recovered);
  const { peer, client, events } = self;
  const { last, term } = boot.view;
  logger.info('node.start', { version: world.version, peer, client, events, term, last });
  return supervise(run(boot), world, self, leaving$, opened);
}

/** The flight recorder, if the configuration wants one and its files can be made. */
async function startRecorder(
  { record }: Config,
  { flightPath: path }: DataDirectory,
  owner: Identity,
  logger: Logger,
  opened: Closers,
): Promise<FlightRecorder | null> {
  if (record.bytes === 0) return null;
  const options = { owner, version: version(), clock: realClock, logger };
  const recorder = await openRecorder(path, record.bytes, options);
  if (!recorder) return null;
  logger.info('record.start', { path, bytes: record.bytes });
  return opened.add(recorder).recorder;
}

/** Runs the loop; whatever ends it, everything is closed before `ended` settles. */
async function supervise(
  node$: Observable<Outcome>,
  world: LoopWorld,
  self: NodeAddress,
  leaving$: Subject<void>,
  opened: Closers,
): Promise<RunningNode> {
  let view: View | null = null;
  let leaving = false;
  // the last that can fail, so before there is a loop that would go on without it
  if (self.http) {
    const status = (): Record<string, unknown> => (view ? statusOf(world, view) : {});
    opened.add(
      await openHttp(self.http, {
        status,
        healthy: () => !leaving && view !== null && view.leader !== null,
        metrics: () => metricsOf(status()),
      }),
    );
  }
  const looped = new Promise<void>((resolve, reject) => {
    node$.subscribe({
      next: (outcome) => {
        view = outcome.view;
      },
      error: reject,
      complete: resolve,
    });
  });
  const ended = looped.finally(() => opened.close());
  return {
    ended,
    stop: () => {
      leaving = true;
      leaving$.next();
      return ended;
    },
  };
}

function unknownNode({ nodes }: Config, id: NodeId): string {
  const ids = nodes.map((node) => node.id).join(', ');
  return `nodes: there is no node ${id}; the configuration names ${ids}`;
}
