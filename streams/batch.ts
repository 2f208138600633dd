import type { Change } from '../lib/core/change.ts';
import type { Proposal } from '../lib/core/input.ts';
import type { Pending } from './pending.ts';

/** What one message brought that has to go on to a leader. */
export class Batch {
  readonly writes: Pending[] = [];
  readonly reads: Pending[] = [];
  readonly changes: (readonly [Pending, readonly Change[]])[] = [];

  /** @param changes of who takes part, if that is what it asks for. */
  add(pending: Pending, changes: readonly Change[] | null): void {
    if (changes) this.changes.push([pending, changes]);
    else (pending.isWrite ? this.writes : this.reads).push(pending);
  }
}

export function proposal({ token, request }: Pending): Proposal {
  return { token, payload: request.frame };
}
