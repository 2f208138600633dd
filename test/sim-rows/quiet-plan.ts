import type { Settings } from '../../lib/core/settings.ts';
import type { NodeId } from '../../lib/core/types.ts';
import type { ClientsPlan, DiskPlan, NetworkPlan, Plan, SnapshotsPlan } from '../sim/plan.ts';

/** Between two beats, in simulated ms. */
export const HEARTBEAT_MS = 20;
/** Shortest election timeout; the longest is twice as long. */
export const ELECTION_MS = 200;
export const ELECTION_MS_MAX = 2 * ELECTION_MS;

/** How a row differs from a quiet cluster. */
export type Changes = {
  readonly seed?: number;
  readonly settings?: Partial<Settings>;
  /** Settings of single servers that differ from those of the others. */
  readonly own?: Readonly<Record<NodeId, Partial<Settings>>>;
  readonly network?: Partial<NetworkPlan>;
  readonly disk?: Partial<DiskPlan>;
  readonly clients?: Partial<ClientsPlan>;
  readonly drift?: number;
  readonly snapshots?: Partial<SnapshotsPlan>;
  readonly troubleMs?: number;
  readonly actions?: Plan['actions'];
};

const SETTINGS: Settings = {
  heartbeatMs: HEARTBEAT_MS,
  electionMsMin: ELECTION_MS,
  electionMsMax: ELECTION_MS_MAX,
  leaseMs: 0.9 * ELECTION_MS,
  diskStallMs: 5 * ELECTION_MS,
  inflightMessagesMax: 64,
  inflightBytesMax: 1 << 20,
  messageBytesMax: 1 << 16,
  windowBytesMax: 1 << 16,
  uncommittedBytesMax: 1 << 20,
  keepEntries: 10,
};

const NETWORK: NetworkPlan = {
  delayMs: 2,
  lostPart: 0,
  doubledPart: 0,
  latePart: 0,
  lateMs: 0,
  lostBeatPart: 0,
  isDeaf: false,
  corruptPart: 0,
  keepsMail: false,
  messagesMax: 1024,
  detectMs: ELECTION_MS,
  reconnectMs: 5,
};

const DISK: DiskPlan = {
  syncMs: 2,
  inThreadBytes: 0,
  segmentBytes: 8192,
  idleMs: 50,
  lateReadMs: 0,
};

const CLIENTS: ClientsPlan = {
  connections: 1,
  perConnection: 1,
  keys: 3,
  thinkMs: 5,
  timeoutMs: 5 * ELECTION_MS,
  paddingBytes: 0,
  hasTransactions: false,
  hasLeaseReads: false,
  hasSessions: false,
  hasLeases: false,
  ttlMs: 1000,
  isWatched: false,
  pendingRequests: 10_000,
};

const NO_SNAPSHOTS: SnapshotsPlan = {
  everyEntries: Number.POSITIVE_INFINITY,
  everyBytes: Number.POSITIVE_INFINITY,
  chunkBytes: 500,
};

/** A cluster to which nothing happens but what a row says. */
export function quietPlan(size: number, changes: Changes = {}): Plan {
  const { seed = 1, own = {}, drift = 0, troubleMs = 0, actions = [] } = changes;
  return {
    seed,
    size,
    settings: { ...SETTINGS, ...changes.settings },
    own,
    troubleMs,
    loopMs: 0.2,
    threadedPart: 0,
    network: { ...NETWORK, ...changes.network },
    disk: { ...DISK, ...changes.disk },
    snapshots: { ...NO_SNAPSHOTS, ...changes.snapshots },
    drift,
    clients: { ...CLIENTS, ...changes.clients },
    actions,
  };
}
