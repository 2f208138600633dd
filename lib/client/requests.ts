import { decodeReply, type Refusal } from '../wire/client.ts';
import type { Connection, Sendable } from './connection.ts';
import { type Failure, RaftmqError } from './error.ts';
import { Numbering, within } from './numbering.ts';
import { failureOf, isRepeatable, neverAnswered, type Pending, pendingOf } from './pending.ts';
import {
  type Arguments,
  encode,
  isTimeout,
  type RequestOptions,
  type Result,
  refused,
  timeoutProblem,
} from './request.ts';
import { backoffMs, verdictOn } from './retry.ts';
import type { Place } from './session.ts';

export type RequestLimits = {
  readonly timeoutMs: number;
  readonly pendingMax: number;
  readonly pendingBytesMax: number;
  readonly requestBytesMax: number;
  /** Whether writes stand in a session. */
  readonly session: boolean;
};

/** Where requests go, and what they teach about the nodes. */
export type Routes = {
  /** The node to ask now; null if there is none, and then `resume` is called when there is. */
  readonly choose: (avoid: Connection | null) => Connection | null;
  readonly carriedOut: (connection: Connection) => void;
  readonly refused: (connection: Connection, refusal: Refusal) => void;
  readonly describe: () => string;
};

/** A node answers within the time it was given; its answer may take so much longer to get here. */
const GRACE_MS = 250;
const ID_MAX = 0xffff_ffff;
/** Redirections that are followed at once; nodes that keep naming each other are asked slowly. */
const REDIRECTS_MAX = 2;

/**
 * The requests that are not answered yet, each until its reply, its deadline or the end of the
 * client, whichever comes first (the guide's Lazy Pirate, with ids instead of one at a time).
 *
 *     unnumbered ──► waiting ──► at a connection ──► sent ──► settled
 *                       ▲              │ gone          │ refused or lost, and safe to repeat
 *                       └──────────────┴───────────────┘
 *
 * Writes are numbered in a session, so that they are safe to repeat; without a place in it they wait.
 */
export class Requests {
  readonly #limits: RequestLimits;
  readonly #routes: Routes;
  readonly #pending = new Map<number, Pending>();
  readonly #waiting = new Set<Pending>();
  readonly #numbering: Numbering;
  #bytes = 0;
  #id = 0;
  #closed = false;
  /** Why the latest unreadable reply could not be read: the likely cause of a timeout. */
  #unreadable: string | null = null;

  constructor(limits: RequestLimits, routes: Routes) {
    this.#limits = limits;
    this.#routes = routes;
    const ask = (op: string, args: Arguments, options: RequestOptions) =>
      this.submit(op, args, options);
    this.#numbering = new Numbering(ask, limits.session, (pending) => this.#route(pending, null));
  }

