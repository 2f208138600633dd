import { decodeReply, type Refusal } from '../wire/client.ts';
import type { Connection, Sendable } from './connection.ts';
import { type Failure, RaftmqError } from './error.ts';
import {
  type Arguments,
  encode,
  isTimeout,
  type RequestOptions,
  type Result,
  refused,
  timeoutProblem,
} from './request.ts';
import { backoffMs, isRead, verdictOn } from './retry.ts';

export type RequestLimits = {
  readonly timeoutMs: number;
  readonly pendingMax: number;
  readonly pendingBytesMax: number;
  readonly requestBytesMax: number;
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

type Pending = Sendable & {
  readonly id: number;
  readonly op: string;
  readonly isRead: boolean;
  /** Asked of this node only, and once. */
  readonly only: Connection | null;
  readonly timeoutMs: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: RaftmqError) => void;
  /** The deadline has passed, and only the grace for a reply that is on its way is left. */
  overdue: boolean;
  timer: NodeJS.Timeout | null;
  retryTimer: NodeJS.Timeout | null;
  attempts: number;
  /** What the last attempt was told. */
  refusal: Refusal | null;
};

/**
 * The requests that are not answered yet, each until its reply, its deadline or the end of the
 * client, whichever comes first (the guide's Lazy Pirate, with ids instead of one at a time).
 *
 *     waiting ──► at a connection ──► sent ──► settled
 *        ▲              │ gone          │ refused, and safe to repeat
 *        └──────────────┴───────────────┘
 */
export class Requests {
  readonly #limits: RequestLimits;
  readonly #routes: Routes;
  readonly #pending = new Map<number, Pending>();
  readonly #waiting = new Set<Pending>();
  #bytes = 0;
  #id = 0;
  #closed = false;
  /** Why the latest unreadable reply could not be read: the likely cause of a timeout. */
  #unreadable: string | null = null;

  constructor(limits: RequestLimits, routes: Routes) {
    this.#limits = limits;
    this.#routes = routes;
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
      const { timeoutMs, frame, id } = this.#encode(op, args, options, only !== null);
      const pending: Pending = {
        id,
        op,
        isRead: isRead(op),
        frame,
        only,
        timeoutMs,
        resolve,
        reject,
        settled: false,
        sentOn: null,
        sentInLife: 0,
        overdue: false,
        timer: null,
        retryTimer: null,
        attempts: 0,
        refusal: null,
      };
      pending.timer = setTimeout(() => this.#onDeadline(pending), timeoutMs);
      this.#pending.set(id, pending);
      this.#bytes += frame.length;
      this.#route(pending, null);
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
      this.#forget(pending);
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
      if (pending.isRead && pending.only === null) this.#again(pending, connection);
      else {
        const message = `the connection to ${connection.endpoint} was lost before the reply came`;
        this.#fail(pending, { ok: false, code: 'CONNECTION_LOST', outcome: 'unknown', message });
      }
    }
  }

  /** A node stays silent: what it was not sent, and what only reads, is asked of another one. */
  onSilent(connection: Connection): void {
    this.onUnsent(connection.recall());
    for (const pending of this.#pending.values()) {
      if (pending.sentOn !== connection || !pending.isRead || pending.only !== null) continue;
      this.#again(pending, connection);
    }
  }

  /** Rejects everything that is pending, and whatever is submitted later. */
  close(): void {
    this.#closed = true;
    this.#waiting.clear();
    for (const pending of [...this.#pending.values()]) {
      const outcome = pending.sentOn === null ? 'rejected' : 'unknown';
      const message = 'the client was closed before the reply came';
      this.#fail(pending, { ok: false, code: 'CLOSED', outcome, message });
    }
  }

  /** @throws {RaftmqError} if the request cannot even be tried. */
  #encode(op: string, args: Arguments, options: RequestOptions, isProbe: boolean) {
    if (this.#closed) throw refused(op, 'CLOSED', 'the client is closed');
    const { pendingMax, pendingBytesMax, requestBytesMax } = this.#limits;
    if (this.#pending.size >= pendingMax && !isProbe) {
      const message = `${pendingMax} requests are unanswered, which is pendingMax: await some first`;
      throw refused(op, 'TOO_MANY_PENDING', message);
    }
    const timeoutMs = options.timeoutMs ?? args['timeout'] ?? this.#limits.timeoutMs;
    if (!isTimeout(timeoutMs)) throw refused(op, 'BAD_REQUEST', timeoutProblem('timeout'));
    const id = this.#nextId();
    const frame = encode(id, op, args, timeoutMs);
    if (frame.length > requestBytesMax) {
      const message = `a request of ${frame.length} bytes is over requestBytesMax, ${requestBytesMax}`;
      throw refused(op, 'TOO_LARGE', message);
    }
    if (this.#bytes + frame.length > pendingBytesMax && this.#pending.size > 0) {
      const message = `unanswered requests would hold more than pendingBytesMax, ${pendingBytesMax} bytes: await some first`;
      throw refused(op, 'TOO_MANY_PENDING', message);
    }
    return { id, frame, timeoutMs };
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
    this.#route(pending, avoid);
  }

  #onRefusal(connection: Connection, pending: Pending, refusal: Refusal): void {
    this.#routes.refused(connection, refusal);
    const verdict = pending.only === null ? verdictOn(refusal, pending.op) : 'fail';
    if (verdict === 'fail' || pending.overdue) {
      this.#fail(pending, refusal);
      return;
    }
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
      this.#fail(pending, this.#neverSent(pending));
      return;
    }
    // The node's own verdict may be on its way, and it knows more than the clock does.
    pending.overdue = true;
    pending.timer = setTimeout(() => {
      const message = `no reply within ${pending.timeoutMs} ms${this.#suspicion()}`;
      this.#fail(pending, { ok: false, code: 'TIMEOUT', outcome: 'unknown', message });
    }, GRACE_MS);
  }

  #neverSent({ refusal, attempts, timeoutMs }: Pending): Failure {
    if (refusal !== null) {
      const message = `${refusal.message} (asked ${attempts} times in ${timeoutMs} ms)`;
      return { ...refusal, message };
    }
    const message = `${this.#routes.describe()} within ${timeoutMs} ms; is the cluster running?`;
    return { ok: false, code: 'UNREACHABLE', outcome: 'rejected', message };
  }

  #suspicion(): string {
    return this.#unreadable === null ? '' : `; ${this.#unreadable}`;
  }

  #fail(pending: Pending, failure: Failure): void {
    this.#forget(pending);
    pending.reject(new RaftmqError(pending.op, failure));
  }

  #forget(pending: Pending): void {
    pending.settled = true;
    if (pending.timer !== null) clearTimeout(pending.timer);
    if (pending.retryTimer !== null) clearTimeout(pending.retryTimer);
    this.#pending.delete(pending.id);
    this.#waiting.delete(pending);
    this.#bytes -= pending.frame.length;
  }
}
