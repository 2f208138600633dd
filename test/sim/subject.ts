import type { MemoryTables } from '../../lib/store/database/tables-memory.ts';
import type { StateMachine } from '../../lib/store/state-machine.ts';
import type { Asking } from './clients/clients.ts';
import type { History } from './history/operation.ts';
import type { Plan } from './plan.ts';

/** What is simulated: a state machine, and clients that ask it. */
export type Subject<A> = {
  readonly openMachine: (tables: MemoryTables, plan: Plan) => StateMachine;
  readonly asking: (plan: Plan) => Asking<A>;
  /** What is wrong with what clients saw, given what was committed; null if nothing is. */
  readonly checkHistory: (history: History<A>, plan: Plan) => string | null;
  /** Names the state of a machine: equal for two that have applied the same. */
  readonly digest: (machine: StateMachine) => string;
  /** Prefixes of keys that are watched. */
  readonly watched?: (plan: Plan) => readonly string[];
};

/** How much of what went on. */
export type Tally = { turns: number; inputs: number; elections: number; applied: number };
