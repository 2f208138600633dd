import { assert } from '../kit/assert.ts';
import { advanceCommit } from './commit.ts';
import { newContact } from './contact.ts';
import type { Draft } from './draft.ts';
import { type Entry, recordBytes } from './entry.ts';
import { beatIfDue } from './heartbeat.ts';
import { inheritMembers, mindMembership } from './membership.ts';
import type { AppendEntriesReply, HeartbeatReply } from './message.ts';
import { noteConflict, noteLost, noteMatched, type Progress } from './progress.ts';
import { allowReads, noReads, startRound } from './reads.ts';
import { askAgain, replicate, sendLoaded } from './replication.ts';
import type { Leader, RaftState } from './state.ts';
import type { NodeId } from './types.ts';

/**
 * Takes office: guesses that everybody has its log, and appends an entry of its own term, without
 * which nothing of earlier terms could be committed (thesis §3.6.2, §6.4).
 */
export function becomeLeader(state: RaftState): void {
  assert(state.role.name === 'candidate', 'only a candidate can win an election');
  const { log, hard, now, commit } = state;
  const members = inheritMembers(state);
  log.append(hard.term, 'noop');
  const uncommittedBytes = recordBytes(log.held(commit + 1, log.last.index));
  state.role = {
    name: 'leader',
    ...members,
    round: 0,
    beatAt: now,
    told: commit,
    uncommittedBytes,
    clockAt: now,
    reads: noReads(),
    contact: newContact(now),
    hasNominated: false,
  };
}

/** What a leader does at the end of every turn, once for all that the turn brought. */
export function lead(state: RaftState, leader: Leader, out: Draft): void {
  advanceCommit(state, leader);
  mindMembership(state, leader, out);
  allowReads(state, leader, out);
  replicate(state, leader, out);
  startRound(state, leader);
  beatIfDue(state, leader, out);
  // A leader that is alone has confirmed its own beat by publishing it.
  allowReads(state, leader, out);
}

export function onAppendEntriesReply(
  state: RaftState,
  from: NodeId,
  m: AppendEntriesReply,
  out: Draft,
): void {
  const progress = hear(state, from);
  if (!progress) return;
  if (m.result === 'conflict') return noteConflict(progress, state.log, m.rejected, m.hint);
  if (m.index > state.log.last.index) {
    return out.alarm(`server ${from} acknowledges index ${m.index}, which was never sent`);
  }
  noteMatched(progress, m.index, state.log.base.index);
  if (progress.match >= state.commit) progress.attempts = 0;
}

/**
 * A follower answered a beat. A whole interval after the last message it must hold what was sent:
 * if its log is shorter, mail was lost. If it has not acknowledged all, its disk may be slow or its
 * word was lost: ask. And a probe that was lost is followed by another.
 */
export function onHeartbeatReply(
  state: RaftState,
  from: NodeId,
  m: HeartbeatReply,
  out: Draft,
): void {
  const { role } = state;
  const progress = hear(state, from);
  if (!progress || role.name !== 'leader') return;
  if (m.round > role.round) {
    return out.alarm(`server ${from} answers beat ${m.round}, which was never published`);
  }
  progress.round = Math.max(progress.round, m.round);
  if (state.now - progress.sentAt < state.settings.heartbeatMs) return;
  const sent = progress.next - 1;
  if (progress.mode === 'snapshot') return;
  if (progress.mode === 'probe') progress.waiting = false;
  else if (m.last.index < sent) noteLost(progress);
  else if (progress.match < sent) askAgain(state, from, progress, out);
}

/** @returns null if this server does not lead, or `from` is not of its cluster. */
export function hear(state: RaftState, from: NodeId): Progress | null {
  if (state.role.name !== 'leader') return null;
  const progress = state.role.progress.get(from);
  if (!progress) return null;
  progress.heardAt = state.now;
  return progress;
}

/** Mail was not taken. Until the peer gives a sign of life there is no use in trying again. */
export function onUnreachable(state: RaftState, peer: NodeId): void {
  const progress = state.role.name === 'leader' ? state.role.progress.get(peer) : undefined;
  if (!progress) return;
  noteLost(progress);
  progress.waiting = progress.mode === 'probe';
  progress.sentAt = state.now;
}

/** Entries for a follower that is far behind came back from disk. */
export function onLoaded(
  state: RaftState,
  to: NodeId,
  entries: readonly Entry[],
  out: Draft,
): void {
  const progress = state.role.name === 'leader' ? state.role.progress.get(to) : undefined;
  if (!progress) return;
  progress.loading = false;
  sendLoaded(state, to, progress, entries, out);
}