  /**
   * Sends a request and settles with its reply.
   *
   * @param only ask this node and no other, and do not ask again.
   * @throws {RaftmqError} always by rejection.
   */
  submit(
    op: string,
    args: Arguments,
    options: RequestOptions,
    only: Connection | null = null,
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#refuseIfFull(op, only !== null || op.startsWith('session.'));
      const timeoutMs = this.#timeoutOf(op, args, options);
      const place = only ? null : this.#numbering.placeFor(op, args);
      const own = place === 'wait' ? null : place;
      const { frame, id } = this.#encode(op, args, timeoutMs, own);
      const asked = { id, op, args, only, timeoutMs, frame, place: own, resolve, reject };
      const pending = pendingOf(asked);
      pending.timer = setTimeout(() => this.#onDeadline(pending), timeoutMs);
      this.#pending.set(id, pending);
      this.#bytes += pending.bytes;
      if (place === 'wait') this.#numbering.wait(pending);
      else this.#route(pending, null);
    });
  }

  /** A node takes requests again: what waits may go. */
  resume(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const pending of waiting) this.#route(pending, null);
  }

  onReply(connection: Connection, frame: Uint8Array): void {
    const decoded = decodeReply(frame);
    if (typeof decoded === 'string') {
      this.#unreadable = `a reply from ${connection.endpoint} could not be read: ${decoded}`;
      return;
    }
    const { id, reply } = decoded;
    if (id === null) {
      if (!reply.ok) this.#unreadable = `${connection.endpoint} says: ${reply.message}`;
      return;
    }
    const pending = this.#pending.get(id);
    // none: the second reply to a read that was also asked elsewhere, or one that came too late
    if (pending === undefined) return;
    if (reply.ok) {
      this.#routes.carriedOut(connection);
      this.#forget(pending, true);
      pending.resolve(reply);
    } else if (pending.sentOn === connection) {
      this.#onRefusal(connection, pending, reply);
    }
  }

  /** Requests that a connection could not send. */
  onUnsent(items: readonly Sendable[]): void {
    for (const item of items) if (!item.settled) this.#route(item as Pending, null);
  }

  /** What was sent in that life of the connection will not be answered any more. */
  onLost(connection: Connection, life: number): void {
    for (const pending of this.#pending.values()) {
      if (pending.sentOn !== connection || pending.sentInLife !== life) continue;
      if (isRepeatable(pending)) this.#again(pending, connection);
      else {
        const message = `the connection to ${connection.endpoint} was lost before the reply came`;
        this.#fail(pending, { ok: false, code: 'CONNECTION_LOST', outcome: 'unknown', message });
      }
    }
  }

  /** A node stays silent: what it was not sent, and what may be repeated, is asked of another one. */
  onSilent(connection: Connection): void {
    this.onUnsent(connection.recall());
    for (const pending of this.#pending.values()) {
      if (pending.sentOn === connection && isRepeatable(pending)) this.#again(pending, connection);
    }
  }

  /** Rejects everything that is pending, and whatever is submitted later; then ends the session. */
  close(): Promise<void> {
    this.#waiting.clear();
    for (const pending of [...this.#pending.values()]) {
      const outcome = pending.sentOn === null ? 'rejected' : 'unknown';
      const message = 'the client was closed before the reply came';
      this.#fail(pending, { ok: false, code: 'CLOSED', outcome, message });
    }
    const ended = this.#numbering.close(this.#routes.choose(null) !== null);
    this.#closed = true;
    return ended;
  }

  /** @throws {RaftmqError} if no request can be taken now. */
  #refuseIfFull(op: string, isOwn: boolean): void {
    if (this.#closed) throw refused(op, 'CLOSED', 'the client is closed');
    const { pendingMax } = this.#limits;
    if (this.#pending.size < pendingMax || isOwn) return;
    const message = `${pendingMax} requests are unanswered, which is pendingMax: await some first`;
    throw refused(op, 'TOO_MANY_PENDING', message);
  }

  /** @throws {RaftmqError} if it is no deadline. */
  #timeoutOf(op: string, args: Arguments, options: RequestOptions): number {
    const timeoutMs = options.timeoutMs ?? args['timeout'] ?? this.#limits.timeoutMs;
    if (!isTimeout(timeoutMs)) throw refused(op, 'BAD_REQUEST', timeoutProblem('timeout'));
    return timeoutMs;
  }

  /** @throws {RaftmqError} if the request cannot even be tried. */
  #encode(op: string, args: Arguments, timeoutMs: number, place: Place | null) {
    try {
      const id = this.#nextId();
      const frame = encode(id, op, within(args, place), timeoutMs);
      this.#refuseIfLarge(op, frame.length);
      return { id, frame };
    } catch (reason) {
      this.#numbering.settle(place, false);
      throw reason;
    }
  }

  #refuseIfLarge(op: string, bytes: number): void {
    const { pendingBytesMax, requestBytesMax } = this.#limits;
    if (bytes > requestBytesMax) {
      const message = `a request of ${bytes} bytes is over requestBytesMax, ${requestBytesMax}`;
      throw refused(op, 'TOO_LARGE', message);
    }
    if (this.#bytes + bytes > pendingBytesMax && this.#pending.size > 0) {
      const message = `unanswered requests would hold more than pendingBytesMax, ${pendingBytesMax} bytes: await some first`;
      throw refused(op, 'TOO_MANY_PENDING', message);
    }
  }

  /** Ids of 32 bits: they are short on the wire, and a node has forgotten one long before it returns. */
  #nextId(): number {
    do this.#id = this.#id === ID_MAX ? 1 : this.#id + 1;
    while (this.#pending.has(this.#id));
    return this.#id;
  }

  #route(pending: Pending, avoid: Connection | null): void {
    const connection = pending.only ?? this.#routes.choose(avoid);
    if (connection?.up) {
      pending.attempts++;
      connection.send(pending);
    } else this.#waiting.add(pending);
  }

  /** Once more, at once, and elsewhere if possible. A late reply to the earlier attempt counts. */
  #again(pending: Pending, avoid: Connection): void {
    pending.sentOn = null;
    pending.isUncertain = true;
    this.#route(pending, avoid);
  }

  #onRefusal(connection: Connection, pending: Pending, refusal: Refusal): void {
    this.#routes.refused(connection, refusal);
    if (refusal.code === 'SESSION_EXPIRED' && this.#numbering.renumber(pending)) return;
    const isSafe = isRepeatable(pending);
    const verdict = pending.only === null ? verdictOn(refusal, pending.op, isSafe) : 'fail';
    if (verdict === 'fail' || pending.overdue) {
      this.#fail(pending, refusal);
      return;
    }
    if (refusal.outcome === 'unknown') pending.isUncertain = true;
    pending.refusal = refusal;
    pending.sentOn = null;
    const hinted = verdict === 'redirect' && refusal.leader !== undefined;
    if (hinted && pending.attempts <= REDIRECTS_MAX) {
      this.#route(pending, null);
      return;
    }
    const avoid =
      verdict === 'elsewhere' || (verdict === 'redirect' && !hinted) ? connection : null;
    pending.retryTimer = setTimeout(
      () => this.#route(pending, avoid),
      backoffMs(pending.attempts, Math.random()),
    );
  }

  #onDeadline(pending: Pending): void {
    if (pending.sentOn === null) {
      const nobody = `${this.#routes.describe()} within ${pending.timeoutMs} ms`;
      this.#fail(pending, neverAnswered(pending, nobody, this.#suspicion()));
      return;
    }
    // The node's own verdict may be on its way, and it knows more than the clock does.
    pending.overdue = true;
    pending.timer = setTimeout(() => {
      const message = `no reply within ${pending.timeoutMs} ms${this.#suspicion()}`;
      this.#fail(pending, { ok: false, code: 'TIMEOUT', outcome: 'unknown', message });
    }, GRACE_MS);
  }

  #suspicion(): string {
    return this.#unreadable === null ? '' : `; ${this.#unreadable}`;
  }

  #fail(pending: Pending, failure: Failure): void {
    this.#forget(pending, false);
    pending.reject(new RaftmqError(pending.op, failureOf(pending, failure)));
  }

  #forget(pending: Pending, isDone: boolean): void {
    pending.settled = true;
    if (pending.timer !== null) clearTimeout(pending.timer);
    if (pending.retryTimer !== null) clearTimeout(pending.retryTimer);
    this.#pending.delete(pending.id);
    this.#waiting.delete(pending);
    this.#bytes -= pending.bytes;
    this.#numbering.forget(pending, isDone);
  }
}
