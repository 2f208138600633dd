import { join } from 'node:path';
import { type Observable, Subject } from 'rxjs';
import type { Config } from '../config/schema.ts';
import type { Outcome } from '../lib/core/outcome.ts';
import type { NodeId } from '../lib/core/types.ts';
import type { View } from '../lib/core/view.ts';
import { Closers } from '../lib/kit/closers.ts';
import { ConfigError } from '../lib/kit/errors.ts';
import type { Logger } from '../lib/kit/logger.ts';
import { version } from '../lib/kit/version.ts';
import { openHttp } from '../lib/net/http.ts';
import { type DataDirectory, openDataDirectory } from '../lib/store/directory/data-directory.ts';
import { foundersOf } from '../lib/store/directory/identity.ts';
import { openRecorder } from '../lib/store/flight/open-recorder.ts';
import type { FlightRecorder } from '../lib/store/flight/recorder.ts';
import type { Identity } from '../lib/wire/peer.ts';
import { statusOf } from './about.ts';
import { bootState, recoverFiles, snapshotsOf } from './boot.ts';
import { limitsOf } from './limits.ts';
import { metricsOf } from './metrics.ts';
import type { OpenMachine } from './open-machine.ts';
import {
  foundersFor,
  hasIdentity,
  hasToAsk,
  leaveForGood,
  memberIn,
  NO_PLACE,
  type Place,
  tellDifference,
  unknownNode,
} from './place.ts';
import { realClock } from './real-clock.ts';
import { machineProblem, runtimeOf } from './runtimes.ts';
import type { LoopWorld, Places } from './world.ts';

export type { OpenMachine } from './open-machine.ts';

/** A node that runs in this process. */
export type RunningNode = {
  /**
   * Resolves after `stop`, or when the cluster has removed the node; rejects with what ended it if
   * it died.
   */
  readonly ended: Promise<void>;
  /** It waits for a cluster to add it. */
  readonly isJoining: boolean;
  /** Where it listens. */
  readonly listens: Places;
  /** Of its data directory. */
  readonly incarnation: number;
  /** What it last decided, as far as that may be seen; null until its first turn. */
  view(): View | null;
  /** Takes nothing new, answers or refuses what is pending, flushes and closes. */
  stop(): Promise<void>;
};

/**
 * Runs one node of a cluster: takes its data directory, recovers log and database, opens the
 * sockets, and runs the loop until it is stopped or dies.
 *
 * @param openMachine the key-value database if left out. A function, or the module (its URL) that
 *   exports it as `openMachine`: with the runtime `threaded` it must be a module.
 * @param place where it listens, and whether it is added to a cluster that is there; if left out
 *   the configuration says the first, and the node is one of those that its cluster begins with.
 * @throws {ConfigError} if nothing says where the node listens, or the runtime cannot take the state
 *   machine.
 * @throws {StorageError} if the directory is not ours, or what it holds must not be guessed about.
 * @throws {TransportError} if a socket cannot be bound.
 */
export async function runNode(
  config: Config,
  id: NodeId,
  logger: Logger,
  openMachine: OpenMachine | URL | null = null,
  place: Place = NO_PLACE,
): Promise<RunningNode> {
  const problem = machineProblem(config, openMachine);
  if (problem !== null) throw new ConfigError([problem]);
  const opened = new Closers();
  try {
    return await start(config, id, logger, openMachine, place, opened);
  } catch (reason) {
    // What was opened before the failure must not outlive it: a supervisor will try again.
    await opened.close();
    throw reason;
  }
}

async function start(
  config: Config,
  id: NodeId,
  logger: Logger,
  openMachine: OpenMachine | URL | null,
  place: Place,
  opened: Closers,
): Promise<RunningNode> {
  const { cluster, nodes } = config;
  const path = join(config.data, `${id}`);
  const known = nodes.find((node) => node.id === id);
  if (!known && !place.listens && !hasIdentity(path)) throw unknownNode(config, id);
  const joins = place.isJoining ? place.listens : null;
  const applicant = { cluster, node: id, members: foundersOf(nodes), joins };
  const directory = opened.add(await openDataDirectory(path, applicant));
  const identity = { cluster, node: id, incarnation: directory.incarnation };
  const { dbPath } = directory;
  const runtime = runtimeOf({ config, identity, logger, dbPath, machine: openMachine });
  const recovered = await recoverFiles(config, directory, identity, logger, runtime.openMachine);
  opened.add(recovered.log.store);
  opened.add(recovered.machine);
  const founders = await foundersFor(place, directory, recovered.log.last.index);
  const boot = bootState(config, id, founders, recovered);
  const { members } = boot.configuration;
  const listens = place.listens ?? known ?? memberIn(members, id) ?? directory.listens;
  if (!listens) throw unknownNode(config, id);
  tellDifference(nodes, members, logger);
  const self = { id, peer: listens.peer, client: listens.client, events: listens.events };
  const recorder = await startRecorder(config, directory, identity, logger, opened);
  const leaving$ = new Subject<void>();
  const common = {
    clock: realClock,
    log: recovered.log.store,
    ...snapshotsOf(config, recovered),
    logger,
    ...(recorder && { recorder }),
    identity,
    listens: self,
    configured: nodes,
    limits: limitsOf(config),
    version: version(),
    startedAt: realClock.now(),
    leaving$,
    isJoining: hasToAsk(place, members, id),
    onRemoved: (index: number) => void leaveForGood(directory, index, logger, leaving$),
  };
  const { world, run } = await runtime.open(common, opened);
  const { peer, client, events } = self;
  const { last, term } = boot.view;
  logger.info('node.start', { version: world.version, peer, client, events, term, last });
  return supervise(run(boot), world, known?.http, leaving$, opened);
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
  http: string | undefined,
  leaving$: Subject<void>,
  opened: Closers,
): Promise<RunningNode> {
  let view: View | null = null;
  let leaving = false;
  // the last that can fail, so before there is a loop that would go on without it
  if (http) {
    const status = (): Record<string, unknown> => (view ? statusOf(world, view) : {});
    opened.add(
      await openHttp(http, {
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
    isJoining: world.isJoining,
    listens: world.listens,
    incarnation: world.identity.incarnation,
    view: () => view,
    stop: () => {
      leaving = true;
      leaving$.next();
      return ended;
    },
  };
}
