import { confirmedRound, holdsLease } from './contact.ts';
import type { Draft } from './draft.ts';
import type { Asked } from './input.ts';
import type { Leader, RaftState, Reads } from './state.ts';

/**
 * Linearizable reads without the log (thesis §6.4): note the commit index, let a quorum confirm by
 * a round of beats that began afterwards that we still lead, serve once that index is applied.
 *
 *     asked ─► waiting ─► attached to a new round ─► confirmed ─► readable at index
 *
 * One round serves all reads that waited for it. Rounds are numbered by the leader, so an answer
 * from before a read can never confirm it. A read that trusts clocks needs no round while the leader
 * has a lease (contact.ts); without one it takes the same way.
 */
export function noReads(): Reads {
  return { waiting: [], attached: null };
}

export function onAsked(state: RaftState, { tokens, byLease }: Asked, out: Draft): void {
  const { role } = state;
  if (role.name !== 'leader') return out.refuse(tokens, 'NotLeader');
  if (byLease && hasCommitted(state) && holdsLease(state, role)) {
    return out.allowReads(tokens, state.commit);
  }
  for (const token of tokens) role.reads.waiting.push(token);
}

/** Lets go the reads whose round a quorum has answered. */
export function allowReads(state: RaftState, leader: Leader, out: Draft): void {
  const { attached } = leader.reads;
  if (!attached || confirmedRound(state, leader) < attached.round) return;
  leader.reads.attached = null;
  out.allowReads(attached.tokens, attached.index);
}

/**
 * Attaches waiting reads to the next beat and makes it due, unless reads are under way already.
 * Until an entry of this term is committed the commit index may lag behind what an earlier leader
 * acknowledged, so reads wait for it.
 */
export function startRound(state: RaftState, leader: Leader): void {
  const { reads } = leader;
  if (reads.waiting.length === 0 || reads.attached) return;
  if (!hasCommitted(state)) return;
  reads.attached = { round: leader.round + 1, index: state.commit, tokens: reads.waiting };
  reads.waiting = [];
  leader.beatAt = state.now;
}

/** An entry of this term is committed, and with it all that was acknowledged before. */
function hasCommitted({ log, commit, hard }: RaftState): boolean {
  return log.termAt(commit) === hard.term;
}

/** This server no longer leads: its reads had no effect, and may be asked elsewhere. */
export function refuseReads(reads: Reads, out: Draft): void {
  out.refuse([...(reads.attached?.tokens ?? []), ...reads.waiting], 'NotLeader');
}
