import { mayCampaign } from './configurations.ts';
import { lastContactAt, noteContact } from './contact.ts';
import type { Draft } from './draft.ts';
import { becomeFollower, preCampaign } from './election.ts';
import { beatDueAt } from './heartbeat.ts';
import { type Leader, type RaftState, restartElectionTimer } from './state.ts';
import type { Millis } from './types.ts';

/** Looks at every deadline that does not depend on what a leader has to say. */
export function mindDeadlines(state: RaftState, out: Draft): void {
  const { role, now } = state;
  if (role.name === 'leader') {
    noteContact(state, role);
    if (now < resignationDueAt(state, role)) return;
    return becomeFollower(state, state.hard.term, null, out);
  }
  if (now < state.electionDeadline) return;
  if (mayCampaign(state) && now < stallEndsAt(state)) preCampaign(state, out);
  else restartElectionTimer(state);
}

/** When the next turn must come even if nothing happens. */
export function nextDeadline(state: RaftState): Millis {
  const { role, transfer } = state;
  const transferEndsAt = transfer?.until ?? Number.POSITIVE_INFINITY;
  if (role.name !== 'leader') return Math.min(state.electionDeadline, transferEndsAt);
  return Math.min(beatDueAt(state, role), resignationDueAt(state, role), transferEndsAt);
}

/**
 * A leader that a quorum has not answered for the longest election timeout stops leading
 * (check-quorum, thesis §6.2), and so does one whose disk has stalled: both could only keep others
 * waiting.
 */
function resignationDueAt(state: RaftState, leader: Leader): Millis {
  return Math.min(lastContactAt(state, leader) + state.settings.electionMsMax, stallEndsAt(state));
}

function stallEndsAt(state: RaftState): Millis {
  if (state.unstoredSince === null) return Number.POSITIVE_INFINITY;
  return state.unstoredSince + state.settings.diskStallMs;
}
