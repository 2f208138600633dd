import { performance } from 'node:perf_hooks';
import { Chance } from '../sim/chance.ts';
import type { Bounds } from './bounds.ts';
import { Explorer } from './explore.ts';
import type { Explored, Found, Limits } from './explored.ts';
import { tellPath } from './story.ts';
import { Wanderer } from './wander.ts';

export type Hunt = Limits & {
  readonly bounds: Bounds;
  /** Walks by this chance; breadth first if not given. */
  readonly seed?: number;
};

/** What a hunt has brought in, the way there told line by line, and how much it took to find it. */
export type Prey = Pick<Found, 'kind' | 'rule'> & {
  readonly path: readonly string[];
  readonly explored: Explored;
};

/**
 * Looks for a way to break a rule of Raft within the bounds.
 *
 * @returns null if there is none among the worlds that were seen.
 */
export function hunt({ bounds, states, seconds, seed }: Hunt): Prey | null {
  const explorer =
    seed === undefined ? new Explorer(bounds) : new Wanderer(bounds, new Chance(seed));
  const explored = explorer.run({ states, seconds }, () => performance.now() / 1000);
  const { found } = explored;
  if (!found) return null;
  const { rule, lines } = tellPath(explorer, found.path);
  return { kind: found.kind, rule, path: lines, explored };
}
