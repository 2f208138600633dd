import type { Index, Term } from '../../lib/core/types.ts';
import { InvariantViolation } from '../../lib/kit/errors.ts';
import type { Catalogue } from './catalogue.ts';

export type Limits = {
  /** Distinct worlds. */
  readonly states: number;
  /** Time that `clock` tells. */
  readonly seconds: number;
};

/** What was explored. */
export type Explored = {
  /** Distinct worlds, those that differ only in the numbers of servers taken as one. */
  readonly states: number;
  /** Steps that led from one world to another, known or not. */
  readonly transitions: number;
  /** Steps of the longest of all shortest ways to a world. */
  readonly depth: number;
  /** True if there is nothing more within the bounds. */
  readonly isExhausted: boolean;
  /** Distinct states of one server, and turns of the core that were taken. */
  readonly stills: number;
  readonly turns: number;
  readonly mail: number;
  /** The highest index that is committed, and the highest term that is led, in any of the worlds. */
  readonly committed: Index;
  readonly led: Term;
  readonly found: Found | null;
};

/** A rule that does not hold, and the steps that lead there, as codes, from the beginning. */
export type Found = {
  readonly kind: 'invariant' | 'error';
  readonly rule: string;
  readonly path: readonly number[];
};

/** What a step at the end of `path` has thrown. */
export function foundBy(error: unknown, path: readonly number[]): Found {
  const kind = error instanceof InvariantViolation ? 'invariant' : 'error';
  return { kind, rule: error instanceof Error ? error.message : String(error), path };
}

/** How far the servers came, of whom `catalogue` has seen all. */
export function reachedBy({ stills, mail, turns, pasts }: Catalogue) {
  const all = pasts.all();
  return {
    stills: stills.size,
    turns,
    mail: mail.size,
    committed: all.reduce((most, { committed }) => Math.max(most, committed.length), 0),
    led: all.reduce((most, { leaders }) => Math.max(most, leaders.length), 0),
  };
}
