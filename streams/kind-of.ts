import type { StateMachine } from '../lib/store/state-machine.ts';
import { type Refusal, type Request, refuse } from '../lib/wire/client.ts';
import { changesIn } from '../lib/wire/member-change.ts';
import type { Kind } from './pending.ts';
import { checkTransfer } from './transfer-desk.ts';

/** What has to be done with a request, or why it cannot be taken. */
export function kindOf(
  request: Request,
  machine: Pick<StateMachine, 'route' | 'check'>,
): Kind | Refusal {
  const { op } = request;
  if (op === 'snapshot') return op;
  if (op === 'transfer') return checkTransfer(request) ?? op;
  const changes = changesIn(request);
  if (changes !== null) return 'ok' in changes ? changes : 'change';
  const kind = machine.route(op);
  if (kind === null) return refuse('UNKNOWN_OP', `no operation is called ${op}`);
  return machine.check(request) ?? kind;
}
