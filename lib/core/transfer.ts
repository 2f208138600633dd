import type { Draft } from './draft.ts';
import type { RefusalReason } from './outcome.ts';
import { type Leader, leaderOf, type RaftState } from './state.ts';
import type { Millis, NodeId, Term } from './types.ts';

/**
 * An office that is being handed over (thesis §3.10). While there is one, its leader takes no
 * proposals and reads nothing by its lease.
 *
 *     asked ─► the target holds all, and all is committed ─► TimeoutNow ─► the target leads
 *       │                                                        │
 *       └──── after one election timeout: given up, and ─────────┴── it may happen yet
 *             nothing has happened
 *
 * That all is committed first costs a moment, and saves the clients of what is under way from not
 * knowing what became of it. It outlives the office: only the beat of another leader tells how the
 * story ends.
 */
export type Transfer = {
  readonly to: NodeId;
  /** Who asked for it. */
  readonly tokens: number[];
  /** The term that this server leads, or has led. */
  readonly term: Term;
  /** When to give up. */
  readonly until: Millis;
  /** TimeoutNow has left, and cannot be called back. */
  isSent: boolean;
};

/**
 * Somebody wants another server to lead. A later wish replaces an earlier one; the same wish joins
 * it, and does not get more time.
 *
 * @param to null for the voter that is furthest along, or the one that is about to lead anyway.
 */
export function onTransferAsked(
  state: RaftState,
  token: number,
  to: NodeId | null,
  out: Draft,
): void {
  const { role, transfer, hard, now, settings } = state;
  if (role.name !== 'leader') return out.refuse([token], 'NotLeader');
  const target = to ?? transfer?.to ?? furthestAlong(state, role);
  if (target === null || !(target === state.id || isTarget(state, target))) {
    return out.refuse([token], 'NotAMember');
  }
  if (transfer?.to === target) {
    transfer.tokens.push(token);
    return;
  }
  if (transfer) giveUp(state, transfer, 'TransferReplaced', out);
  if (target === state.id) return out.transferred([token], target, hard.term);
  const until = now + settings.electionMsMax;
  state.transfer = { to: target, tokens: [token], term: hard.term, until, isSent: false };
}

/** Goes on with a transfer as far as this turn allows; the last thing of the turn. */
export function mindTransfer(state: RaftState, out: Draft): void {
  const { transfer, role, hard, now, log, commit } = state;
  if (!transfer) return;
  if (role.name !== 'leader' || hard.term !== transfer.term) {
    return mindLostOffice(state, transfer, out);
  }
  if (!isTarget(state, transfer.to)) return giveUp(state, transfer, 'NotAMember', out);
  if (now >= transfer.until) return giveUp(state, transfer, 'NotReady', out);
  const match = role.progress.get(transfer.to)?.match ?? 0;
  if (transfer.isSent || match < log.last.index || commit < log.last.index) return;
  transfer.isSent = true;
  role.hasNominated = true;
  out.say(transfer.to, { kind: 'TimeoutNow', term: hard.term });
}

/** This server leads no more: mostly because the target does. */
function mindLostOffice(state: RaftState, transfer: Transfer, out: Draft): void {
  const { hard, now } = state;
  const leader = leaderOf(state);
  if (leader === transfer.to && hard.term > transfer.term) {
    state.transfer = null;
    return out.transferred(transfer.tokens, leader, hard.term);
  }
  const isOver = leader !== null && hard.term > transfer.term;
  if (isOver || !transfer.isSent || now >= transfer.until) {
    giveUp(state, transfer, 'NotLeader', out);
  }
}

/** There is no use in waiting for a target that mail does not reach. */
export function loseTarget(state: RaftState, peer: NodeId, out: Draft): void {
  const { transfer, role } = state;
  if (role.name === 'leader' && transfer?.to === peer) giveUp(state, transfer, 'NotReady', out);
}

/** @param reason what it is if TimeoutNow has not left, so that it never happens. */
function giveUp(state: RaftState, transfer: Transfer, reason: RefusalReason, out: Draft): void {
  state.transfer = null;
  out.refuse(transfer.tokens, transfer.isSent ? 'TransferUnknown' : reason);
}

/** Learners cannot lead, nor can voters that are about to leave. */
function isTarget({ configuration }: RaftState, id: NodeId): boolean {
  return configuration.voters.includes(id);
}

/**
 * The voter that needs least, and of several the one that was heard last: one of them may be dead.
 *
 * @returns null if nobody else votes.
 */
export function furthestAlong(state: RaftState, { progress }: Leader): NodeId | null {
  let best: NodeId | null = null;
  for (const [id, one] of progress) {
    if (!isTarget(state, id)) continue;
    const rival = best === null ? null : progress.get(best);
    if (
      rival &&
      (one.match < rival.match || (one.match === rival.match && one.heardAt <= rival.heardAt))
    )
      continue;
    best = id;
  }
  return best;
}
