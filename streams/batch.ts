import type { Input } from '../lib/core/input.ts';
import type { StateMachine } from '../lib/store/state-machine.ts';
import { readUint } from '../lib/wire/scan.ts';
import type { Pending } from './pending.ts';
import { proposalOf } from './proposal.ts';
import { readModeOf } from './read-queue.ts';

/** What one message brought that has to go on to the core, or to a leader. */
export class Batch {
  readonly writes: Pending[] = [];
  readonly reads: Pending[] = [];
  /** Reads that may be served by the leader's lease. */
  readonly leaseReads: Pending[] = [];
  readonly transfers: Pending[] = [];
  /** Of who takes part. */
  readonly changes: Pending[] = [];

  add(pending: Pending): void {
    this.#kindOf(pending).push(pending);
  }

  #kindOf({ kind, request }: Pending): Pending[] {
    if (kind === 'write') return this.writes;
    if (kind === 'transfer') return this.transfers;
    if (kind === 'change') return this.changes;
    return readModeOf(request) === 'lease' ? this.leaseReads : this.reads;
  }

  /** What the core of a leader is to be told. */
  inputs(machine: StateMachine): readonly Input[] {
    const { writes, reads, leaseReads, transfers } = this;
    const inputs: Input[] = transfers.map(({ token, request }) => {
      const to = request.args.get('to');
      return { kind: 'TransferAsked', token, to: (to && readUint(to)) ?? null };
    });
    const proposals = writes.map((pending) => proposalOf(machine, pending));
    if (proposals.length > 0) inputs.push({ kind: 'Proposed', proposals });
    if (reads.length > 0) inputs.push({ kind: 'Asked', tokens: reads.map(tokenOf) });
    if (leaseReads.length > 0) {
      inputs.push({ kind: 'Asked', tokens: leaseReads.map(tokenOf), byLease: true });
    }
    return inputs;
  }
}

function tokenOf({ token }: Pending): number {
  return token;
}
