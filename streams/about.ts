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
  return { ok: true, ...(op === 'status' ? statusOf(world, view) : membersOf(world, view)) };
}

/** The members of the `status` reply (INTERFACE §3); also what the HTTP endpoint shows. */
export function statusOf(world: LoopWorld | ServiceWorld, view: View): Record<string, unknown> {
  const { identity, machine, clock, version, members } = world;
  const { role, term, leader, commit, last, first, snapshot } = view;
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
    members: members.map((member) => member.id),
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

function membersOf({ members }: ServiceWorld, { configuration }: View): Record<string, unknown> {
  const roles = members.map(({ id, peer, client, events }) => {
    const role = configuration.learners.includes(id) ? 'learner' : 'voter';
    return { id, role, peer, client, events };
  });
  return { members: roles, joint: configuration.outgoing.length > 0, index: 0 };
}
