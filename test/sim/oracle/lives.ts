import type { Millis } from '../../../lib/core/types.ts';
import { isTimed, MortalModel } from '../history/mortal-model.ts';
import type { AnyAsk, Committed } from '../history/operation.ts';
import type { Time } from '../subject.ts';

/**
 * Judges that no session and no lease ends before its ttl is over, in real time as the simulator has
 * it: counted from when a client asked for what began or prolonged it last. Log time goes by the
 * clock of the leader, so what that jumps ahead passes too.
 *
 * @param drift how much faster the clock of a leader may run.
 */
export function watchLives(drift: number) {
  const model = new MortalModel();
  const heardOfMs = new Map<number, Millis>();

  return ({ index, ask, clockMs }: Committed<AnyAsk>, { now, askedMs, jumpedSince }: Time) => {
    if (clockMs !== undefined) {
      for (const { id, ttl } of model.pass(clockMs)) {
        const heardOf = heardOfMs.get(id) ?? 0;
        const livedMs = now - heardOf;
        if (livedMs * (1 + drift) + jumpedSince(heardOf) < ttl - ROUNDING_MS)
          return `what was opened at ${id} for ${ttl} ms has ended after ${livedMs} ms`;
      }
    }
    if (ask === null) return null;
    const { code } = model.apply(ask, index);
    const id = idOf(ask, index);
    if (code === undefined && id !== null)
      heardOfMs.set(id, Math.max(askedMs, heardOfMs.get(id) ?? 0));
    return null;
  };
}

const ROUNDING_MS = 1;

/** What an entry begins or prolongs. */
function idOf(ask: AnyAsk, index: number): number | null {
  if (isTimed(ask)) {
    if (ask.op === 'session.open' || ask.op === 'lease.grant') return index;
    if (ask.op === 'lease.keep') return ask.lease;
  }
  return ask.session ?? null;
}
