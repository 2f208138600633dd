import type { Progress } from './progress.ts';
import type { Leader, RaftState } from './state.ts';
import type { Index, Millis, NodeId } from './types.ts';

/**
 * A learner on its way to hold the log, in rounds: each brings all that was there when it began, and
 * the shorter the last one was, the less is missing (thesis §4.2.1).
 */
export type CatchUp = {
  readonly id: NodeId;
  /** Counted from 1 in each leadership. */
  readonly round: number;
  /** What its disk held when the round began. */
  readonly match: Index;
  /** The round is over when its disk holds this. */
  readonly target: Index;
  readonly startedAt: Millis;
};

/** After so many rounds a learner is too slow ever to vote. */
export const ROUNDS_MAX = 10;

export function startCatchUp(
  state: RaftState,
  id: NodeId,
  { match }: Progress,
  round = 1,
): CatchUp {
  return { id, round, match, target: state.log.last.index, startedAt: state.now };
}

/**
 * Ends the rounds that are over. A learner whose round was shorter than the shortest election
 * timeout has caught up: what it still lacks keeps nobody waiting for longer.
 */
export function endRounds(state: RaftState, leader: Leader): void {
  const isOver = ({ id, target }: CatchUp): boolean =>
    (leader.progress.get(id)?.match ?? 0) >= target;
  if (!leader.catchUps.some(isOver)) return;
  leader.catchUps = leader.catchUps.flatMap((one) => {
    const { id, round, startedAt } = one;
    const progress = leader.progress.get(id);
    if (!progress || !isOver(one)) return [one];
    if (state.now - startedAt < state.settings.electionMsMin) return [];
    return [startCatchUp(state, id, progress, round + 1)];
  });
}

/**
 * True if a learner could vote without keeping anybody waiting: it has caught up once, all that is
 * committed was sent to it since, and it answers.
 */
export function isCaughtUp(state: RaftState, leader: Leader, id: NodeId): boolean {
  const progress = leader.progress.get(id);
  return (
    progress !== undefined &&
    !leader.catchUps.some((one) => one.id === id) &&
    progress.mode === 'replicate' &&
    progress.next > state.commit &&
    state.now - progress.heardAt < state.settings.electionMsMin
  );
}
