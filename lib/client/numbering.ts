import type { Failure } from './error.ts';
import type { Pending } from './pending.ts';
import { type Arguments, encode } from './request.ts';
import { type Ask, type Place, Session } from './session.ts';

/** Gives writes their places in the session of the client; those without one wait here. */
export class Numbering {
  readonly #session: Session;
  readonly #depart: (pending: Pending) => void;
  readonly #waiting = new Set<Pending>();

  /** @param depart sends a write that had to wait on its way. */
  constructor(ask: Ask, isOn: boolean, depart: (pending: Pending) => void) {
    this.#depart = depart;
    const tell = ({ reply }: { reply: Failure }): void => {
      for (const pending of this.#waiting) pending.refusal = reply;
    };
    this.#session = new Session(ask, isOn, () => this.#goOn(), tell);
  }

  /** @returns a place, `wait` if there is none yet, or null if the request needs none. */
  placeFor(op: string, args: Arguments): Place | 'wait' | null {
    return this.#session.covers(op, args) ? (this.#session.take() ?? 'wait') : null;
  }

  wait(pending: Pending): void {
    this.#waiting.add(pending);
  }

  /** The write at `place` will not be sent, or not any more. */
  settle(place: Place | null, isDone: boolean): void {
    if (place) this.#session.settle(place, isDone);
  }

  forget(pending: Pending, isDone: boolean): void {
    this.#waiting.delete(pending);
    this.settle(pending.place, isDone);
  }

  /**
   * The cluster has forgotten the session. What certainly had no effect in it gets a place in another.
   *
   * @returns false if nobody can say any more whether it had.
   */
  renumber(pending: Pending): boolean {
    const { place, isUncertain, overdue } = pending;
    if (!place) return false;
    this.#session.forget(place);
    if (isUncertain || overdue) return false;
    pending.place = null;
    pending.sentOn = null;
    this.#waiting.add(pending);
    this.#goOn();
    return true;
  }

  /** @param isReachable whether there is a node that could be told of the end. */
  close(isReachable: boolean): Promise<void> {
    return this.#session.close(isReachable);
  }

  /** There are places in the session, or there is no session to be had. */
  #goOn(): void {
    for (const pending of [...this.#waiting]) {
      const { isOn } = this.#session;
      const place = isOn ? this.#session.take() : null;
      if (isOn && place === null) return;
      this.#waiting.delete(pending);
      const { id, op, args, timeoutMs } = pending;
      pending.place = place;
      pending.frame = encode(id, op, within(args, place), timeoutMs);
      this.#depart(pending);
    }
  }
}

/** The arguments of a request, with its place if it has one. */
export function within(args: Arguments, place: Place | 'wait' | null): Arguments {
  if (place === null || place === 'wait') return args;
  const { opened, seq, acked } = place;
  return { ...args, session: opened.id, seq, acked: acked || undefined };
}
