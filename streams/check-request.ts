import type { StateMachine } from '../lib/store/state-machine.ts';
import { type Refusal, type Request, refuse } from '../lib/wire/client.ts';
import type { Kind } from './pending.ts';
import { checkTransfer } from './transfer-desk.ts';

/** Why a request must not be passed on, or null; what is refused here never takes effect. */
export function checkRequest(machine: StateMachine, request: Request, kind: Kind): Refusal | null {
  if (kind === 'transfer') return checkTransfer(request);
  if (kind === 'write' && request.session !== null && !machine.logTime) {
    // a promise that an effect happens once must not be broken in silence
    return refuse('SESSION_EXPIRED', 'this state machine keeps no sessions; leave session out');
  }
  return machine.check(request);
}
