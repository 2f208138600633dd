import { Subscriber } from 'zeromq';
import { endpointProblem } from '../../kit/endpoint.ts';
import { uninterrupted } from '../../kit/uninterrupted.ts';
import { CHANGE, decodeEvent, MARK, markTopic } from '../../wire/event.ts';
import { type Hearing, hearingsOf } from './hearing.ts';

/** A node and where it publishes. */
export type Publisher = { readonly id: number; readonly events: string };

export type FeedOptions = {
  /** Who publishes in the cluster, as far as is known; resolves to nobody if nobody can be asked. */
  readonly publishers: () => Promise<readonly Publisher[]>;
  readonly heard: (hearing: Hearing) => void;
};

/** A node that publishes marks, and whose marks are so late, is left for another one. */
const PATIENCE_MS = 700;
/** A node gets so long to connect and to send its first mark. */
const CONNECT_MS = 2000;
/** A node that has not got so far as others were, so long ago, is left for another one. */
const BEHIND_MS = 1000;
/** After a node was left the next one is tried, but not in a frenzy. */
const REDIAL_MS = 250;

/**
 * The event feed of one node, whichever is well: all watches of a client share it.
 *
 * One node and not all of them: every node publishes the same, so more would only be more traffic.
 * What is lost while it changes from one to another is asked for like everything that is lost.
 * Which one comes first is left to chance, so that many watchers are spread over the nodes.
 */
export class Feed {
  readonly #options: FeedOptions;
  readonly #prefixes = new Set<string>();
  #socket: Subscriber | null = null;
  #publisher: Publisher | null = null;
  #isDialling = false;
  #isClosed = false;
  #dialledAtMs = Number.NEGATIVE_INFINITY;
  /** When the node is given up unless it is heard until then. */
  #deadlineMs = Number.POSITIVE_INFINITY;
  /** As the marks of the node have it. */
  #rev = 0;
  /** The cluster had this rev then, and the node had not. */
  #behind: { readonly rev: number; readonly atMs: number } | null = null;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Whom it listens to now. */
  get publisher(): Publisher | null {
    return this.#publisher;
  }

  /** From now on what is said about keys with this prefix is wanted. */
  want(prefix: string): void {
    if (this.#prefixes.has(prefix)) return;
    this.#prefixes.add(prefix);
    this.#socket?.subscribe(...topicsOf(prefix));
  }

  unwant(prefix: string): void {
    if (!this.#prefixes.delete(prefix)) return;
    this.#socket?.unsubscribe(...topicsOf(prefix));
    if (this.#prefixes.size === 0) this.#hangUp();
  }

  /** The cluster has this rev, as some node said in passing. */
  told(rev: number, nowMs: number): void {
    if (rev > this.#rev) this.#behind ??= { rev, atMs: nowMs };
  }

  /** To be called now and then: notices that the node is silent or left behind. */
  look(nowMs: number): void {
    if (this.#prefixes.size === 0 || this.#isDialling) return;
    if (this.#behind && this.#behind.rev <= this.#rev) this.#behind = null;
    const isBehind = this.#behind !== null && nowMs - this.#behind.atMs >= BEHIND_MS;
    const isLost = this.#socket === null || nowMs >= this.#deadlineMs || isBehind;
    if (isLost && nowMs - this.#dialledAtMs >= REDIAL_MS) void this.#dial(nowMs);
  }

  close(): void {
    this.#isClosed = true;
    this.#prefixes.clear();
    this.#hangUp();
  }

  #hangUp(): void {
    this.#socket?.close();
    this.#socket = null;
    this.#publisher = null;
  }

  async #dial(nowMs: number): Promise<void> {
    this.#isDialling = true;
    this.#dialledAtMs = nowMs;
    const before = this.#publisher;
    this.#hangUp();
    const known = await this.#options.publishers();
    this.#isDialling = false;
    const next = nextOf(known, before);
    if (next === null || this.#isClosed || this.#prefixes.size === 0) return;
    this.#publisher = next;
    this.#behind = null;
    this.#rev = 0;
    this.#deadlineMs = performance.now() + CONNECT_MS;
    const socket = this.#connect(next.events);
    this.#socket = socket;
    void this.#listen(socket);
  }

  #connect(endpoint: string): Subscriber {
    const socket = new Subscriber();
    // Assigned after construction: a constructor that throws over an option crashes at exit.
    socket.linger = 0;
    socket.ipv6 = endpoint.includes('[');
    socket.connectTimeout = 2000;
    // What waits to be read here is bounded by this many messages; the node drops what is too much.
    socket.receiveHighWaterMark = 1000;
    socket.tcpKeepalive = 1;
    const events = uninterrupted(() => socket.events);
    events.on('disconnect', () => {
      if (this.#socket === socket) this.#deadlineMs = 0;
    });
    socket.subscribe(...[...this.#prefixes].flatMap(topicsOf));
    uninterrupted(() => socket.connect(endpoint));
    return socket;
  }

  /** Ends when the socket is closed. */
  async #listen(socket: Subscriber): Promise<void> {
    for await (const [topic, body] of socket) {
      if (socket !== this.#socket || !topic || !body) continue;
      const decoded = decodeEvent(topic, body);
      if (typeof decoded === 'string') continue; // it is no event of ours
      const { event } = decoded;
      if (decoded.topic.startsWith(MARK)) this.#onMark(event);
      for (const hearing of hearingsOf(decoded, body.length)) {
        if (this.#prefixes.has(hearing.prefix)) this.#options.heard(hearing);
      }
    }
  }

  #onMark({ rev, every }: { readonly [member: string]: unknown }): void {
    if (typeof rev === 'number') this.#rev = Math.max(this.#rev, rev);
    const everyMs = typeof every === 'number' && every >= 0 ? every : 0;
    this.#deadlineMs = performance.now() + 3 * everyMs + PATIENCE_MS;
  }
}

/** The marks of longer prefixes come along with those of `prefix`; so do, with '', all changes. */
function topicsOf(prefix: string): readonly string[] {
  return [markTopic(prefix), `${CHANGE}${prefix}`];
}

/** The one after `before`, by id, of those that can be reached; any one if there was none. */
function nextOf(known: readonly Publisher[], before: Publisher | null): Publisher | null {
  const usable = known.filter(({ events }) => endpointProblem(events) === null);
  const inOrder = usable.sort((a, b) => a.id - b.id);
  if (before === null) return inOrder[Math.floor(Math.random() * inOrder.length)] ?? null;
  return inOrder.find(({ id }) => id > before.id) ?? inOrder[0] ?? null;
}
