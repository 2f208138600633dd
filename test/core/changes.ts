import type { Change } from '../../lib/core/change.ts';
import type { Configuration, Member, NodeId } from '../../lib/core/types.ts';
import type { Chance } from '../sim/chance.ts';

/** Where a server of a simulated cluster would be reached. */
export function memberOf(id: NodeId): Member {
  const at = (name: string): string => `tcp://${name}${id}:1`;
  return { id, peer: at('p'), client: at('c'), events: at('e'), incarnation: null };
}

/** What somebody may want to change, not all of it allowed: mostly one thing, sometimes two. */
export function drawChanges(
  now: Configuration,
  ids: readonly NodeId[],
  chance: Chance,
): readonly Change[] {
  const changes = [drawChange(now, ids, chance)];
  if (chance.happens(0.3)) changes.push(drawChange(now, ids, chance));
  return changes;
}

function drawChange(now: Configuration, ids: readonly NodeId[], chance: Chance): Change {
  const { voters, learners } = now;
  const spares = ids.filter((id) => !voters.includes(id) && !learners.includes(id));
  const any = chance.pick(ids);
  const one = (some: readonly NodeId[]): NodeId => (some.length > 0 ? chance.pick(some) : any);
  const kind = chance.pick([
    'add',
    'add',
    'add',
    'promote',
    'demote',
    'remove',
    'remove',
    'update',
  ]);
  switch (kind) {
    case 'add': {
      const as = chance.happens(0.7) ? 'voter' : 'learner';
      return { kind, member: memberOf(one(spares)), as };
    }
    case 'promote':
      return { kind, id: one(learners) };
    case 'update':
      return { kind, member: { ...memberOf(any), incarnation: 7 } };
    case 'demote':
      return { kind, id: one(voters) };
    default:
      return { kind: 'remove', id: one([...voters, ...learners]) };
  }
}
