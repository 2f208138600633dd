import type { Member, NodeId } from '../../lib/core/types.ts';

/** The cluster that all servers of a run belong to, and the life of their logs. */
export const CLUSTER = 'simulated';
export const INCARNATION = 1;

/** A server as a configuration names it, where the simulated network finds it. */
export function memberOf(id: NodeId): Member {
  const at = (port: string): string => `sim://n${id}/${port}`;
  return { id, peer: at('peer'), client: at('client'), events: at('events'), incarnation: null };
}
