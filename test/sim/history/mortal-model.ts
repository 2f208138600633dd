import { CLOCK_STEP_MS } from '../../../lib/core/log-clock.ts';
import { KeyValueModel } from './key-value-model.ts';
import type { AnyAsk, Ask, Members, TimedAsk } from './operation.ts';
import type { Freshness, Replay } from './replay.ts';

/** A session or a lease: when it ends, and when it is looked at next whether it has. */
type Mortal = { readonly ttl: number; endsAt: number; lookAt: number };
type Session = Mortal & { floor: number; newest: number; readonly replies: Map<number, Members> };

/** What ended, and how long it had to live. */
export type Ended = { readonly id: number; readonly ttl: number };

const REPLIES_MAX = 1024;

/**
 * The key-value database with its sessions and leases, in the simplest way there is: maps beside
 * `KeyValueModel`. Of replies it forgets only the number, not the bytes.
 */
export class MortalModel implements Replay<AnyAsk> {
  readonly #keys = new KeyValueModel();
  readonly #sessions = new Map<number, Session>();
  readonly #leases = new Map<number, Mortal>();
  readonly #leaseOf = new Map<string, number>();
  #now = 0;

  get rev(): number {
    return this.#keys.rev;
  }

  freshness(ask: AnyAsk): Freshness | null {
    return isTimed(ask) ? null : this.#keys.freshness(ask);
  }

  read(ask: AnyAsk): Members {
    return isTimed(ask) ? {} : this.#keys.read(ask);
  }

  mayRepeat({ seq }: AnyAsk): boolean {
    return seq !== undefined;
  }

  apply(ask: AnyAsk, index: number): Members {
    const { session: id, seq, acked = 0 } = ask;
    if (id === undefined || seq === undefined) return this.#apply(ask, index);
    const session = this.#sessions.get(id);
    if (!session) return expired('SESSION_EXPIRED');
    session.endsAt = this.#endOf(session.ttl);
    session.floor = Math.max(session.floor, acked);
    if (seq <= session.floor) return expired('TIMEOUT');
    const reply = session.replies.get(seq) ?? this.#apply(ask, index);
    session.replies.set(seq, reply);
    session.newest = Math.max(session.newest, seq);
    session.floor = Math.max(session.floor, session.newest - REPLIES_MAX);
    return reply;
  }

  /** Log time moves on. @returns what ended. */
  pass(ms: number): readonly Ended[] {
    this.#now += ms;
    const due = [
      ...[...this.#sessions].map(([id, mortal]) => ({ all: this.#sessions, id, mortal })),
      ...[...this.#leases].map(([id, mortal]) => ({ all: this.#leases, id, mortal })),
    ].filter(({ mortal }) => mortal.lookAt <= this.#now);
    const ended: Ended[] = [];
    for (const { all, id, mortal } of due.sort((a, b) => a.mortal.lookAt - b.mortal.lookAt)) {
      mortal.lookAt = mortal.endsAt;
      if (mortal.endsAt > this.#now) continue;
      if (all === this.#leases) this.#end(id);
      else all.delete(id);
      ended.push({ id, ttl: mortal.ttl });
    }
    return ended;
  }

  #apply(ask: AnyAsk, index: number): Members {
    if (isTimed(ask)) return this.#applyTimed(ask, index);
    const puts = stepsOf(ask);
    if (puts.some(({ lease }) => lease !== undefined && !this.#leases.has(lease)))
      return expired('LEASE_EXPIRED');
    const { rev } = this.#keys;
    const reply = this.#keys.apply(ask, index);
    for (const { key } of this.#keys.changes.slice(rev)) this.#leaseOf.delete(key);
    if (ask.op === 'put' && ask.lease !== undefined) this.#leaseOf.set(ask.key, ask.lease);
    return reply;
  }

  #applyTimed(ask: TimedAsk, index: number): Members {
    if (ask.op === 'session.open' || ask.op === 'lease.grant') {
      const endsAt = this.#endOf(ask.ttl);
      const mortal = { ttl: ask.ttl, endsAt, lookAt: endsAt };
      const { ttl } = ask;
      if (ask.op === 'lease.grant') {
        this.#leases.set(index, mortal);
        return { lease: index, ttl, index };
      }
      this.#sessions.set(index, { ...mortal, floor: 0, newest: 0, replies: new Map() });
      return { session: index, ttl, index };
    }
    if (ask.op === 'session.close') {
      const session = this.#sessions.get(ask.session);
      if (!session) return expired('SESSION_EXPIRED');
      this.#sessions.delete(ask.session);
      return { session: ask.session, ttl: session.ttl, index };
    }
    const { lease } = ask;
    const found = this.#leases.get(lease);
    if (!found) return expired('LEASE_EXPIRED');
    if (ask.op === 'lease.keep') found.endsAt = this.#endOf(found.ttl);
    else this.#end(lease);
    return { lease, ttl: found.ttl, rev: this.rev, index };
  }

  #endOf(ttl: number): number {
    return this.#now + ttl + CLOCK_STEP_MS;
  }

  #end(lease: number): void {
    this.#leases.delete(lease);
    const keys = [...this.#leaseOf].filter(([, of]) => of === lease).map(([key]) => key);
    for (const key of keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
      this.#leaseOf.delete(key);
      this.#keys.apply({ op: 'delete', key }, 0);
    }
  }
}

function stepsOf(ask: Ask): readonly { readonly lease?: number }[] {
  return ask.op === 'put' ? [ask] : [];
}

export function isTimed(ask: AnyAsk): ask is TimedAsk {
  return ask.op.startsWith('session.') || ask.op.startsWith('lease.');
}

function expired(code: string): Members {
  return { ok: false, code };
}
