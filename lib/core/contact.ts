import { reachedByQuorum } from './quorum.ts';
import type { Leader, RaftState } from './state.ts';
import type { Millis } from './types.ts';

/**
 * When a quorum was last known to follow a leader. What counts is when the beat was sent that they
 * answered, not when the answers were read: those may have waited while this server was paused.
 *
 * @see Raft thesis §6.2 (check-quorum), §6.4.1 (leases)
 */
export type Contact = {
  /** When this server was elected. Its voters are not loyal to it before they have heard it. */
  readonly electedAt: Millis;
  /** A quorum has followed this leader at this moment or after it; -Infinity if none has yet. */
  at: Millis;
  /** Beats that a quorum has not answered yet, oldest first: some of each election timeout. */
  readonly beats: { readonly round: number; readonly sentAt: Millis }[];
};

/** Beats are noted at most so often in an interval: reads make many. */
const NOTED_IN_INTERVAL = 2;

export function newContact(now: Millis): Contact {
  return { electedAt: now, at: Number.NEGATIVE_INFINITY, beats: [] };
}

/** The beat of `round` is published in this turn. */
export function noteBeat(state: RaftState, { contact, round }: Leader): void {
  const { heartbeatMs, electionMsMax } = state.settings;
  const { beats } = contact;
  const since = state.now - (beats.at(-1)?.sentAt ?? Number.NEGATIVE_INFINITY);
  if (since < heartbeatMs / NOTED_IN_INTERVAL) return;
  while (state.now - (beats[0]?.sentAt ?? state.now) > electionMsMax) beats.shift();
  beats.push({ round, sentAt: state.now });
}

/** Answers have come: perhaps those of a quorum. */
export function noteContact(state: RaftState, leader: Leader): void {
  const confirmed = confirmedRound(state, leader);
  const { contact } = leader;
  const { beats } = contact;
  while ((beats[0]?.round ?? Number.POSITIVE_INFINITY) <= confirmed) {
    contact.at = beats.shift()?.sentAt ?? contact.at;
  }
}

/** The newest beat that a quorum has answered; our own answer is that we published it. */
export function confirmedRound(state: RaftState, leader: Leader): number {
  return reachedByQuorum(state.configuration, (id) =>
    id === state.id ? leader.round : (leader.progress.get(id)?.round ?? 0),
  );
}

/** Since when nobody has answered this leader: its last contact, or its election. */
export function lastContactAt(state: RaftState, leader: Leader): Millis {
  return Math.max(leader.contact.electedAt, contactAt(state, leader));
}

/** Now, for a leader that is a quorum by itself. */
function contactAt(state: RaftState, { contact }: Leader): Millis {
  return reachedByQuorum(state.configuration, (id) => (id === state.id ? state.now : contact.at));
}

/**
 * True if nobody else can lead yet: a quorum has followed this leader so recently that by their
 * clocks, too, they must be loyal to it (thesis §6.4.1). Voters are not loyal when the leader itself
 * asked somebody to stand for election, so from the first thought of it there is no lease, and once
 * TimeoutNow has left never again in the term: it may be under way still.
 */
export function holdsLease(state: RaftState, leader: Leader): boolean {
  const { now, settings, transfer } = state;
  if (transfer !== null || leader.hasNominated) return false;
  return now < contactAt(state, leader) + settings.leaseMs;
}
