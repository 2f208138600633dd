import type { Turn } from '../../../lib/core/input.ts';
import type { Outcome } from '../../../lib/core/outcome.ts';
import type { RaftState } from '../../../lib/core/state.ts';
import type { Index, Millis, NodeId, Term } from '../../../lib/core/types.ts';
import type { RoleName } from '../../../lib/core/view.ts';
import type { Plan } from '../plan.ts';
import type { Action } from '../script.ts';
import type { Watcher } from '../watcher.ts';
import type { Party } from '../world/lines.ts';
import { isIdle } from './strike-words.ts';

/** What a server was from `at` on. */
export type Stand = {
  readonly at: Millis;
  readonly id: NodeId;
  readonly role: RoleName | 'down';
  readonly term: Term;
};

/** One piece of mail, or one beat for one server. */
export type Letter = {
  readonly from: Party;
  readonly to: NodeId;
  readonly frames: readonly Uint8Array[];
  /** Null for what no server sent: damaged on its way, or from a stranger. */
  readonly sentAt: Millis | null;
  /** None if it never came, several if it was doubled or played again. */
  readonly arrivals: Millis[];
};

/** A leader has found entries up to `index` committed. */
export type Commit = {
  readonly at: Millis;
  readonly id: NodeId;
  readonly first: Index;
  readonly index: Index;
};

/** Something of the script, and when it is over; `until` is `at` for what strikes at once. */
export type Strike = {
  readonly at: Millis;
  readonly until: Millis;
  readonly id: NodeId;
  readonly action: Action;
};

/** The part of a run that is recorded, in ms. */
export type Span = { readonly fromMs?: number; readonly toMs?: number };

/** How much is drawn if nothing is said: the end of a run. */
export const LAST_MS = 1000;
/** Letters that may pile up before those that are too old are thrown away. */
const PILE = 4096;

/**
 * What a picture of a run is drawn from. Mail that was sent is known again by the identity of its
 * frames, however late it comes; what is outside of the span is not kept.
 */
export class Recording implements Watcher {
  readonly plan: Plan;
  readonly stands: Stand[] = [];
  readonly strikes: Strike[] = [];
  readonly letters = new Set<Letter>();
  commits: Commit[] = [];
  /** When the last thing was seen. */
  end: Millis = 0;
  readonly #span: Span;
  readonly #sent = new WeakMap<readonly Uint8Array[], Map<NodeId, Letter>>();
  #pile = PILE;
  readonly #now = new Map<NodeId, Stand>();
  readonly #committed = new Map<NodeId, Index>();

  constructor(plan: Plan, span: Span = {}) {
    this.plan = plan;
    this.#span = span;
  }

  /** What is drawn: the span that was asked for, or the end of the run. */
  get from(): Millis {
    return Math.max(0, this.#span.fromMs ?? this.to - LAST_MS);
  }

  get to(): Millis {
    return Math.min(this.end, this.#span.toMs ?? Number.POSITIVE_INFINITY);
  }

  #isKept(at: Millis): boolean {
    this.end = at;
    const { fromMs = 0, toMs = Number.POSITIVE_INFINITY } = this.#span;
    return at >= fromMs && at <= toMs;
  }

  #keep(letter: Letter): void {
    this.letters.add(letter);
    if (this.letters.size < this.#pile) return;
    const { from } = this;
    for (const old of this.letters) if (lastOf(old) < from) this.letters.delete(old);
    this.commits = this.commits.filter(({ at }) => at >= from);
    this.#pile = PILE + 2 * this.letters.size;
  }

  #stand(at: Millis, id: NodeId, role: Stand['role'], term: Term): void {
    const before = this.#now.get(id);
    this.end = at;
    if (before?.role === role && before.term === term) return;
    const stand = { at, id, role, term };
    this.#now.set(id, stand);
    this.stands.push(stand);
  }

  began(at: Millis, id: NodeId, { hard, commit }: RaftState): void {
    this.#stand(at, id, 'follower', hard.term);
    this.#committed.set(id, commit);
  }

  ended(at: Millis, id: NodeId): void {
    this.#stand(at, id, 'down', this.#now.get(id)?.term ?? 0);
  }

  struck(at: Millis, id: NodeId, action: Action): void {
    if (isIdle(id, action)) return;
    const ms = 'ms' in action && action.fault !== 'jump' ? action.ms : 0;
    const until = Math.min(at + ms, Math.max(at, this.plan.troubleMs));
    this.strikes.push({ at, until, id, action });
    this.end = at;
  }

  turn(at: Millis, id: NodeId, _: Turn, { view }: Outcome): void {
    this.#stand(at, id, view.role, view.term);
    const before = this.#committed.get(id) ?? 0;
    this.#committed.set(id, view.commit);
    if (view.commit === before || view.role !== 'leader' || !this.#isKept(at)) return;
    this.commits.push({ at, id, first: before + 1, index: view.commit });
  }

  sent(at: Millis, from: NodeId, to: NodeId, frames: readonly Uint8Array[]): void {
    const letter: Letter = { from, to, frames, sentAt: at, arrivals: [] };
    const letters = this.#sent.get(frames) ?? new Map<NodeId, Letter>();
    this.#sent.set(frames, letters.set(to, letter));
    if (this.#isKept(at)) this.#keep(letter);
  }

  arrived(at: Millis, from: Party, to: NodeId, frames: readonly Uint8Array[]): void {
    const isKept = this.#isKept(at);
    const letter = this.#sent.get(frames)?.get(to) ?? {
      from,
      to,
      frames,
      sentAt: null,
      arrivals: [],
    };
    letter.arrivals.push(at);
    if (isKept) this.#keep(letter);
  }
}

/** When anything last happened to a letter. */
function lastOf({ sentAt, arrivals }: Letter): Millis {
  return arrivals.at(-1) ?? sentAt ?? 0;
}
