import { Log, type LogImage } from './log.ts';
import { membersSeenBy } from './members-view.ts';
import type { Progress } from './progress.ts';
import { leaderOf, type RaftState, type Role } from './state.ts';
import type { Transfer } from './transfer.ts';
import type { NodeId } from './types.ts';

/**
 * A state between two turns as a closed value: `step` edits states in place, so whoever wants to
 * keep one keeps its image. What is restored from it decides as the state itself would have.
 */
export type StateImage = Readonly<Omit<RaftState, 'log' | 'view'>> & {
  readonly log: Required<LogImage>;
};

/** Takes time in proportion to the entries in memory, which are not copied themselves. */
export function imageOf(state: RaftState): StateImage {
  const { log, view: _, role, transfer, ...facts } = state;
  return { ...facts, role: copyOf(role), transfer: copyOfTransfer(transfer), log: log.image };
}

/** The state of an image, which stays as it is. */
export function restore(image: StateImage): RaftState {
  const { role, hard, commit, id, snapshot, transfer } = image;
  const log = new Log(image.log);
  const bare = { ...image, role: copyOf(role), transfer: copyOfTransfer(transfer), log };
  // a state that a turn has settled shows what it holds
  const view = {
    id,
    role: role.name,
    term: hard.term,
    leader: leaderOf(image),
    commit,
    first: log.first,
    last: log.last.index,
    snapshot: snapshot?.index ?? 0,
    ...membersSeenBy(bare),
  };
  return { ...bare, view };
}

function copyOfTransfer(transfer: Transfer | null): Transfer | null {
  return transfer && { ...transfer, tokens: [...transfer.tokens] };
}

function copyOf(role: Role): Role {
  if (role.name === 'follower') return { ...role };
  if (role.name !== 'leader') return { name: role.name, votes: new Map(role.votes) };
  const { waiting, attached } = role.reads;
  const progress = new Map<NodeId, Progress>();
  for (const [id, one] of role.progress) progress.set(id, { ...one, inflight: [...one.inflight] });
  return {
    ...role,
    progress,
    departing: new Map(role.departing),
    contact: { ...role.contact, beats: [...role.contact.beats] },
    reads: {
      waiting: [...waiting],
      attached: attached && { ...attached, tokens: [...attached.tokens] },
    },
  };
}
