import { RaftmqError } from './error.ts';
import type { Arguments, RequestOptions, Result } from './request.ts';

/** Writes that may stand in a session. Others are sent as they are. */
const WRITES: ReadonlySet<string> = new Set([
  'put',
  'delete',
  'cas',
  'txn',
  'lease.grant',
  'lease.keep',
  'lease.revoke',
]);

/** Replies that a node keeps of one session: no write is sent that is further from an unanswered one. */
const WINDOW = 1024;
/** A session is heard of so often in its life at least. */
const KEPT_PER_TTL = 3;
/** An attempt to open a session that failed is followed by another after so long, in ms. */
const AGAIN_MS = 50;
/** How long the end of a client may wait for the end of its session, in ms. */
const FAREWELL_MS = 500;

export type Ask = (op: string, args: Arguments, options: RequestOptions) => Promise<Result>;

/** A session that the cluster has opened. */
type Opened = {
  readonly id: number;
  next: number;
  /** No write up to this seq will be repeated. */
  acked: number;
  /** Those above it of which the same is true. */
  readonly settled: Set<number>;
  /** A write was carried out since it was kept last. */
  isHeardOf: boolean;
  readonly timer: NodeJS.Timeout;
};

/** Which write of which session. */
export type Place = { readonly opened: Opened; readonly seq: number; readonly acked: number };

/**
 * The session of a client (Raft thesis §6.3): its writes are numbered in it, so that a cluster that
 * gets one twice does it once. It is opened with the first write, kept while the client lives, and
 * opened anew if the cluster has forgotten it.
 */
export class Session {
  readonly #ask: Ask;
  readonly #onRoom: () => void;
  readonly #onTrouble: (reason: RaftmqError) => void;
  #opened: Opened | null = null;
  #isOpening = false;
  /** False if the cluster has no sessions, or the client wants none. */
  isOn: boolean;
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param onRoom called when writes that had to wait may ask for their places again.
   * @param onTrouble called with why no session could be opened; it is tried again.
   */
  constructor(
    ask: Ask,
    isOn: boolean,
    onRoom: () => void,
    onTrouble: (reason: RaftmqError) => void,
  ) {
    this.#ask = ask;
    this.isOn = isOn;
    this.#onRoom = onRoom;
    this.#onTrouble = onTrouble;
  }

  /** Whether a request is to be numbered. One that brings a place of its own is not. */
  covers(op: string, args: Arguments): boolean {
    return this.isOn && WRITES.has(op) && !('session' in args) && !('seq' in args);
  }

  /** The next place, or null: then `onRoom` will be called when there is one. */
  take(): Place | null {
    const opened = this.#opened;
    if (opened === null) {
      void this.#open();
      return null;
    }
    if (opened.next > opened.acked + WINDOW) return null;
    return { opened, seq: opened.next++, acked: opened.acked };
  }

  /** The write at `place` will not be sent any more. */
  settle({ opened, seq }: Place, isDone: boolean): void {
    if (isDone) opened.isHeardOf = true;
    opened.settled.add(seq);
    const wasFull = opened.next > opened.acked + WINDOW;
    while (opened.settled.delete(opened.acked + 1)) opened.acked += 1;
    if (wasFull && opened.next <= opened.acked + WINDOW) this.#onRoom();
  }

  /** The cluster does not know the session any more. */
  forget({ opened }: Pick<Place, 'opened'>): void {
    clearInterval(opened.timer);
    if (this.#opened === opened) this.#opened = null;
  }

  /**
   * Tells the cluster to forget the session; without it, that would take until its ttl is over.
   *
   * @param isReachable false if there is nobody to tell.
   */
  async close(isReachable: boolean): Promise<void> {
    const opened = this.#opened;
    this.isOn = false;
    if (this.#timer) clearTimeout(this.#timer);
    if (!opened) return;
    this.forget({ opened });
    if (!isReachable) return;
    const options = { timeoutMs: FAREWELL_MS };
    // whatever comes of it, the client is closed
    await this.#ask('session.close', { session: opened.id }, options).catch(() => {});
  }

  async #open(): Promise<void> {
    if (this.#isOpening || !this.isOn) return;
    this.#isOpening = true;
    try {
      const { session, ttl } = await this.#ask('session.open', {}, {});
      if (this.isOn) this.#opened = this.#begin(Number(session), Number(ttl));
    } catch (reason) {
      if (!(reason instanceof RaftmqError)) throw reason;
      this.#onFailure(reason);
      return;
    } finally {
      this.#isOpening = false;
    }
    this.#onRoom();
  }

  #onFailure(reason: RaftmqError): void {
    if (!this.isOn) return;
    if (reason.code === 'UNKNOWN_OP') {
      this.isOn = false;
      this.#onRoom();
      return;
    }
    this.#onTrouble(reason);
    // whoever still waits by then asks for a place, and that opens a session
    this.#timer = setTimeout(() => this.#onRoom(), AGAIN_MS);
  }

  #begin(id: number, ttl: number): Opened {
    const settled = new Set<number>();
    const timer = setInterval(() => void this.#keep(opened), Math.max(1, ttl / KEPT_PER_TTL));
    const opened: Opened = { id, next: 1, acked: 0, settled, isHeardOf: false, timer };
    return opened;
  }

  async #keep(opened: Opened): Promise<void> {
    const { isHeardOf } = opened;
    opened.isHeardOf = false;
    if (isHeardOf) return;
    try {
      await this.#ask('session.keep', { session: opened.id }, {});
    } catch (reason) {
      if (!(reason instanceof RaftmqError)) throw reason;
      // other troubles pass, or the next write finds out
      if (reason.code === 'SESSION_EXPIRED') this.forget({ opened });
    }
  }
}
