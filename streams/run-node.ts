import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { type Observable, Subject } from 'rxjs';
import type { Config, NodeAddress } from '../config/schema.ts';
import type { Outcome } from '../lib/core/outcome.ts';
import { foundedBy } from '../lib/core/quorum.ts';
import type { Settings } from '../lib/core/settings.ts';
import { begin, type RaftState } from '../lib/core/state.ts';
import type { NodeId } from '../lib/core/types.ts';
import type { View } from '../lib/core/view.ts';
import { Closers } from '../lib/kit/closers.ts';
import { ConfigError } from '../lib/kit/errors.ts';
import type { Logger } from '../lib/kit/logger.ts';
import { version } from '../lib/kit/version.ts';
import { openHttp } from '../lib/net/http.ts';
import { openNetwork } from '../lib/net/open-network.ts';
import { openDatabase } from '../lib/store/database/database.ts';
import { type DataDirectory, openDataDirectory } from '../lib/store/directory/data-directory.ts';
import { realDisk } from '../lib/store/disk/disk-real.ts';
import { openRecorder } from '../lib/store/flight/open-recorder.ts';
import type { FlightRecorder } from '../lib/store/flight/recorder.ts';
import { recover } from '../lib/store/log/recover.ts';
import type { Recovered } from '../lib/store/log-store.ts';
import type { StateMachine } from '../lib/store/state-machine.ts';
import { REQUEST_OVERHEAD_BYTES } from '../lib/wire/client.ts';
import type { Identity } from '../lib/wire/peer.ts';
import { statusOf } from './about.ts';
import { metricsOf } from './metrics.ts';
import { raftNode } from './node.ts';
import { realClock } from './real-clock.ts';
import type { Limits, World } from './world.ts';

/** Messages on their way to one peer: more than the leader's window of entries ever holds. */
const PEER_MESSAGES = 1024;
/** Frames of clients up to here are refused with a reply; larger ones end the connection. */
const REFUSED_FRAME_BYTES = 16 << 20;
/** A reply may hold so much besides one value. */
const REPLY_BYTES = 1 << 20;

/** A node that runs in this process. */
export type RunningNode = {
  /** Resolves after `stop`; rejects with what ended the node if it died. */
  readonly ended: Promise<void>;
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
 * @throws {ConfigError} if the configuration has no node `id`.
 * @throws {StorageError} if the directory is not ours, or what it holds must not be guessed about.
 * @throws {TransportError} if a socket cannot be bound.
 */
export async function runNode(
  config: Config,
  id: NodeId,
  logger: Logger,
  openMachine: OpenMachine = openKeyValues(config),
): Promise<RunningNode> {
  const self = config.nodes.find((node) => node.id === id);
  if (!self) throw new ConfigError([unknownNode(config, id)]);
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
  openMachine: OpenMachine,
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
  const recovered = await recover(realDisk(directory.walPath), {
    owner: identity,
    segmentBytes: config.wal.segmentBytes,
    tailBytes: config.raft.windowBytes,
    timer: realClock,
  });
  opened.add(recovered.store);
  for (const note of recovered.notes) logger.info('log.note', { note });
  const machine = opened.add(await openMachine(directory.dbPath, recovered.last.index, logger));
  const peers = nodes.filter(({ id }) => id !== self.id);
  const limits = limitsOf(config);
  const network = opened.add(
    await openNetwork({ self, peers, logger, limits: { ...limits, peerMessages: PEER_MESSAGES } }),
  );
  const recorder = await startRecorder(config, directory, identity, logger, opened);
  const leaving$ = new Subject<void>();
  const world: World = {
    clock: realClock,
    network,
    log: recovered.store,
    machine,
    logger,
    ...(recorder && { recorder }),
    identity,
    members: nodes,
    limits,
    version: version(),
    firstToken: randomInt(1, 2 ** 47),
    startedAt: realClock.now(),
    leaving$,
  };
  const boot = bootState(config, self.id, recovered, machine);
  const { peer, client, events } = self;
  const { last, term } = boot.view;
  logger.info('node.start', { version: world.version, peer, client, events, term, last });
  return supervise(raftNode(boot, world), world, self, leaving$, opened);
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

/** Sizes that follow from the configuration, in bytes. */
function limitsOf({ client, raft }: Config): Limits & FrameLimits {
  const recordBytes = client.valueBytes + REQUEST_OVERHEAD_BYTES + REPLY_BYTES;
  return {
    ...client,
    recordBytes,
    peerFrameBytes: 2 * Math.max(raft.messageBytes, recordBytes),
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
    };
    const { machine, notes } = await openDatabase({ directory, logLast, limits });
    for (const note of notes) logger.warn('database.note', { note });
    return machine;
  };
}

function bootState(
  config: Config,
  id: NodeId,
  { hard, base, last, terms, tail, configurations }: Recovered,
  { applied }: StateMachine,
): RaftState {
  const members = config.nodes.map(({ id: node, peer, client, events }) => {
    return { id: node, peer, client, events, incarnation: null };
  });
  const now = realClock.now();
  return begin({
    id,
    configurations: [{ index: 0, configuration: foundedBy(members) }, ...configurations],
    settings: settingsOf(config),
    seed: randomInt(1, 2 ** 32),
    hard,
    log: { base, last, terms, tail },
    applied,
    now,
    heardAt: hard.term > 0 ? now : Number.NEGATIVE_INFINITY,
  });
}

function settingsOf({ raft }: Config): Settings {
  return {
    heartbeatMs: raft.heartbeat,
    electionMsMin: raft.election[0],
    electionMsMax: raft.election[1],
    leaseMs: raft.election[0] / (1 + raft.clockDrift / 100),
    diskStallMs: raft.diskStall,
    inflightMessagesMax: raft.inflightMessages,
    inflightBytesMax: raft.inflightBytes,
    messageBytesMax: raft.messageBytes,
    windowBytesMax: raft.windowBytes,
    uncommittedBytesMax: raft.uncommittedBytes,
  };
}

function unknownNode({ nodes }: Config, id: NodeId): string {
  const ids = nodes.map((node) => node.id).join(', ');
  return `nodes: there is no node ${id}; the configuration names ${ids}`;
}
