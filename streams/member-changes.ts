import type { Input } from '../lib/core/input.ts';
import type { Refused } from '../lib/core/outcome.ts';
import type { Millis } from '../lib/core/types.ts';
import { type Code, type Refusal, type Reply, refuse } from '../lib/wire/client.ts';
import { changesIn } from '../lib/wire/member-change.ts';
import { membersOf } from './about.ts';
import type { Decided } from './decided.ts';
import type { Pending, PendingTable } from './pending.ts';

/**
 * Requests that change who takes part, at the leader's desk. One change is made at a time: a second
 * one that a client asks for meanwhile is refused. What the cluster changes by itself (it promotes
 * who has caught up, writes down who has moved, opens a term) takes a moment, and is waited for.
 */
export class MemberChanges {
  readonly #pending: PendingTable;
  readonly #submit: (input: Input) => void;
  readonly #answer: (pending: Pending, reply: Reply | Refusal) => void;
  /** Those that the core has. */
  readonly #asked = new Set<number>();
  /** Those that it was too early for. */
  readonly #held = new Set<number>();

  constructor(
    pending: PendingTable,
    submit: (input: Input) => void,
    answer: (pending: Pending, reply: Reply | Refusal) => void,
  ) {
    this.#pending = pending;
    this.#submit = submit;
    this.#answer = answer;
  }

  ask({ token, request }: Pending): void {
    const changes = changesIn(request);
    if (changes === null || 'ok' in changes) return;
    this.#asked.add(token);
    this.#submit({ kind: 'Reconfigured', token, changes });
  }

  /** True for a request that was refused, and is asked once more before that is told. */
  isHeld(token: number): boolean {
    return this.#held.has(token);
  }

  /** Answers what is complete, and what was refused for a reason of its own. */
  onDecided({ reconfigured, refused, view }: Decided): void {
    for (const { token } of reconfigured) {
      if (this.#asked.delete(token)) this.#settle(token, { ok: true, ...membersOf(view) });
    }
    for (const refusal of refused) {
      for (const token of refusal.tokens) this.#onRefused(token, refusal);
    }
  }

  #onRefused(token: number, { reason, why }: Refused): void {
    if (!this.#asked.delete(token)) return;
    const code = CODE_OF[reason];
    // Any other reason is one for any request, and answered as for any.
    if (!code) return;
    if (code === 'CONFIG_IN_PROGRESS' && this.#asked.size === 0) this.#held.add(token);
    else this.#settle(token, refuse(code, why ?? 'the change cannot be made now'));
  }

  /** Asks once more for what was held up; refuses those whose time is up. */
  onTime(now: Millis): void {
    for (const token of [...this.#held]) {
      this.#held.delete(token);
      const pending = this.#pending.get(token);
      if (!pending) continue;
      if (pending.deadline > now) this.ask(pending);
      else this.#settle(token, refuse('CONFIG_IN_PROGRESS', 'other changes took all the time'));
    }
  }

  /** This node leads no more: whoever does may go on with a change that was under way. */
  giveUp(lost: Refusal): void {
    for (const token of this.#asked) this.#settle(token, lost);
    this.#asked.clear();
  }

  #settle(token: number, reply: Reply | Refusal): void {
    const pending = this.#pending.get(token);
    if (pending) this.#answer(pending, reply);
  }
}

const CODE_OF: Partial<Record<Refused['reason'], Code>> = {
  ConfigInProgress: 'CONFIG_IN_PROGRESS',
  NotAMember: 'NOT_A_MEMBER',
  NotReady: 'NOT_READY',
  BadChange: 'BAD_REQUEST',
};
