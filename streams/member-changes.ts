import type { Change } from '../lib/core/change.ts';
import type { Input } from '../lib/core/input.ts';
import type { Outcome, Refused } from '../lib/core/outcome.ts';
import type { Millis } from '../lib/core/types.ts';
import { type Code, type Refusal, type Reply, refuse } from '../lib/wire/client.ts';
import { membersOf } from './about.ts';
import type { Pending, PendingTable } from './pending.ts';

type Options = {
  readonly pending: PendingTable;
  readonly submit: (input: Input) => void;
  readonly answer: (pending: Pending, reply: Reply | Refusal) => void;
};

/**
 * Requests that change who takes part, at the leader's desk. One change is made at a time: a second
 * one that a client asks for meanwhile is refused. What the cluster changes by itself (it promotes
 * who has caught up, writes down who has moved, opens a term) takes a moment, and is waited for.
 */
export class MemberChanges {
  readonly #options: Options;
  readonly #asked = new Map<number, readonly Change[]>();
  readonly #held = new Map<number, readonly Change[]>();

  constructor(options: Options) {
    this.#options = options;
  }

  ask({ token }: Pending, changes: readonly Change[]): void {
    this.#asked.set(token, changes);
    this.#options.submit({ kind: 'Reconfigured', token, changes });
  }

  /** Answers what is complete, and what was refused. */
  onDecided({ reconfigured, refused, view }: Outcome): void {
    for (const { token } of reconfigured) {
      if (this.#asked.delete(token)) this.#settle(token, { ok: true, ...membersOf(view) });
    }
    for (const refusal of refused)
      for (const token of refusal.tokens) this.#onRefused(token, refusal);
  }

  #onRefused(token: number, { reason, why }: Refused): void {
    const changes = this.#asked.get(token);
    if (!changes) return;
    this.#asked.delete(token);
    const code = CODE_OF[reason];
    // Another reason is one for any request, and answered as for any.
    if (!code) return;
    if (code === 'CONFIG_IN_PROGRESS' && this.#asked.size === 0) this.#held.set(token, changes);
    else this.#settle(token, refuse(code, why ?? 'the change cannot be made now'));
  }

  /** Asks once more for what was held up; refuses those whose time is up. */
  onTime(now: Millis): void {
    for (const [token, changes] of [...this.#held]) {
      this.#held.delete(token);
      const pending = this.#options.pending.get(token);
      if (!pending) continue;
      if (pending.deadline > now) this.ask(pending, changes);
      else
        this.#settle(
          token,
          refuse('CONFIG_IN_PROGRESS', 'another change was under way all the time'),
        );
    }
  }

  /** This node leads no more: whoever does may go on with a change that was under way. */
  giveUp(lost: Refusal): void {
    for (const token of this.#asked.keys()) this.#settle(token, lost);
    this.#asked.clear();
  }

  #settle(token: number, reply: Reply | Refusal): void {
    const pending = this.#options.pending.get(token);
    if (pending) this.#options.answer(pending, reply);
  }
}

/** Why a request cannot be taken; null if it can. */
export function wrongIn(changes: readonly Change[] | Refusal): Refusal | null {
  return 'ok' in changes ? changes : null;
}

/** True for what is answered here, and nowhere else. */
export function isOfChange(reason: Refused['reason']): boolean {
  return CODE_OF[reason] !== undefined;
}

const CODE_OF: Partial<Record<Refused['reason'], Code>> = {
  ConfigInProgress: 'CONFIG_IN_PROGRESS',
  NotAMember: 'NOT_A_MEMBER',
  NotReady: 'NOT_READY',
  BadChange: 'BAD_REQUEST',
};
