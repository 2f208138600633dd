import type { StateMachine } from '../lib/store/state-machine.ts';
import { type Refusal, type Request, refuse } from '../lib/wire/client.ts';
import { changesIn } from '../lib/wire/member-change.ts';
import type { Kind } from './pending.ts';
import { checkTransfer } from './transfer-desk.ts';

/** What has to be done with a request, or why it cannot be taken. */
export function kindOf(
  request: Request,
  machine: Pick<StateMachine, 'route' | 'check' | 'logTime'>,
): Kind | Refusal {
  const { op } = request;
  if (op === 'snapshot') return op;
  if (op === 'transfer') return checkTransfer(request) ?? op;
  if (op === 'snapshot') return op;
  const changes = changesIn(request);
  if (changes !== null) return 'ok' in changes ? changes : 'change';
  const kind = machine.route(op);
  if (kind === null) return refuse('UNKNOWN_OP', `no operation is called ${op}`);
  if (kind === 'write' && request.session !== null && !machine.logTime) {
    // a promise that an effect happens once must not be broken in silence
    return refuse('SESSION_EXPIRED', 'this state machine keeps no sessions; leave session out');
  }
  return machine.check(request) ?? kind;
}
