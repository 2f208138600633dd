import { isVoter } from './quorum.ts';
import type { Configuration, Member, NodeId } from './types.ts';

/**
 * What may be changed about who takes part. An address or the incarnation of a member is changed by
 * `update`; its id never.
 */
export type Change =
  | { readonly kind: 'add'; readonly member: Member; readonly as: 'voter' | 'learner' }
  | { readonly kind: 'promote'; readonly id: NodeId }
  | { readonly kind: 'demote'; readonly id: NodeId }
  | { readonly kind: 'remove'; readonly id: NodeId }
  | { readonly kind: 'update'; readonly member: Member };

/** Why a change cannot be made to the configuration as it is. */
export type ChangeFault = {
  readonly reason: 'NotAMember' | 'BadChange';
  /** A sentence for the operator. */
  readonly why: string;
};

/** Whom a change is about. */
export function subjectOf(change: Change): NodeId {
  return change.kind === 'add' || change.kind === 'update' ? change.member.id : change.id;
}

/** A configuration that is being changed: its sets, and its members by id. */
type Sets = {
  readonly voters: Set<NodeId>;
  readonly learners: Set<NodeId>;
  readonly promoting: Set<NodeId>;
  readonly members: Map<NodeId, Member>;
};

/**
 * The configuration that results from all `changes` as one step: a joint one if other servers vote
 * afterwards (thesis §4.3). A new voter begins as a learner that is to be promoted.
 *
 * @param now not joint.
 * @returns `now` itself if it is so already.
 */
export function applyChanges(
  now: Configuration,
  changes: readonly Change[],
): Configuration | ChangeFault {
  const ids = changes.map(subjectOf);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) return bad(`server ${twice} is named twice in one change`);
  const sets: Sets = {
    voters: new Set(now.voters),
    learners: new Set(now.learners),
    promoting: new Set(now.promoting),
    members: new Map(now.members.map((member) => [member.id, member])),
  };
  for (const change of changes) {
    const fault = apply(sets, change);
    if (fault !== null) return fault;
  }
  return settle(now, sets);
}

function apply(sets: Sets, change: Change): ChangeFault | null {
  const id = subjectOf(change);
  if (change.kind !== 'add' && !sets.voters.has(id) && !sets.learners.has(id)) {
    return { reason: 'NotAMember', why: `server ${id} is not a member` };
  }
  switch (change.kind) {
    case 'add':
      return add(sets, change.member, change.as);
    case 'promote':
      if (sets.learners.delete(id)) sets.voters.add(id);
      sets.promoting.delete(id);
      return null;
    case 'demote':
      if (sets.voters.delete(id)) sets.learners.add(id);
      sets.promoting.delete(id);
      return null;
    case 'remove':
      for (const set of Object.values(sets)) set.delete(id);
      return null;
    case 'update':
      return update(sets, change.member);
  }
}

function add(sets: Sets, member: Member, as: 'voter' | 'learner'): ChangeFault | null {
  const { id } = member;
  const isKnown = sets.voters.has(id) || sets.learners.has(id);
  if (isKnown) {
    const known = sets.members.get(id);
    if (known && !isThere(known, member)) {
      return bad(
        `server ${id} is a member already, with other data: update it, or remove it first`,
      );
    }
    if (as === 'learner' && sets.voters.has(id)) {
      return bad(`server ${id} is a voter already: demote it to make it a learner`);
    }
  } else {
    const other = sharing(sets, member);
    if (other !== null) return bad(`server ${other} is reached at an address of server ${id}`);
    sets.learners.add(id);
    sets.members.set(id, member);
  }
  if (as === 'voter' && sets.learners.has(id)) sets.promoting.add(id);
  return null;
}

/** A null incarnation says nothing, so it contradicts nothing. */
function isThere(known: Member, wanted: Member): boolean {
  return (
    known.peer === wanted.peer &&
    known.client === wanted.client &&
    known.events === wanted.events &&
    (wanted.incarnation === null || known.incarnation === wanted.incarnation)
  );
}

function update(sets: Sets, member: Member): ChangeFault | null {
  const { id } = member;
  const known = sets.members.get(id);
  const incarnation = member.incarnation ?? known?.incarnation ?? null;
  if (known && known.incarnation !== null && known.incarnation !== incarnation) {
    return bad(
      `server ${id} has another incarnation: it has lost what it promised; remove it, and add it anew`,
    );
  }
  const other = sharing(sets, member);
  if (other !== null) return bad(`server ${other} is reached at an address of server ${id}`);
  if (!known || !isThere(known, member)) sets.members.set(id, { ...member, incarnation });
  return null;
}

/** Who else is reached at one of the addresses, or null. */
function sharing(sets: Sets, { id, peer, client, events }: Member): NodeId | null {
  const wanted = [peer, client, events];
  for (const other of sets.members.values()) {
    if (other.id === id) continue;
    if ([other.peer, other.client, other.events].some((one) => wanted.includes(one))) {
      return other.id;
    }
  }
  return null;
}

function settle(now: Configuration, sets: Sets): Configuration | ChangeFault {
  if (sets.voters.size === 0) return bad('no voter would be left');
  const voters = inOrder(now.voters, sets.voters);
  const learners = inOrder(now.learners, sets.learners);
  const promoting = inOrder(now.promoting, sets.promoting);
  const hasOtherVoters = voters !== now.voters;
  const outgoing = hasOtherVoters ? now.voters : [];
  const stays = (id: NodeId): boolean => sets.members.has(id) || outgoing.includes(id);
  const before = now.members.filter(({ id }) => stays(id));
  const kept = before.map((member) => sets.members.get(member.id) ?? member);
  const added = [...sets.members.values()].filter(({ id }) => !before.some((m) => m.id === id));
  const members = [...kept, ...added];
  const isSame =
    !hasOtherVoters &&
    learners === now.learners &&
    promoting === now.promoting &&
    members.length === now.members.length &&
    members.every((member, i) => member === now.members[i]);
  return isSame ? now : { voters, outgoing, learners, promoting, members };
}

/** The same list if it holds the same ids; else who stays in its order, and then who is new. */
function inOrder(before: readonly NodeId[], now: ReadonlySet<NodeId>): readonly NodeId[] {
  const isSame = before.length === now.size && before.every((id) => now.has(id));
  return isSame ? before : [...now];
}

function bad(why: string): ChangeFault {
  return { reason: 'BadChange', why };
}

/** What follows a joint configuration: the outgoing voters have no more to say (thesis §4.3). */
export function withoutOutgoing(joint: Configuration): Configuration {
  const after = { ...joint, outgoing: [] };
  const stays = (id: NodeId): boolean => isVoter(after, id) || after.learners.includes(id);
  return { ...after, members: joint.members.filter(({ id }) => stays(id)) };
}
