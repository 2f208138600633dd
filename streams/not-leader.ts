import type { NodeId } from '../lib/core/types.ts';
import type { View } from '../lib/core/view.ts';
import { type Refusal, refuse } from '../lib/wire/client.ts';

/** Sends a client to whoever leads; `view` says where that is. */
export function notLeader(view: View | null, leader: NodeId | null): Refusal {
  const member = view?.configuration.members.find(({ id }) => id === leader);
  if (!member) return refuse('NO_LEADER', 'no leader is known at the moment: try again');
  const { id, client } = member;
  return refuse('NOT_LEADER', `server ${id} leads: ask it`, { id, client });
}
