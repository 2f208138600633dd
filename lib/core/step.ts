import { unreachable } from '../kit/assert.ts';
import { compactLog, noteSnapshot } from './compaction.ts';
import { mindDeadlines, nextDeadline } from './deadlines.ts';
import { Draft } from './draft.ts';
import {
  becomeFollower,
  countOwnVote,
  onPreVote,
  onPreVoteReply,
  onRequestVote,
  onRequestVoteReply,
  onTimeoutNow,
} from './election.ts';
import { onAppendEntries, onHeartbeat } from './follower.ts';
import type { Input, Stored, Turn } from './input.ts';
import { onDelivered, onFetched, onInstallSnapshot, onInstallSnapshotReply } from './install.ts';
import { lead, onAppendEntriesReply, onHeartbeatReply, onLoaded, onUnreachable } from './leader.ts';
import { onElapsed } from './log-clock.ts';
import { onReconfigured } from './membership.ts';
import type { Message } from './message.ts';
import type { Outcome } from './outcome.ts';
import { onProposed } from './proposals.ts';
import { onAsked } from './reads.ts';
import { retireIfOut } from './retirement.ts';
import type { RaftState } from './state.ts';
import { loseTarget, mindTransfer, onTransferAsked } from './transfer.ts';
import type { NodeId } from './types.ts';

/**
 * The whole of Raft, one turn at a time. No clock, no disk, no chance: the same state and turn
 * give the same outcome, byte for byte.
 *
 *     inputs ─► take each ─► mind deadlines ─► compact ─► lead ─► hand over ─► settle
 *                                                          (commit, reads, replicate, beat)
 *
 * Consumes `state`: whoever passes it goes on with `outcome.state`.
 */
export function step(state: RaftState, turn: Turn): Outcome {
  const out = new Draft(state);
  state.now = Math.max(state.now, turn.now);
  for (const input of turn.inputs) take(state, input, out);
  mindDeadlines(state, out);
  compactLog(state, out);
  if (state.role.name === 'leader') lead(state, state.role, out);
  if (state.role.name === 'leader') retireIfOut(state, state.role, out);
  mindTransfer(state, out);
  return out.settle(nextDeadline(state));
}

function take(state: RaftState, input: Input, out: Draft): void {
  switch (input.kind) {
    case 'Tick':
      return;
    case 'Received':
      return receive(state, input.from, input.message, out);
    case 'Proposed':
      return onProposed(state, input.proposals, out);
    case 'Asked':
      return onAsked(state, input, out);
    case 'TransferAsked':
      return onTransferAsked(state, input.token, input.to, out);
    case 'Elapsed':
      return onElapsed(state);
    case 'Stored':
      return onStored(state, input, out);
    case 'Loaded':
      return onLoaded(state, input.to, input.entries, out);
    case 'Unreachable':
      onUnreachable(state, input.peer);
      return loseTarget(state, input.peer, out);
    case 'Snapshotted':
      return noteSnapshot(state, input.snapshot);
    case 'Fetched':
      return onFetched(state, input, out);
    case 'Delivered':
      return onDelivered(state, input);
    case 'Reconfigured':
      return onReconfigured(state, input, out);
    default:
      return unreachable(input);
  }
}

/** Terms first, then the message itself. */
function receive(state: RaftState, from: NodeId, m: Message, out: Draft): void {
  if (!isCurrent(state, from, m, out)) return;
  switch (m.kind) {
    case 'PreVote':
      return onPreVote(state, from, m, out);
    case 'PreVoteReply':
      return onPreVoteReply(state, from, m, out);
    case 'RequestVote':
      return onRequestVote(state, from, m, out);
    case 'RequestVoteReply':
      return onRequestVoteReply(state, from, m, out);
    case 'AppendEntries':
      return onAppendEntries(state, from, m, out);
    case 'AppendEntriesReply':
      return onAppendEntriesReply(state, from, m, out);
    case 'Heartbeat':
      return onHeartbeat(state, from, m, out);
    case 'HeartbeatReply':
      return onHeartbeatReply(state, from, m, out);
    case 'InstallSnapshot':
      return onInstallSnapshot(state, from, m, out);
    case 'InstallSnapshotReply':
      return onInstallSnapshotReply(state, from, m, out);
    case 'TimeoutNow':
      return onTimeoutNow(state, out);
    default:
      return unreachable(m);
  }
}

/**
 * Settles the term (thesis §3.3): a newer one makes this server a follower, an older message is
 * answered so that its sender learns of ours, or ignored. Votes are asked and granted about a term
 * that may be ahead, so they settle it themselves.
 */
function isCurrent(state: RaftState, from: NodeId, m: Message, out: Draft): boolean {
  if (m.kind === 'PreVote' || m.kind === 'RequestVote') return true;
  if (m.kind === 'PreVoteReply' && m.granted) return true;
  const { term } = state.hard;
  if (m.term > term) {
    becomeFollower(state, m.term, LEADERS_SAY.has(m.kind) ? from : null, out);
    return true;
  }
  if (m.term === term) return true;
  if (LEADERS_SAY.has(m.kind) && m.kind !== 'TimeoutNow') {
    // Without this word a server whose term has run ahead could never come back: voters that are
    // loyal to the old leader ignore its candidacy, and it must ignore the old leader.
    const { last } = state.log;
    out.say(from, { kind: 'HeartbeatReply', term, round: 0, last });
  }
  // A pre-vote refusal speaks of the voter's own term, which may well be behind ours.
  return m.kind === 'PreVoteReply';
}

/** Only the leader of its term says such a thing. */
const LEADERS_SAY: ReadonlySet<Message['kind']> = new Set<Message['kind']>([
  'AppendEntries',
  'Heartbeat',
  'InstallSnapshot',
  'TimeoutNow',
]);

function onStored(state: RaftState, stored: Stored, out: Draft): void {
  state.log.markStored(stored.last, stored.epoch);
  const isDone = state.log.stored === state.log.last.index && stored.term === state.hard.term;
  state.unstoredSince = isDone ? null : state.now;
  countOwnVote(state, stored.term, out);
}
