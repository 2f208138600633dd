import { configurationsIn, followConfigurations } from './configurations.ts';
import type { Draft } from './draft.ts';
import { becomeFollower } from './election.ts';
import type { AppendEntries, Heartbeat } from './message.ts';
import { type RaftState, restartElectionTimer } from './state.ts';
import type { Index, NodeId } from './types.ts';

/**
 * A follower hears from its leader: attach the entries, or say where the logs part.
 *
 * The caller has settled the term, so `m.term` equals ours. Only what this very message verified
 * may be committed or acknowledged: our log may go on with entries that the leader never had.
 *
 * @see Raft thesis §3.5 (log matching), §3.8 (why the reply is sworn)
 */
export function onAppendEntries(
  state: RaftState,
  from: NodeId,
  m: AppendEntries,
  out: Draft,
): void {
  if (!follow(state, from, out)) return;
  const { term } = state.hard;
  const rejected = m.prev.index;

  if (!state.log.has(m.prev)) {
    const hint = state.log.lastNotAfter(m.prev.index, m.prev.term);
    out.say(from, { kind: 'AppendEntriesReply', term, result: 'conflict', rejected, hint });
    return;
  }
  const found = configurationsIn(m.entries);
  if (typeof found === 'string') return out.alarm(`server ${from} sends what cannot be: ${found}`);
  const { epoch } = state.log;
  if (!state.log.splice(m.entries, state.commit)) {
    out.alarm(`server ${from} would replace committed entries after index ${m.prev.index}`);
    return;
  }
  followConfigurations(state, m.entries, found, state.log.epoch !== epoch);
  const index = m.prev.index + m.entries.length;
  commitTo(state, Math.min(m.commit, index));
  out.say(from, { kind: 'AppendEntriesReply', term, result: 'matched', index });
}

/**
 * The beat of the leader. Its commit names an entry: by Log Matching, who holds that entry holds
 * everything before it as the leader does.
 */
export function onHeartbeat(state: RaftState, from: NodeId, m: Heartbeat, out: Draft): void {
  if (!follow(state, from, out)) return;
  if (state.log.has(m.commit)) commitTo(state, m.commit.index);
  const { term } = state.hard;
  out.say(from, { kind: 'HeartbeatReply', term, round: m.round, last: state.log.last });
}

/** @returns false if `from` cannot be the leader of our term. */
export function follow(state: RaftState, from: NodeId, out: Draft): boolean {
  const { role } = state;
  if (role.name === 'follower' && role.leader === from) {
    role.heardAt = state.now;
    restartElectionTimer(state);
    return true;
  }
  const other = role.name === 'leader' ? state.id : role.name === 'follower' ? role.leader : null;
  if (other !== null) {
    out.alarm(`server ${from} claims to lead term ${state.hard.term}, which server ${other} leads`);
    return false;
  }
  becomeFollower(state, state.hard.term, from, out);
  return true;
}

function commitTo(state: RaftState, index: Index): void {
  state.commit = Math.max(state.commit, index);
}
