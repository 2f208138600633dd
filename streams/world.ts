import type { Observable } from 'rxjs';
import type { Index, Member, Millis, NodeId } from '../lib/core/types.ts';
import type { Logger } from '../lib/kit/logger.ts';
import type { LoopNetwork, ServiceNetwork } from '../lib/net/network.ts';
import type { LogStore } from '../lib/store/log-store.ts';
import type { SnapshotStore } from '../lib/store/snapshot-store.ts';
import type { StateMachine } from '../lib/store/state-machine.ts';
import type { Identity } from '../lib/wire/peer.ts';
import type { TurnRecorder } from './record.ts';
import type { SnapshotTraffic } from './snapshot-traffic.ts';

/**
 * Everything outside a node. The real one is put together in run-node.ts; a simulated one differs
 * in `clock`, `network` and what lies under `log` and `machine`.
 */
export type World = LoopWorld & ServiceWorld;

/** What lies outside Raft's own loop: peers, the log, watchers. */
export type LoopWorld = CommonWorld & {
  readonly network: LoopNetwork;
  readonly log: LogStore;
  /** How far the state machine is, and what snapshots need of it. */
  readonly machine: Pick<StateMachine, 'applied' | 'rev' | 'copy' | 'install'>;
  /** Left out if the state machine cannot be copied: then the log is never compacted. */
  readonly snapshots?: SnapshotWorld;
  /** Writes down every turn, if it is there. */
  readonly recorder?: TurnRecorder;
  /** Where this node listens, which its peers are told. */
  readonly listens: Places;
  /** Where nodes are as the configuration file has it: tried as well, for those that have moved. */
  readonly configured: readonly (Places & { readonly id: NodeId })[];
  /** It asks a cluster to add it: until that has, it is no news that it is no member. */
  readonly isJoining: boolean;
  /**
   * Called once when the cluster has removed this node by the configuration at `index`: it is to be
   * told to leave, and must not come back as it is.
   */
  readonly onRemoved: (index: Index) => void;
};

/** What lies outside the part that applies entries and serves clients (service.ts). */
export type ServiceWorld = CommonWorld & {
  readonly network: ServiceNetwork;
  readonly log: Pick<LogStore, 'read'>;
  readonly machine: StateMachine;
  /** What is on its way, if there are snapshots. */
  readonly snapshots?: Pick<SnapshotWorld, 'traffic'>;
  /** Names of requests between nodes count up from here: chosen anew in each run. Below 2^47. */
  readonly firstToken: number;
};

type CommonWorld = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly identity: Identity;
  readonly limits: Limits;
  readonly version: string;
  /** Of the monotonic clock. */
  readonly startedAt: Millis;
  /** Emits once when the node is asked to leave: it takes nothing new, and ends when all is said. */
  readonly leaving$: Observable<void>;
};

/** Snapshots on disk, and when they are taken. Sizes in bytes. */
export type SnapshotWorld = {
  readonly store: SnapshotStore;
  /** One is taken after so many entries, or entries of so many bytes. */
  readonly everyEntries: number;
  readonly everyBytes: number;
  /** Of a file in one message. */
  readonly chunkBytes: number;
  readonly traffic: SnapshotTraffic;
};

/** Where a node is reached: `tcp://HOST:PORT` each. */
export type Places = Pick<Member, 'peer' | 'client' | 'events'>;

/** What one node holds for others at most. */
export type Limits = {
  /** Largest record of a peer to believe, in bytes. */
  readonly recordBytes: number;
  /** Largest value of a key, in bytes. */
  readonly valueBytes: number;
  /** Unanswered requests, and the bytes of their frames. */
  readonly pendingRequests: number;
  readonly pendingBytes: number;
};

export type Clock = {
  /** Monotonic. */
  readonly now: () => Millis;
  /** Milliseconds since the epoch: for people, never for decisions. */
  readonly wall: () => number;
  /** Runs `task` soon, but never before the current call stack has unwound. */
  readonly defer: (task: () => void) => void;
  /** Runs `task` once after `ms`; the returned function calls it off. */
  readonly after: (ms: Millis, task: () => void) => () => void;
};
