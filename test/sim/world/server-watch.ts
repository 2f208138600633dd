import type { Entry } from '../../../lib/core/entry.ts';
import type { Turn } from '../../../lib/core/input.ts';
import type { Outcome } from '../../../lib/core/outcome.ts';
import type { RaftState } from '../../../lib/core/state.ts';
import type { Recovered } from '../../../lib/store/log-store.ts';
import type { RecoveredServer } from '../../../lib/store/recover-server.ts';
import type { Applied, StateMachine } from '../../../lib/store/state-machine.ts';
import type { SimServer } from './server.ts';

/** Who is shown all that a server does. What they throw ends the run. */
export type ServerWatch = {
  /** What recovery found, before it is used. */
  readonly recovered: (server: SimServer, recovered: RecoveredServer) => Promise<void>;
  readonly began: (server: SimServer, state: RaftState) => void;
  readonly seen: (server: SimServer, turn: Turn, outcome: Outcome) => void;
  readonly begun: (
    server: SimServer,
    outcomes: Parameters<Recovered['store']['commit']>[0],
  ) => void;
  readonly stored: (server: SimServer) => void;
  readonly applied: (
    server: SimServer,
    entries: readonly Entry[],
    done: readonly Applied[],
  ) => void;
  /** The state of its machine is being copied, or was replaced. */
  readonly copied: (server: SimServer, machine: StateMachine) => void;
  readonly installed: (server: SimServer, machine: StateMachine) => void;
  /** Its process has ended, by itself or not. */
  readonly down: (server: SimServer) => void;
  /** Its process has ended by itself: `reason` is an error, or null if it was asked to. */
  readonly ended: (server: SimServer, reason: unknown) => void;
};
