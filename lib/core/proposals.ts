import type { Draft } from './draft.ts';
import { RECORD_HEADER_BYTES } from './entry.ts';
import type { Proposal } from './input.ts';
import { clockProposals } from './log-clock.ts';
import type { RaftState } from './state.ts';

/**
 * Clients want commands in the log. A leader appends them (they are stored and sent when the turn
 * settles); anybody else refuses, and so does a leader that is handing over its office, or that holds
 * too much uncommitted already.
 * At least one proposal is taken whenever nothing is uncommitted, however large it is.
 */
export function onProposed(state: RaftState, proposals: readonly Proposal[], out: Draft): void {
  const tokens = proposals.map((proposal) => proposal.token);
  const { role, settings, log } = state;
  if (role.name !== 'leader') return out.refuse(tokens, 'NotLeader');

  if (state.transfer !== null) return out.refuse(tokens, 'Transferring');

  let bytes = role.uncommittedBytes;
  for (const { payload } of proposals) bytes += RECORD_HEADER_BYTES + payload.length;
  if (bytes > settings.uncommittedBytesMax && role.uncommittedBytes > 0) {
    return out.refuse(tokens, 'Busy');
  }
  clockProposals(state, role, proposals);
  const first = log.last.index + 1;
  const { term } = state.hard;
  for (const { payload } of proposals) {
    role.uncommittedBytes += log.append(term, 'command', payload).record.length;
  }
  out.accept(tokens, first, term);
}
