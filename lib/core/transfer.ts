import type { Draft } from './draft.ts';
import type { RefusalReason } from './outcome.ts';
import { type Leader, leaderOf, type RaftState } from './state.ts';
import type { Millis, NodeId, Term } from './types.ts';

/**
 * An office that is being handed over (thesis §3.10). While there is one, its leader takes no
 * proposals and reads nothing by its lease.
 *
 *     asked ─► the target answers a beat of now, holds all, and all is committed ─► TimeoutNow
 *       │                                                                              │     │
 *       └──── after one election timeout: given up ────► nothing has happened          │   it leads
 *                                              └───────► it may happen yet ◄───────────┘
 *
 * The beat shows that the target lives: to say that nothing has happened is worth a round trip. That
 * all is committed first saves the clients of what is under way from not knowing what became of it.
 * The transfer outlives the office: only another leader's beat tells how the story ends.
 */
export type Transfer = {
  /** Null until the first voter that could lead has shown itself. */
  to: NodeId | null;
  /** Who asked for it. */
  readonly tokens: number[];
  /** The term that this server leads, or has led. */
  readonly term: Term;
  /** When to give up. */
  readonly until: Millis;
  /** The first beat that was published after somebody asked. */
  readonly round: number;
  /** TimeoutNow has left, and cannot be called back. */
  isSent: boolean;
};

/**
 * Somebody wants another server to lead. A later wish replaces an earlier one; the same wish joins
 * it, and does not get more time.
 *
 * @param to null for the voter that is ready first; or the one that is about to lead anyway.
 */
export function onTransferAsked(
  state: RaftState,
  token: number,
  to: NodeId | null,
  out: Draft,
): void {
  const { role, transfer, hard, now, settings, id } = state;
  if (role.name !== 'leader') return out.refuse([token], 'NotLeader');
  const isPossible = to === null ? hasOthers(state) : to === id || isTarget(state, to);
  if (!isPossible) return out.refuse([token], 'NotAMember');
  if (transfer && (to === null || transfer.to === to)) {
    transfer.tokens.push(token);
    return;
  }
  if (transfer) giveUp(state, transfer, 'TransferReplaced', out);
  if (to === id) return out.transferred([token], id, hard.term);
  const until = now + settings.electionMsMax;
  const round = role.round + 1;
  state.transfer = { to, tokens: [token], term: hard.term, until, round, isSent: false };
  role.beatAt = now;
}

/** Goes on with a transfer as far as this turn allows; the last thing of the turn. */
export function mindTransfer(state: RaftState, out: Draft): void {
  const { transfer, role, hard, now } = state;
  if (!transfer) return;
  if (role.name !== 'leader' || hard.term !== transfer.term) {
    return mindLostOffice(state, transfer, out);
  }
  const isPossible = transfer.to === null ? hasOthers(state) : isTarget(state, transfer.to);
  if (!isPossible) return giveUp(state, transfer, 'NotAMember', out);
  if (now >= transfer.until) return giveUp(state, transfer, 'NotReady', out);
  if (transfer.isSent) return;
  const to = findReady(state, role, transfer);
  if (to === null) return;
  transfer.to = to;
  transfer.isSent = true;
  role.hasNominated = true;
  out.say(to, { kind: 'TimeoutNow', term: hard.term });
}

/** The target, if it could win an election now; of all voters the first that could, if it is open. */
function findReady({ log, commit, configuration }: RaftState, leader: Leader, transfer: Transfer) {
  if (commit < log.last.index) return null;
  const wanted = transfer.to === null ? configuration.voters : [transfer.to];
  const isReady = (id: NodeId): boolean => {
    const progress = leader.progress.get(id);
    if (!progress) return false;
    return progress.match === log.last.index && progress.round >= transfer.round;
  };
  return wanted.find(isReady) ?? null;
}

/** This server leads no more: mostly because the target does. */
function mindLostOffice(state: RaftState, transfer: Transfer, out: Draft): void {
  const { hard, now } = state;
  const leader = leaderOf(state);
  if (leader !== null && leader === transfer.to && hard.term > transfer.term) {
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

function hasOthers({ configuration, id }: RaftState): boolean {
  return configuration.voters.some((voter) => voter !== id);
}
