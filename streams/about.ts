import { isVoter } from '../lib/core/quorum.ts';
import type { Index, Member } from '../lib/core/types.ts';
import type { View } from '../lib/core/view.ts';
import { type Refusal, type Reply, refuse } from '../lib/wire/client.ts';
import { SnapshotTraffic } from './snapshot-traffic.ts';
import type { LoopWorld, ServiceWorld } from './world.ts';

/** Answers what any node knows about itself, or null if `op` is not such a question. */
export function answerAbout(
  op: string,
  world: ServiceWorld,
  view: View | null,
): Reply | Refusal | null {
  if (op !== 'status' && op !== 'members') return null;
  if (!view) return refuse('NOT_READY', 'this node is still starting: try again');
  return { ok: true, ...(op === 'status' ? statusOf(world, view) : membersOf(view)) };
}

/** The members of the `status` reply (INTERFACE §3); also what the HTTP endpoint shows. */
export function statusOf(world: LoopWorld | ServiceWorld, view: View): Record<string, unknown> {
  const { identity, machine, clock, version } = world;
  const { role, term, leader, commit, last, first, snapshot } = view;
  const { configuration, configurationIndex } = view;
  return {
    node: identity.node,
    cluster: identity.cluster,
    role,
    term,
    leader,
    commit,
    applied: machine.applied,
    rev: machine.rev,
    last,
    first,
    snapshot,
    snapshots: trafficOf(world),
    members: configuration.members.map(({ id }) => id),
    membersIndex: configurationIndex,
    voter: isVoter(configuration, identity.node),
    uptime: Math.round(clock.now() - world.startedAt),
    version,
  };
}

/** Snapshots on their way: to whom, how far each is, and which one this node receives. */
function trafficOf({ snapshots }: LoopWorld | ServiceWorld): Record<string, unknown> {
  const { outgoing, incoming } = snapshots?.traffic ?? NO_TRAFFIC;
  return { sending: [...outgoing.values()].map((one) => ({ ...one })), receiving: incoming };
}

const NO_TRAFFIC = new SnapshotTraffic();

/** Who takes part, as this node sees it: what `members` replies, and `raft.members` tells. */
export function membersOf(view: View): MembersReply {
  const { configuration, configurationIndex, catchingUp, commit } = view;
  const members = configuration.members.map((member) => {
    const role = isVoter(configuration, member.id) ? 'voter' : 'learner';
    return { role, ...member } as const;
  });
  return {
    members,
    joint: configuration.outgoing.length > 0,
    index: configurationIndex,
    committed: commit >= configurationIndex,
    catchingUp,
  };
}

export type MembersReply = {
  readonly members: readonly (Member & { readonly role: 'voter' | 'learner' })[];
  /** A change of voters is under way: both the old and the new ones decide. */
  readonly joint: boolean;
  /** The entry of the configuration; 0 for the first one. */
  readonly index: Index;
  /** Whether that is committed, as far as this node knows. */
  readonly committed: boolean;
  /** Of the leader: learners that do not hold the log yet. */
  readonly catchingUp: View['catchingUp'];
};
