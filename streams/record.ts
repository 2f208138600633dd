import type { Turn } from '../lib/core/input.ts';
import type { Outcome } from '../lib/core/outcome.ts';
import type { RaftState } from '../lib/core/state.ts';

/** Is shown every turn: before it is taken, and what it came to before any of it is carried out. */
export type TurnRecorder = {
  readonly before: (state: RaftState, turn: Turn) => void;
  readonly after: (outcome: Outcome) => void;
};

type Fold = (past: { readonly state: RaftState }, turn: Turn) => Outcome;

/** The same fold, with what goes into it and what comes out of it written down. */
export function recording(fold: Fold, recorder: TurnRecorder | undefined): Fold {
  if (!recorder) return fold;
  return (past, turn) => {
    recorder.before(past.state, turn);
    const outcome = fold(past, turn);
    recorder.after(outcome);
    return outcome;
  };
}
