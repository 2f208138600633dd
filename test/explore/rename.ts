import type { Envelope } from '../../lib/core/message.ts';
import type { HardState, NodeId } from '../../lib/core/types.ts';
import type { Job, Still, StillRole } from './still.ts';

/**
 * Servers differ by their number only, so a world in which they have changed places is the same
 * world. `names[id]` is the new number of server `id`; `names[0]` is 0, for nobody.
 */
export type Names = readonly NodeId[];

/** All ways to number `nodes` servers, the one that changes nothing first. */
export function allNames(nodes: number): readonly Names[] {
  const ways: NodeId[][] = [[0]];
  for (let id = 1; id <= nodes; id += 1) {
    for (const way of ways.splice(0)) {
      for (let name = 1; name <= nodes; name += 1)
        if (!way.includes(name)) ways.push([...way, name]);
    }
  }
  return ways;
}

/** The way back. */
export function inverse(names: Names): Names {
  return names.map((_, id) => names.indexOf(id));
}

export function renameStill(still: Still, names: Names): Still {
  return {
    ...still,
    id: rename(still.id, names),
    hard: renameHard(still.hard, names),
    role: renameRole(still.role, names),
    disk: { hard: renameHard(still.disk.hard, names), log: still.disk.log },
    jobs: still.jobs.map((job) => renameJob(job, names)),
  };
}

export function renameMail({ from, to, message }: Envelope, names: Names): Envelope {
  return { from: rename(from, names), to: rename(to, names), message };
}

function rename(id: NodeId, names: Names): NodeId {
  return names[id] as NodeId;
}

function renameHard({ term, vote }: HardState, names: Names): HardState {
  return { term, vote: vote === null ? null : rename(vote, names) };
}

function renameRole(role: StillRole, names: Names): StillRole {
  switch (role.name) {
    case 'follower':
      return role.leader === null ? role : { ...role, leader: rename(role.leader, names) };
    case 'precandidate':
    case 'candidate':
      return { ...role, votes: renamePairs(role.votes, names) };
    case 'leader':
      return { ...role, progress: renamePairs(role.progress, names) };
  }
}

function renamePairs<T>(pairs: readonly (readonly [NodeId, T])[], names: Names) {
  return pairs.map(([id, value]) => [rename(id, names), value] as const).sort(([a], [b]) => a - b);
}

function renameJob({ write, oaths }: Job, names: Names): Job {
  const hard = write.hard && renameHard(write.hard, names);
  return {
    write: { ...write, hard },
    oaths: oaths.map(({ envelope, proof }) => ({ envelope: renameMail(envelope, names), proof })),
  };
}
