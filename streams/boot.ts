import { randomInt } from 'node:crypto';
import type { Config } from '../config/schema.ts';
import { foundedBy } from '../lib/core/quorum.ts';
import type { Settings } from '../lib/core/settings.ts';
import type { Snapshot } from '../lib/core/snapshot.ts';
import { begin, type RaftState } from '../lib/core/state.ts';
import type { Configuration, ConfigurationAt, Index, Member, NodeId } from '../lib/core/types.ts';
import type { Logger } from '../lib/kit/logger.ts';
import type { DataDirectory } from '../lib/store/directory/data-directory.ts';
import { realDisk } from '../lib/store/disk/disk-real.ts';
import type { Recovered } from '../lib/store/log-store.ts';
import { type RecoveredServer, recoverServer } from '../lib/store/recover-server.ts';
import type { Recoverable } from '../lib/store/state-machine.ts';
import type { Identity } from '../lib/wire/peer.ts';
import { realClock } from './real-clock.ts';
import { SnapshotTraffic } from './snapshot-traffic.ts';
import type { LoopWorld } from './world.ts';

/** Brings together what lies in the directory; whatever had to be repaired is told. */
export async function recoverFiles(
  config: Config,
  { walPath, snapshotsPath }: DataDirectory,
  owner: Identity,
  logger: Logger,
  openMachine: (logLast: Index) => Promise<Recoverable>,
): Promise<RecoveredServer<Recoverable>> {
  const files = {
    wal: realDisk(walPath),
    snapshots: realDisk(snapshotsPath),
    openMachine,
  };
  const recovered = await recoverServer(files, {
    owner,
    segmentBytes: config.wal.segmentBytes,
    tailBytes: config.raft.windowBytes,
    timer: realClock,
  });
  for (const note of recovered.notes) logger.info('log.note', { note });
  return recovered;
}

/** Nothing if the state machine cannot be copied. */
export function snapshotsOf(
  { snapshot }: Config,
  { snapshots, machine }: RecoveredServer<Recoverable>,
): Pick<LoopWorld, 'snapshots'> {
  if (!machine.copy || !machine.install) return {};
  const { everyEntries, everyBytes, chunkBytes } = snapshot;
  const traffic = new SnapshotTraffic();
  return { snapshots: { store: snapshots, everyEntries, everyBytes, chunkBytes, traffic } };
}

/**
 * The state from which a node goes on.
 *
 * @param founders of the cluster, as the directory has them.
 */
export function bootState(
  config: Config,
  id: NodeId,
  founders: readonly Member[],
  { log, snapshot, machine: { applied } }: RecoveredServer<Recoverable>,
): RaftState {
  const { hard, base, last, terms, tail } = log;
  const now = realClock.now();
  return begin({
    id,
    configurations: configurationsFrom(foundedBy(founders), snapshot, log),
    settings: settingsOf(config),
    seed: randomInt(1, 2 ** 32),
    hard,
    log: { base, last, terms, tail },
    snapshot,
    applied,
    now,
    heardAt: hard.term > 0 ? now : Number.NEGATIVE_INFINITY,
  });
}

/**
 * A log that has let go of entries goes on from the configuration of its snapshot. What it holds
 * itself between its base and the end of the snapshot counts from there on; what was in force at the
 * base, if that was another, matters to nobody any more.
 */
export function configurationsFrom(
  founding: Configuration,
  snapshot: Snapshot | null,
  { base, configurations }: Pick<Recovered, 'base' | 'configurations'>,
): readonly ConfigurationAt[] {
  const configuration = base.index > 0 && snapshot ? snapshot.configuration : founding;
  return [{ index: base.index, configuration }, ...configurations];
}

function settingsOf({ raft, snapshot }: Config): Settings {
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
    keepEntries: snapshot.keepEntries,
  };
}
