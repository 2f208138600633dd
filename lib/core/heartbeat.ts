import { noteBeat } from './contact.ts';
import type { Draft } from './draft.ts';
import type { Heartbeat } from './message.ts';
import type { Leader, RaftState } from './state.ts';
import type { Millis } from './types.ts';

/** A follower that missed so many beats gets them by mail: PUB may drop. */
const MISSED_ROUNDS_MAX = 3;
/** A new commit index is told no later than after this part of an interval. */
const TELL_COMMIT_PART = 5;

/**
 * Publishes one beat for all when its time has come: every interval, sooner to tell a new commit
 * index, at once for reads. Beats carry no entries and vouch for no disk, so they never wait.
 */
export function beatIfDue(state: RaftState, leader: Leader, out: Draft): void {
  if (state.now < beatDueAt(state, leader)) return;
  const { log, commit, hard, now, settings } = state;
  leader.round += 1;
  leader.beatAt = now + settings.heartbeatMs;
  leader.told = commit;
  const beat: Heartbeat = {
    kind: 'Heartbeat',
    term: hard.term,
    commit: { index: commit, term: log.termAt(commit) ?? 0 },
    round: leader.round,
  };
  noteBeat(state, leader);
  out.beat(beat);
  for (const [id, progress] of leader.progress) {
    if (leader.round - progress.round > MISSED_ROUNDS_MAX) out.say(id, beat);
  }
}

export function beatDueAt(state: RaftState, leader: Leader): Millis {
  if (state.commit === leader.told) return leader.beatAt;
  const { heartbeatMs } = state.settings;
  return leader.beatAt - heartbeatMs + heartbeatMs / TELL_COMMIT_PART;
}
