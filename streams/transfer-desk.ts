import type { RefusalReason } from '../lib/core/outcome.ts';
import { Arguments } from '../lib/wire/arguments.ts';
import { type Code, type Refusal, type Request, refuse } from '../lib/wire/client.ts';
import { NODE_MAX } from '../lib/wire/fields.ts';

/** The token of a transfer that nobody waits for, because the node itself wants it: it leaves. */
export const OWN_TOKEN = 0;

/** @returns null if `request` is a sound `transfer`: `to` may be left out. */
export function checkTransfer({ args, op }: Request): Refusal | null {
  const taken = new Arguments(args, op, 0);
  taken.only('to');
  taken.uint('to', 1, NODE_MAX, 1);
  return taken.refusal;
}

/** What clients are told if the core refuses, where it does not depend on who leads. */
export function refusalOf(reason: Exclude<RefusalReason, 'NotLeader'>): Refusal {
  const [code, message] = REFUSALS[reason];
  return refuse(code, message);
}

const REFUSALS: Readonly<
  Record<Exclude<RefusalReason, 'NotLeader'>, readonly [Code, message: string]>
> = {
  Busy: ['BUSY', 'the leader holds as many uncommitted bytes as it may'],
  Transferring: ['TRANSFERRING', 'the leader is handing over its office: try again in a moment'],
  ConfigInProgress: ['CONFIG_IN_PROGRESS', 'another change of who takes part is under way'],
  BadChange: ['BAD_REQUEST', 'who takes part cannot be changed like this'],
  NotAMember: ['NOT_A_MEMBER', 'only another voter of the cluster can be made the leader'],
  NotReady: [
    'NOT_READY',
    'the node that was to lead could not be reached, or brought up to date in time; nothing has changed',
  ],
  TransferReplaced: ['TRANSFERRING', 'another transfer took the place of this one'],
  TransferUnknown: [
    'TIMEOUT',
    'the node that was to lead was told so, but has not been heard as leader; it may yet lead',
  ],
};
