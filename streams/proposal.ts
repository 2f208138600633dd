import type { Proposal } from '../lib/core/input.ts';
import type { StateMachine } from '../lib/store/state-machine.ts';
import type { Pending } from './pending.ts';

/** What a leader is asked to append for a write. */
export function proposalOf({ logTime }: StateMachine, { token, request }: Pending): Proposal {
  const payload = request.frame;
  return logTime?.isTimed(request) ? { token, payload, timed: true } : { token, payload };
}
