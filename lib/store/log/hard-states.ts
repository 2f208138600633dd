import type { HardState } from '../../core/types.ts';

export function sameHard(a: HardState, b: HardState): boolean {
  return a.term === b.term && a.vote === b.vote;
}

/** Terms never fall, and a vote stands as long as its term. */
export function movesBack(before: HardState, after: HardState): boolean {
  if (after.term !== before.term) return after.term < before.term;
  return before.vote !== null && after.vote !== before.vote;
}
