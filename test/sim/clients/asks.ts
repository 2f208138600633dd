import type { Chance } from '../chance.ts';
import type { Ask, Condition, Expect, Read, Step, Write } from '../history/operation.ts';
import type { ClientsPlan } from '../plan.ts';

/** What a client knows when it asks: the last rev and value that it has seen of each key. */
export type Known = ReadonlyMap<string, { readonly rev: number; readonly value: string | null }>;

/**
 * Draws what a client of the key-value database asks next: half of it reads. Values are unique, so
 * that each names the request that wrote it.
 *
 * @param id of the request.
 */
export function drawAsk(chance: Chance, plan: ClientsPlan, id: number, known: Known): Ask {
  const dice = chance.between(0, 1);
  const key = drawKey(chance, plan);
  if (dice < 0.5) return drawRead(plan, key, dice * 2, known);
  if (plan.hasTransactions && dice < 0.58) return drawTxn(chance, plan, id, known);
  return drawWrite(chance, key, drawValue(chance, plan, id), known);
}

function drawKey(chance: Chance, { keys }: ClientsPlan): string {
  return `k${chance.whole(1, keys)}`;
}

function drawValue(chance: Chance, { paddingBytes }: ClientsPlan, id: number): string {
  return `${id}:${'.'.repeat(chance.whole(0, paddingBytes))}`;
}

function drawWrite(
  chance: Chance,
  key: string,
  value: string,
  known: Known,
): Exclude<Write, { op: 'txn' }> {
  const dice = chance.between(0, 1);
  if (dice < 0.65) return { op: 'put', key, value };
  if (dice < 0.8) return { op: 'delete', key };
  return { op: 'cas', key, expect: drawExpect(chance, key, known), value };
}

/** Mostly what is probably true, so that a part of the conditions hold. */
function drawExpect(chance: Chance, key: string, known: Known): Expect {
  const seen = known.get(key);
  if (!seen || chance.happens(0.2)) return { absent: true };
  if (seen.value === null) return { absent: true };
  return chance.happens(0.5) ? { rev: seen.rev } : { value: seen.value };
}

function drawRead(
  { hasTransactions, hasLeaseReads }: ClientsPlan,
  key: string,
  dice: number,
  known: Known,
): Read {
  const last = Math.max(0, ...[...known.values()].map(({ rev }) => rev));
  if (dice < 0.08) return { op: 'get', key, read: 'stale' };
  if (dice < 0.16) return { op: 'get', key, read: 'stale', atLeast: last };
  if (hasTransactions && dice < 0.22) return { op: 'range', prefix: 'k' };
  // From the beginning, which is gone in the end.
  if (hasTransactions && dice < 0.23) return { op: 'changes', since: 0 };
  if (hasTransactions && dice < 0.28) return { op: 'changes', since: Math.max(0, last - 3) };
  if (hasLeaseReads && dice < 0.5) return { op: 'get', key, read: 'lease' };
  return { op: 'get', key, read: 'linearizable' };
}

function drawTxn(chance: Chance, plan: ClientsPlan, id: number, known: Known): Write {
  const conditions = Array.from({ length: chance.whole(1, 2) }, (): Condition => {
    const key = drawKey(chance, plan);
    return { key, expect: drawExpect(chance, key, known) };
  });
  const steps = (branch: string): Step[] =>
    Array.from({ length: chance.whole(1, 3) }, (_, i) => {
      const key = drawKey(chance, plan);
      if (chance.happens(0.3)) return { op: 'get', key };
      return drawWrite(chance, key, `${id}:${branch}${i}`, known);
    });
  const branches = new Map([
    ['then', steps('t')],
    ['else', steps('e')],
  ]);
  return { op: 'txn', if: conditions, ...Object.fromEntries(branches) };
}
