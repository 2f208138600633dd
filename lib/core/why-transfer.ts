import type { RefusalReason } from './outcome.ts';
import type { Case } from './why-case.ts';

/** What became of handing over an office (transfer.ts). */
export function whyTransfer({ outcome, state }: Case): readonly string[] {
  const lines: string[] = [];
  for (const { to, message } of outcome.free) {
    if (message.kind !== 'TimeoutNow') continue;
    const { index } = state.log.last;
    lines.push(
      `n${to} is told to stand for election: it has all up to ${index}, and that is committed (§3.10)`,
    );
  }
  for (const { leader, term } of outcome.transferred) {
    lines.push(`the transfer is done: n${leader} leads term ${term} (§3.10)`);
  }
  return lines;
}

/** Why somebody was refused, where it does not depend on who leads. */
export const WHY_REFUSED: Readonly<Partial<Record<RefusalReason, string>>> = {
  Transferring: 'it hands over its office (§3.10)',
  NotAMember: 'who shall lead is no voter (§3.10)',
  NotReady: 'who shall lead was not reached, or not up to date in time (§3.10)',
  TransferReplaced: 'another was wanted before anything had happened (§3.10)',
  TransferUnknown: 'TimeoutNow has left, and whom it was for has not been heard as leader (§3.10)',
};
