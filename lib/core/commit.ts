import { recordBytes } from './entry.ts';
import { reachedByQuorum } from './quorum.ts';
import type { Leader, RaftState } from './state.ts';

/**
 * Commits what a quorum has on disk, this server included once its own disk has it. Only an entry
 * of the leader's own term is committed by counting; what lies before it comes along
 * (thesis §3.6.2).
 */
export function advanceCommit(state: RaftState, leader: Leader): void {
  const { log, configuration, id } = state;
  const reached = reachedByQuorum(configuration, (server) =>
    server === id ? log.stored : (leader.progress.get(server)?.match ?? 0),
  );
  const commit = Math.min(reached, log.last.index);
  if (commit <= state.commit || log.termAt(commit) !== state.hard.term) return;
  leader.uncommittedBytes -= recordBytes(log.held(state.commit + 1, commit));
  state.commit = commit;
}
