import type { Configuration, Member, NodeId } from './types.ts';

/**
 * Majorities, as arithmetic on sets. A configuration decides with a majority of `voters` and, in
 * joint mode, a majority of `outgoing`; an empty set agrees to everything, so the same functions
 * serve both modes (thesis §4.3).
 */

export type Verdict = 'won' | 'lost' | 'pending';

/** What an election has come to. */
export function tally(configuration: Configuration, votes: ReadonlyMap<NodeId, boolean>): Verdict {
  if (isQuorum(configuration, (id) => votes.get(id) === true)) return 'won';
  return isQuorum(configuration, (id) => votes.get(id) !== false) ? 'pending' : 'lost';
}

/** True if those that `agree` are enough to decide. */
export function isQuorum(configuration: Configuration, agree: (id: NodeId) => boolean): boolean {
  return isMajority(configuration.voters, agree) && isMajority(configuration.outgoing, agree);
}

function isMajority(members: readonly NodeId[], agree: (id: NodeId) => boolean): boolean {
  let agreeing = 0;
  for (const id of members) if (agree(id)) agreeing += 1;
  return members.length === 0 || agreeing * 2 > members.length;
}

/**
 * The highest value that a quorum has reached: of log indexes the one that may be committed, of
 * rounds the one that is confirmed, of times the last contact with a quorum.
 *
 * @returns Infinity for a configuration without voters.
 */
export function reachedByQuorum(
  configuration: Configuration,
  reached: (id: NodeId) => number,
): number {
  return Math.min(
    reachedByMajority(configuration.voters, reached),
    reachedByMajority(configuration.outgoing, reached),
  );
}

function reachedByMajority(members: readonly NodeId[], reached: (id: NodeId) => number): number {
  if (members.length === 0) return Number.POSITIVE_INFINITY;
  const values = members.map(reached).sort((a, b) => b - a);
  return values[Math.floor(members.length / 2)] as number;
}

/** Learners are not voters: never counted, never candidates. */
export function isVoter(configuration: Configuration, id: NodeId): boolean {
  return configuration.voters.includes(id) || configuration.outgoing.includes(id);
}

/** Everyone in the configuration who votes, each once. */
export function votersOf(configuration: Configuration): readonly NodeId[] {
  const { voters, outgoing } = configuration;
  return outgoing.length === 0 ? voters : [...new Set([...voters, ...outgoing])];
}

/** A configuration of voters whose addresses nobody needs. */
export function votersOnly(voters: readonly NodeId[]): Configuration {
  return { voters, outgoing: [], learners: [], promoting: [], members: [] };
}

/** The configuration that a new cluster starts from: all its members vote. */
export function foundedBy(members: readonly Member[]): Configuration {
  return { ...votersOnly(members.map(({ id }) => id)), members };
}

/** Everyone a leader replicates to: all members but itself. */
export function peersOf(configuration: Configuration, self: NodeId): readonly NodeId[] {
  const all = new Set([...votersOf(configuration), ...configuration.learners]);
  all.delete(self);
  return [...all];
}
