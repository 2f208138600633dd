import { latestConfiguration } from './configurations.ts';
import type { Draft } from './draft.ts';
import { becomeFollower } from './election.ts';
import { beatIfDue } from './heartbeat.ts';
import { isVoter } from './quorum.ts';
import { askAgain } from './replication.ts';
import type { Leader, RaftState } from './state.ts';
import type { NodeId } from './types.ts';

/**
 * A leader that is no voter any more leads until that is committed, without counting itself. Then it
 * tells everybody, and has one of them stand for election at once (thesis §4.2.2, §3.10).
 */
export function retireIfOut(state: RaftState, leader: Leader, out: Draft): void {
  if (isVoter(state.configuration, state.id)) return;
  if (latestConfiguration(state).index > state.commit) return;
  leader.beatAt = state.now;
  beatIfDue(state, leader, out);
  for (const [id, progress] of leader.progress) askAgain(state, id, progress, out);
  const successor = furthestAlong(state, leader);
  const match = successor === null ? 0 : (leader.progress.get(successor)?.match ?? 0);
  if (successor !== null && match === state.log.last.index) {
    out.say(successor, { kind: 'TimeoutNow', term: state.hard.term });
  }
  becomeFollower(state, state.hard.term, null, out);
}

/** The voter that needs least, and of several the one that was heard last: one of them may be dead. */
function furthestAlong({ configuration }: RaftState, { progress }: Leader): NodeId | null {
  let best: NodeId | null = null;
  for (const [id, one] of progress) {
    if (!configuration.voters.includes(id)) continue;
    const rival = best === null ? undefined : progress.get(best);
    const isAhead =
      rival === undefined ||
      one.match > rival.match ||
      (one.match === rival.match && one.heardAt > rival.heardAt);
    if (isAhead) best = id;
  }
  return best;
}
