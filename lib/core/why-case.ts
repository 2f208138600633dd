import type { Turn } from './input.ts';
import type { Outcome } from './outcome.ts';
import type { RaftState } from './state.ts';
import type { Facts } from './turn-invariants.ts';
import type { Millis, NodeId } from './types.ts';

/** What must be remembered of a state to explain the next one, because `step` edits it in place. */
export type Before = Facts & {
  readonly leader: NodeId | null;
  readonly heardAt: Millis;
  readonly electionDeadline: Millis;
  readonly unstoredSince: Millis | null;
};

/** A turn to be explained. */
export type Case = {
  readonly before: Before;
  readonly turn: Turn;
  readonly outcome: Outcome;
  readonly state: RaftState;
};
