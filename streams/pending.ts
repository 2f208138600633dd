import type { Index, Millis, NodeId } from '../lib/core/types.ts';
import type { Request } from '../lib/wire/client.ts';
import type { Asker } from './replies.ts';

/** Reads have no effect; what the others may do is unknown once contact is lost. */
export type Kind = 'write' | 'read' | 'transfer' | 'change' | 'snapshot';

/** A request that has not been answered yet. */
export type Pending = {
  readonly token: number;
  readonly asker: Asker;
  readonly request: Request;
  readonly kind: Kind;
  /** Brought forward once whoever it was forwarded to leads no more. */
  deadline: Millis;
  /** The node it was forwarded to, or null while it is ours to answer. */
  forwardedTo: NodeId | null;
  /** The log index that it became, or 0. */
  index: Index;
};

/**
 * Every unanswered request of a node, by token and by log index. Bounded: `isFull` says when nothing
 * more may be taken.
 */
export class PendingTable {
  readonly #requestsMax: number;
  readonly #bytesMax: number;
  readonly #byToken = new Map<number, Pending>();
  readonly #byIndex = new Map<Index, Pending>();
  #bytes = 0;
  #nextToken: number;

  /**
   * @param firstToken tokens count up from here. They must not repeat those of an earlier run of
   *   this node: a late answer of the leader to one of these would be taken for another's.
   */
  constructor(firstToken: number, requestsMax: number, bytesMax: number) {
    this.#nextToken = firstToken;
    this.#requestsMax = requestsMax;
    this.#bytesMax = bytesMax;
  }

  get size(): number {
    return this.#byToken.size;
  }

  get isFull(): boolean {
    return this.#byToken.size >= this.#requestsMax || this.#bytes >= this.#bytesMax;
  }

  /** A name that this run of the node has not used before. */
  takeToken(): number {
    const token = this.#nextToken;
    this.#nextToken += 1;
    return token;
  }

  add(asker: Asker, request: Request, kind: Kind, now: Millis): Pending {
    const pending: Pending = {
      token: this.takeToken(),
      asker,
      request,
      kind,
      deadline: now + request.timeoutMs,
      forwardedTo: null,
      index: 0,
    };
    this.#byToken.set(pending.token, pending);
    this.#bytes += request.frame.length;
    return pending;
  }

  get(token: number): Pending | undefined {
    return this.#byToken.get(token);
  }

  at(index: Index): Pending | undefined {
    return this.#byIndex.get(index);
  }

  /** The request became the log entry at `index`. */
  place(pending: Pending, index: Index): void {
    pending.index = index;
    this.#byIndex.set(index, pending);
  }

  /** Answered: forgets it. */
  remove(pending: Pending): void {
    this.#byToken.delete(pending.token);
    if (pending.index > 0) this.#byIndex.delete(pending.index);
    this.#bytes -= pending.request.frame.length;
  }

  /** Those that `test` holds of. */
  filter(test: (pending: Pending) => boolean): readonly Pending[] {
    return [...this.#byToken.values()].filter(test);
  }
}
