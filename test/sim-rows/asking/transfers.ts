import type { Chance } from '../../sim/chance.ts';
import type { Ask, Condition, History, Members, Step } from '../../sim/history/operation.ts';
import type { Subject } from '../../sim/subject.ts';

const ACCOUNTS = ['a1', 'a2', 'a3', 'a4'];
const AMOUNT_MAX = 100;
const ALL: Ask & Step = { op: 'range', prefix: 'a' };

/** What a client read of one account. */
type Account = { readonly key: string; readonly value: number; readonly rev: number };

/** Every account begins with nothing and may be overdrawn, so that all together always hold nothing. */
export const transfers: Subject<Ask>['asking'] = () => {
  const seen = new Map<number, readonly Account[]>();
  return {
    draw: (chance, _, client) => {
      const accounts = seen.get(client);
      if (!accounts || chance.happens(0.3)) return ALL;
      seen.delete(client);
      return drawTransfer(chance, accounts);
    },
    isLocal: () => false,
    learn: (client, _, answer) => {
      const accounts = answer.kind === 'ok' ? accountsIn(answer.reply) : null;
      if (accounts) seen.set(client, accounts);
    },
  };
};

/** Both accounts must still be as they were read; if not, they are read anew. */
function drawTransfer(chance: Chance, accounts: readonly Account[]): Ask {
  const [from = '', to = ''] = [...ACCOUNTS].sort(() => chance.between(-1, 1));
  const amount = chance.whole(1, AMOUNT_MAX);
  const holds = (key: string): Condition => {
    const account = accounts.find((one) => one.key === key);
    return { key, expect: account ? { rev: account.rev } : { absent: true } };
  };
  const plus = (key: string, more: number): Step => {
    const { value = 0 } = accounts.find((one) => one.key === key) ?? {};
    return { op: 'put', key, value: value + more };
  };
  return {
    op: 'txn',
    if: [holds(from), holds(to)],
    // biome-ignore lint/suspicious/noThenProperty: that is its name in the protocol
    then: [plus(from, -amount), plus(to, amount)],
    else: [ALL],
  };
}

/** All accounts, if this reply tells them. */
function accountsIn(reply: Members): readonly Account[] | null {
  const { entries, results } = reply;
  if (Array.isArray(entries)) return entries as readonly Account[];
  const [first] = Array.isArray(results) ? (results as readonly Members[]) : [];
  return first?.['entries'] ? (first['entries'] as readonly Account[]) : null;
}

/** Nobody ever saw money come or go. */
export function wrongInSums({ operations }: History): string | null {
  let moved = 0;
  for (const { id, answer } of operations) {
    if (answer.kind !== 'ok') continue;
    if (answer.reply['succeeded'] === true) moved += 1;
    const sum = (accountsIn(answer.reply) ?? []).reduce((all, { value }) => all + value, 0);
    if (sum !== 0) return `request ${id} saw ${sum} in all accounts together`;
  }
  return moved > 0 ? null : 'no transfer came about';
}
