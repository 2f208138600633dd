import type { StateMachine } from '../lib/store/state-machine.ts';
import { type Refusal, type Request, refuse } from '../lib/wire/client.ts';
import type { Kind } from './pending.ts';
import { checkTransfer } from './transfer-desk.ts';

/** What `op` asks for: something of the node itself, or of its state machine. */
export function kindOf(op: string, machine: StateMachine): Kind | null {
  return op === 'transfer' || op === 'snapshot' ? op : machine.route(op);
}

/** Why a request will never take effect as it is, or null. */
export function wrongWith(
  request: Request,
  kind: Kind | null,
  machine: StateMachine,
): Refusal | null {
  if (kind === null) return refuse('UNKNOWN_OP', `no operation is called ${request.op}`);
  if (kind === 'snapshot') return null;
  return kind === 'transfer' ? checkTransfer(request) : machine.check(request);
}
