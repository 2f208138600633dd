import { type Refusal, refuse } from '../../wire/client.ts';
import type { Step } from '../../wire/command.ts';
import type { KeyValueState } from './key-value-state.ts';
import { LEASE_KEYS_MAX } from './leases.ts';

/**
 * Why these steps cannot put keys under the leases that they name, or null. Looked at before
 * anything is done, so that a txn has all of its effect or none; the same on every node.
 */
export function leaseObjection(state: KeyValueState, steps: readonly Step[]): Refusal | null {
  const more = new Map<number, Set<string>>();
  for (const step of steps) {
    if (step.op !== 'put' || step.lease === null) continue;
    const { key, lease } = step;
    const found = state.leases.find(lease);
    if (found === null) return leaseExpired(lease);
    const joining = more.get(lease) ?? new Set();
    more.set(lease, joining);
    if (state.values.leaseOf(key.bytes) !== lease) joining.add(key.text);
    if (found.keys + joining.size > LEASE_KEYS_MAX) {
      return refuse('TOO_LARGE', `lease ${lease} would hold more than ${LEASE_KEYS_MAX} keys`);
    }
  }
  return null;
}

export function leaseExpired(lease: number): Refusal {
  return refuse('LEASE_EXPIRED', `there is no lease ${lease}: it has ended, or never was`);
}
