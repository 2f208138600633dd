import type { NodeAddress } from '../../config/schema.ts';
import type { Member } from '../core/types.ts';

/** The members that a cluster begins with, if it begins with these nodes. */
export function membersOf(nodes: readonly NodeAddress[]): readonly Member[] {
  return nodes.map(({ id, peer, client, events }) => {
    return { id, peer, client, events, incarnation: null };
  });
}
