import type { Proposal } from '../lib/core/input.ts';
import type { Pending } from './pending.ts';

/** What one message brought that has to go on to a leader. */
export class Batch {
  readonly writes: Pending[] = [];
  readonly reads: Pending[] = [];

  add(pending: Pending): void {
    (pending.isWrite ? this.writes : this.reads).push(pending);
  }
}

export function proposal({ token, request }: Pending): Proposal {
  return { token, payload: request.frame };
}
