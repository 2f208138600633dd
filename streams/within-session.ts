import type { Proposal } from '../lib/core/input.ts';
import type { StateMachine } from '../lib/store/state-machine.ts';
import { type Refusal, type Request, refuse } from '../lib/wire/client.ts';
import type { Pending } from './pending.ts';

/** What a leader is asked to append for a write. */
export function proposalOf({ logTime }: StateMachine, { token, request }: Pending): Proposal {
  const payload = request.frame;
  return logTime?.isTimed(request) ? { token, payload, timed: true } : { token, payload };
}

/** A promise that an effect happens once must not be broken in silence. */
export function sessionObjection(
  { logTime }: StateMachine,
  { session }: Request,
  route: 'write' | 'read' | null,
): Refusal | null {
  if (session === null || logTime || route !== 'write') return null;
  return refuse('SESSION_EXPIRED', 'this state machine keeps no sessions; leave session out');
}
