import type { Draft } from './draft.ts';
import { becomeLeader } from './leader.ts';
import type { PreVote, PreVoteReply, RequestVote, RequestVoteReply } from './message.ts';
import { isVoter, tally, votersOf } from './quorum.ts';
import { refuseReads } from './reads.ts';
import { enterTerm, leaderOf, type RaftState, restartElectionTimer } from './state.ts';
import { type NodeId, type Term, upToDate } from './types.ts';

/** Asks whether an election could be won; nothing changes for anybody (thesis §9.6). */
export function preCampaign(state: RaftState, out: Draft): void {
  const votes = new Map([[state.id, true]]);
  state.role = { name: 'precandidate', votes };
  restartElectionTimer(state);
  const term = state.hard.term + 1;
  askVoters(state, { kind: 'PreVote', term, last: state.log.last }, out);
  if (tally(state.configuration, votes) === 'won') campaign(state, out);
}

/**
 * The leader wants this server to lead after it (thesis §3.10). There is nothing to ask before: the
 * leader has seen to it that the log is complete. Learners cannot lead.
 */
export function onTimeoutNow(state: RaftState, out: Draft): void {
  const { role, configuration, id } = state;
  if (role.name !== 'follower' && role.name !== 'precandidate') return;
  if (isVoter(configuration, id)) campaign(state, out, true);
}

/** Stands for election in a new term (thesis §3.4). The own vote counts once it is durable. */
function campaign(state: RaftState, out: Draft, isTransfer = false): void {
  enterTerm(state, state.hard.term + 1, state.id);
  state.role = { name: 'candidate', votes: new Map() };
  restartElectionTimer(state);
  const { term } = state.hard;
  const question = { kind: 'RequestVote', term, last: state.log.last } as const;
  askVoters(state, isTransfer ? { ...question, isTransfer } : question, out);
}

function askVoters(state: RaftState, question: PreVote | RequestVote, out: Draft): void {
  for (const id of votersOf(state.configuration)) if (id !== state.id) out.say(id, question);
}

/**
 * Answers without changing anything: not the term, not the vote, not the timer. Granted if the
 * asker could lead and no leader has been heard for the shortest election timeout.
 */
export function onPreVote(state: RaftState, from: NodeId, m: PreVote, out: Draft): void {
  const { term } = state.hard;
  const granted = m.term > term && upToDate(m.last, state.log.last) && !isLoyal(state, from);
  out.say(from, { kind: 'PreVoteReply', term: granted ? m.term : term, granted });
}

export function onPreVoteReply(state: RaftState, from: NodeId, m: PreVoteReply, out: Draft): void {
  if (state.role.name !== 'precandidate') return;
  if (m.granted && m.term !== state.hard.term + 1) return;
  state.role.votes.set(from, m.granted);
  const verdict = tally(state.configuration, state.role.votes);
  if (verdict === 'won') campaign(state, out);
  if (verdict === 'lost') becomeFollower(state, state.hard.term, null, out);
}

/**
 * One vote per term, for a candidate whose log is at least as up to date (thesis §3.4, §3.6.1).
 * Whoever hears from a leader does not even take notice of the term (§4.2.3), unless that leader
 * itself wants the election.
 */
export function onRequestVote(state: RaftState, from: NodeId, m: RequestVote, out: Draft): void {
  const isNews = m.term > state.hard.term || leaderOf(state) === null;
  if (isNews && !m.isTransfer && isLoyal(state, from)) return;
  if (m.term > state.hard.term) becomeFollower(state, m.term, null, out);
  const { term, vote } = state.hard;
  const isFree = vote === null || vote === from;
  const granted = m.term === term && isFree && upToDate(m.last, state.log.last);
  if (granted) {
    if (vote === null) enterTerm(state, term, from);
    restartElectionTimer(state);
  }
  out.say(from, { kind: 'RequestVoteReply', term, granted });
}

export function onRequestVoteReply(
  state: RaftState,
  from: NodeId,
  m: RequestVoteReply,
  out: Draft,
): void {
  if (state.role.name === 'candidate') countVote(state, from, m.granted, out);
}

/** A write is durable: if it held this candidate's vote for itself, that vote counts now. */
export function countOwnVote(state: RaftState, storedTerm: Term, out: Draft): void {
  if (state.role.name !== 'candidate' || storedTerm !== state.hard.term) return;
  countVote(state, state.id, true, out);
}

function countVote(state: RaftState, voter: NodeId, granted: boolean, out: Draft): void {
  if (state.role.name !== 'candidate') return;
  state.role.votes.set(voter, granted);
  const verdict = tally(state.configuration, state.role.votes);
  if (verdict === 'won') becomeLeader(state);
  if (verdict === 'lost') becomeFollower(state, state.hard.term, null, out);
}

/** Follows `leader`, or nobody yet, in `term`. The vote of the term is kept if the term stays. */
export function becomeFollower(
  state: RaftState,
  term: Term,
  leader: NodeId | null,
  out: Draft,
): void {
  const past = state.role;
  if (term !== state.hard.term) enterTerm(state, term, null);
  // Whoever was heard may read by a lease that counts on this server, so loyalty outlives the term.
  const lastAt = past.name === 'follower' ? past.heardAt : Number.NEGATIVE_INFINITY;
  const heardAt = leader === null ? lastAt : state.now;
  state.role = { name: 'follower', leader, heardAt };
  if (past.name !== 'follower' || leader !== null) restartElectionTimer(state);
  if (past.name === 'leader') refuseReads(past.reads, out);
}

/**
 * True while this server hears from a leader, so that a server which cannot cannot disturb it. The
 * leader that is heard may itself ask: it has restarted, and would know best.
 */
function isLoyal(state: RaftState, asker: NodeId): boolean {
  const { role, now, settings } = state;
  if (role.name === 'leader') return true;
  if (role.name !== 'follower' || role.leader === asker) return false;
  return now - role.heardAt < settings.electionMsMin;
}
