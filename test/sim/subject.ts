import type { Millis } from '../../lib/core/types.ts';
import type { MemoryTables } from '../../lib/store/database/tables-memory.ts';
import type { StateMachine } from '../../lib/store/state-machine.ts';
import type { Asking } from './clients/options.ts';
import type { Committed, History } from './history/operation.ts';
import type { Plan } from './plan.ts';

/** What is simulated: a state machine, and clients that ask it. */
export type Subject<A> = {
  readonly openMachine: (tables: MemoryTables, plan: Plan) => StateMachine;
  readonly asking: (plan: Plan) => Asking<A>;
  /** What is wrong with what clients saw, given what was committed; null if nothing is. */
  readonly checkHistory: (history: History<A>, plan: Plan) => string | null;
  /** Names the state of a machine: equal for two that have applied the same. */
  readonly digest: (machine: StateMachine) => string;
  /** Looks at what lives and ends by log time; left out if nothing does. */
  readonly watchLives?: (plan: Plan) => Lives<A>;
  /** Prefixes of keys that are watched. */
  readonly watched?: (plan: Plan) => readonly string[];
};

/**
 * Is shown every entry when it is committed.
 *
 * @returns what lived too short, or null.
 */
export type Lives<A> = (entry: Committed<A>, time: Time) => string | null;

/** Moments are those of the simulated world. */
export type Time = {
  readonly now: Millis;
  /** When the client first asked for the entry. */
  readonly askedMs: Millis;
  /** How far clocks have jumped ahead since a moment, all together. */
  readonly jumpedSince: (moment: Millis) => Millis;
};

/** How much of what went on. */
export type Tally = { turns: number; inputs: number; elections: number; applied: number };
