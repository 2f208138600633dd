/** When a call was made, and by when it has taken effect; null if that may be never. */
export type Interval = { readonly calledAt: number; readonly returnedAt: number | null };

/** Before the first candidate. */
export const START = -1;
/** There is no other candidate. */
export const NONE = -2;

/**
 * The calls that are not in the order yet, by time: those that must take effect as a list of calls
 * and returns, the others as a list of calls. Taking out costs the same however long the lists are,
 * and so does putting back, last first (Knuth's dancing links).
 *
 * Calls have numbers, and the first `musts` of them are those that must take effect.
 */
export class EventList {
  readonly #calls: readonly Interval[];
  readonly #musts: number;
  /** Of events: a call is 2 × its number, its return one more; then come the ends of both lists. */
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #mustEnd: number;
  readonly #mayEnd: number;

  constructor(calls: readonly Interval[], musts: number) {
    this.#calls = calls;
    this.#musts = musts;
    this.#mustEnd = calls.length * 2;
    this.#mayEnd = this.#mustEnd + 1;
    this.#next = new Int32Array(calls.length * 2 + 2);
    this.#previous = new Int32Array(calls.length * 2 + 2);
    const events = [...calls.keys()].flatMap((call) =>
      call < musts ? [2 * call, 2 * call + 1] : [2 * call],
    );
    // a call at the time of a return was made before it: that forbids the least
    events.sort((a, b) => this.#timeOf(a) - this.#timeOf(b) || (a & 1) - (b & 1));
    this.#link(
      this.#mustEnd,
      events.filter((event) => event < 2 * musts),
    );
    this.#link(
      this.#mayEnd,
      events.filter((event) => event >= 2 * musts),
    );
  }

  /** Whether all that must take effect is taken out. */
  get isDone(): boolean {
    return this.#next[this.#mustEnd] === this.#mustEnd;
  }

  /** The call that returned first: it comes before all that were made after that. */
  get due(): number | null {
    let event = this.#next[this.#mustEnd] as number;
    while (this.#isCall(event)) event = this.#next[event] as number;
    return event === this.#mustEnd ? null : event >> 1;
  }

  /**
   * Which call may come next in the order, besides those up to `call`: first those that must take
   * effect, then the others.
   */
  candidateAfter(call: number): number {
    if (call < this.#musts) {
      const event = this.#next[call === START ? this.#mustEnd : 2 * call] as number;
      if (this.#isCall(event)) return event >> 1;
    }
    const event = this.#next[call < this.#musts ? this.#mayEnd : 2 * call] as number;
    if (event === this.#mayEnd || this.due === null) return NONE;
    return this.#timeOf(event) < this.#timeOf(2 * this.due + 1) ? event >> 1 : NONE;
  }

  /** Takes `call` out. @returns which of those that must take effect is the candidate after it. */
  takeOut(call: number): number {
    const before = this.#previous[2 * call] as number;
    this.#unlink(2 * call);
    if (call < this.#musts) this.#unlink(2 * call + 1);
    const event = this.#next[before] as number;
    return this.#isCall(event) ? event >> 1 : NONE;
  }

  /** Puts back the call that was taken out last. */
  putBack(call: number): void {
    if (call < this.#musts) this.#relink(2 * call + 1);
    this.#relink(2 * call);
  }

  #isCall(event: number): boolean {
    return event < this.#mustEnd && event % 2 === 0;
  }

  #timeOf(event: number): number {
    const { calledAt, returnedAt } = this.#calls[event >> 1] as Interval;
    return event % 2 === 0 ? calledAt : (returnedAt ?? Number.POSITIVE_INFINITY);
  }

  #link(end: number, events: readonly number[]): void {
    let last = end;
    for (const event of events) {
      this.#next[last] = event;
      this.#previous[event] = last;
      last = event;
    }
    this.#next[last] = end;
    this.#previous[end] = last;
  }

  #unlink(event: number): void {
    const [previous, next] = [this.#previous[event] as number, this.#next[event] as number];
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  #relink(event: number): void {
    this.#next[this.#previous[event] as number] = event;
    this.#previous[this.#next[event] as number] = event;
  }
}
