import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { type Observable, Subject } from 'rxjs';
import type { Config } from '../config/schema.ts';
import type { Outcome } from '../lib/core/outcome.ts';
import type { NodeId } from '../lib/core/types.ts';
import type { View } from '../lib/core/view.ts';
import { Closers } from '../lib/kit/closers.ts';
import type { Logger } from '../lib/kit/logger.ts';
import { version } from '../lib/kit/version.ts';
import { openHttp } from '../lib/net/http.ts';
import { openNetwork } from '../lib/net/open-network.ts';
import { openDatabase } from '../lib/store/database/database.ts';
import { type DataDirectory, openDataDirectory } from '../lib/store/directory/data-directory.ts';
import { foundersOf } from '../lib/store/directory/identity.ts';
import { openRecorder } from '../lib/store/flight/open-recorder.ts';
import type { FlightRecorder } from '../lib/store/flight/recorder.ts';
import type { StateMachine } from '../lib/store/state-machine.ts';
import { REQUEST_OVERHEAD_BYTES } from '../lib/wire/client.ts';
import type { Identity } from '../lib/wire/peer.ts';
import { statusOf } from './about.ts';
import { bootState, recoverFiles, snapshotsOf } from './boot.ts';
import { metricsOf } from './metrics.ts';
import { raftNode } from './node.ts';
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
import type { Limits, Places, World } from './world.ts';

/** Messages on their way to one peer: more than the leader's window of entries ever holds. */
const PEER_MESSAGES = 1024;
/** Frames of clients up to here are refused with a reply; larger ones end the connection. */
const REFUSED_FRAME_BYTES = 16 << 20;
/** A reply may hold so much besides one value. */
const REPLY_BYTES = 1 << 20;

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
 * Opens the state machine of an embedding program.
 *
 * @param path a directory of its own. What it holds is an image of the log and may be thrown away.
 * @param logLast the last entry of the log: a machine that has applied more proves that the log
 *   lost some, and must refuse.
 */
export type OpenMachine = (path: string, logLast: number, logger: Logger) => Promise<StateMachine>;

/**
 * Runs one node of a cluster: takes its data directory, recovers log and database, opens the
 * sockets, and runs the loop until it is stopped or dies.
 *
 * @param openMachine the key-value database if left out.
 * @param place where it listens, and whether it is added to a cluster that is there; if left out
 *   the configuration says the first, and the node is one of those that its cluster begins with.
 * @throws {ConfigError} if nothing says where the node listens.
 * @throws {StorageError} if the directory is not ours, or what it holds must not be guessed about.
 * @throws {TransportError} if a socket cannot be bound.
 */
export async function runNode(
  config: Config,
  id: NodeId,
  logger: Logger,
  openMachine: OpenMachine = openKeyValues(config),
  place: Place = NO_PLACE,
): Promise<RunningNode> {
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
  openMachine: OpenMachine,
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
  const recovered = await recoverFiles(config, directory, identity, logger, (logLast) =>
    openMachine(directory.dbPath, logLast, logger),
  );
  const { log, machine } = recovered;
  opened.add(log.store);
  opened.add(machine);
  const founders = await foundersFor(place, directory, log.last.index);
  const boot = bootState(config, id, founders, recovered);
  const { members } = boot.configuration;
  const listens = place.listens ?? known ?? memberIn(members, id) ?? directory.listens;
  if (!listens) throw unknownNode(config, id);
  tellDifference(nodes, members, logger);
  const limits = limitsOf(config);
  const self = { id, peer: listens.peer, client: listens.client, events: listens.events };
  const network = opened.add(
    await openNetwork({
      self,
      peers: [],
      logger,
      limits: { ...limits, peerMessages: PEER_MESSAGES },
    }),
  );
  const recorder = await startRecorder(config, directory, identity, logger, opened);
  const leaving$ = new Subject<void>();
  const world: World = {
    clock: realClock,
    network,
    log: log.store,
    machine,
    ...snapshotsOf(config, recovered),
    logger,
    ...(recorder && { recorder }),
    identity,
    listens: self,
    configured: nodes,
    limits,
    version: version(),
    firstToken: randomInt(1, 2 ** 47),
    startedAt: realClock.now(),
    leaving$,
    isJoining: hasToAsk(place, members, id),
    onRemoved: (index) => void leaveForGood(directory, index, logger, leaving$),
  };
  const { peer, client, events } = self;
  const { last, term } = boot.view;
  logger.info('node.start', { version: world.version, peer, client, events, term, last });
  return supervise(raftNode(boot, world), world, known?.http, leaving$, opened);
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
  world: World,
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

/** Sizes that follow from the configuration, in bytes. */
function limitsOf({ client, raft, snapshot }: Config): Limits & FrameLimits {
  const recordBytes = client.valueBytes + REQUEST_OVERHEAD_BYTES + REPLY_BYTES;
  return {
    ...client,
    recordBytes,
    peerFrameBytes: 2 * Math.max(raft.messageBytes, recordBytes, snapshot.chunkBytes),
    clientFrameBytes: Math.max(REFUSED_FRAME_BYTES, 2 * recordBytes),
  };
}

type FrameLimits = { readonly peerFrameBytes: number; readonly clientFrameBytes: number };

/** The key-value database, as the configuration wants it. */
function openKeyValues({ client, db }: Config): OpenMachine {
  return async (directory, logLast, logger) => {
    const limits = {
      valueBytes: client.valueBytes,
      history: { revs: db.historyRevs, bytes: db.historyBytes },
      sessions: client.sessions,
      leases: client.leases,
    };
    const { machine, notes } = await openDatabase({ directory, logLast, limits });
    for (const note of notes) logger.warn('database.note', { note });
    return machine;
  };
}
