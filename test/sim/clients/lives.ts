import type { Chance } from '../chance.ts';
import { isTimed } from '../history/mortal-model.ts';
import type { Answer, AnyAsk, Ask } from '../history/operation.ts';
import type { ClientsPlan } from '../plan.ts';
import type { SessionAsking } from './in-session.ts';
import type { Asking } from './options.ts';

const WRITES: readonly string[] = ['put', 'delete', 'cas', 'txn', 'lease.grant', 'lease.keep'];

/** How clients of the key-value database use sessions: each has one write under way at a time. */
function sessionsOf({ ttlMs }: ClientsPlan): SessionAsking<AnyAsk> {
  return {
    open: { op: 'session.open', ttl: ttlMs },
    opened: (answer) =>
      answer.kind === 'ok' ? { id: Number(answer.reply['session']), next: 1 } : null,
    within: (ask, session) => {
      if (!WRITES.includes(ask.op)) return ask;
      const seq = session.next;
      session.next += 1;
      const acked = seq > 1 ? { acked: seq - 1 } : {};
      return { ...ask, session: session.id, seq, ...acked };
    },
    hasPlace: ({ seq }) => seq !== undefined,
  };
}

/** Leases that clients grant, keep, use and revoke, now and then instead of what they would ask. */
function drawnLeases({ hasLeases, ttlMs }: ClientsPlan) {
  const granted: number[] = [];
  return {
    draw: (chance: Chance, ask: Ask, id: number): AnyAsk => {
      if (!hasLeases || !chance.happens(0.3)) return ask;
      const dice = chance.between(0, 1);
      if (granted.length === 0 || dice < 0.15) return { op: 'lease.grant', ttl: ttlMs };
      const lease = granted[Math.floor(dice * 997) % Math.min(granted.length, 4)] as number;
      if (dice < 0.3) return { op: 'lease.keep', lease };
      if (dice < 0.35) return { op: 'lease.revoke', lease };
      return 'key' in ask ? { op: 'put', key: ask.key, value: `${id}:leased`, lease } : ask;
    },
    learn: (ask: AnyAsk, answer: Answer): void => {
      if (ask.op === 'lease.grant' && answer.kind === 'ok')
        granted.unshift(Number(answer.reply['lease']));
    },
  };
}

/** Clients that besides use sessions and leases, as the plan has it. */
export function livingAsking(keys: Asking<Ask>, plan: ClientsPlan): Asking<AnyAsk> {
  const leases = drawnLeases(plan);
  return {
    ...(plan.hasSessions && { sessions: sessionsOf(plan) }),
    draw: (chance, id, client) => leases.draw(chance, keys.draw(chance, id, client), id),
    isLocal: (ask) => !isTimed(ask) && keys.isLocal(ask),
    learn: (client, ask, answer) => {
      leases.learn(ask, answer);
      if (!isTimed(ask)) keys.learn(client, ask, answer);
    },
  };
}
