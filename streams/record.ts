import type { Turn } from '../lib/core/input.ts';
import type { Outcome } from '../lib/core/outcome.ts';
import type { RaftState } from '../lib/core/state.ts';
import type { FlightRecorder } from '../lib/store/flight/recorder.ts';

type Fold = (past: { readonly state: RaftState }, turn: Turn) => Outcome;

/** The same fold, with what goes into it and what comes out of it written down. */
export function recording(fold: Fold, recorder: FlightRecorder | undefined): Fold {
  if (!recorder) return fold;
  return (past, turn) => {
    recorder.before(past.state, turn);
    const outcome = fold(past, turn);
    recorder.after(outcome);
    return outcome;
  };
}
