import type { Observable } from 'rxjs';
import type { Turn } from '../lib/core/input.ts';
import type { Outcome } from '../lib/core/outcome.ts';
import type { Millis, NodeId } from '../lib/core/types.ts';
import type { Logger } from '../lib/kit/logger.ts';
import type { Network } from '../lib/net/network.ts';
import type { LogStore } from '../lib/store/log-store.ts';
import type { StateMachine } from '../lib/store/state-machine.ts';
import type { Identity } from '../lib/wire/peer.ts';

/**
 * Everything outside the loop. The real one is put together in run-node.ts; a simulated one differs
 * in `clock`, `network` and what lies under `log` and `machine`.
 */
export type World = {
  readonly clock: Clock;
  readonly network: Network;
  readonly log: LogStore;
  readonly machine: StateMachine;
  readonly logger: Logger;
  readonly identity: Identity;
  readonly members: readonly Member[];
  readonly limits: Limits;
  readonly version: string;
  /** Names of requests between nodes count up from here: chosen anew in each run. Below 2^47. */
  readonly firstToken: number;
  /** Of the monotonic clock. */
  readonly startedAt: Millis;
  /** Emits once when the node is asked to leave: it takes nothing new, and ends when all is said. */
  readonly leaving$: Observable<void>;
  /** Shown every turn with what it came to, before anything of it is carried out. */
  readonly seen?: (turn: Turn, outcome: Outcome) => void;
};

/** A node of the cluster and where it is reached. */
export type Member = {
  readonly id: NodeId;
  readonly peer: string;
  readonly client: string;
  readonly events: string;
};

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
