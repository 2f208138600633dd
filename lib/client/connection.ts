import { Dealer } from 'zeromq';
import { uninterrupted } from '../kit/uninterrupted.ts';

/** A request on its way: what a connection must know of it, and what it notes on it. */
export type Sendable = {
  readonly frame: Uint8Array;
  /** Nobody waits for it any more: it need not be sent. */
  settled: boolean;
  /** Where it was handed to the network; null while that is certain not to have happened. */
  sentOn: Connection | null;
  /** In which life of that connection. */
  sentInLife: number;
};

/** What a connection tells. Nothing is called before `open`, nor after `close`. */
export type ConnectionEvents = {
  readonly up: (connection: Connection) => void;
  readonly down: (connection: Connection) => void;
  /** These were never sent, and will not be. */
  readonly unsent: (items: readonly Sendable[]) => void;
  /** What was sent in `life` and is not answered by now never will be. */
  readonly lost: (connection: Connection, life: number) => void;
  /** A message came, whatever it says; `reply` follows for each of its frames. */
  readonly heard: (connection: Connection) => void;
  readonly reply: (connection: Connection, frame: Buffer) => void;
};

/** Most requests in one message, and most bytes once it holds more than one. */
export const BATCH_FRAMES_MAX = 256;
export const BATCH_BYTES_MAX = 1024 * 1024;

/** A full pipe is tried again after so long. */
const FULL_MS = 5;
/** Replies that arrived before a connection broke may still wait to be read for so long. */
const DRAIN_MS = 20;
/** ZeroMQ gives up for good after some failed handshakes; the right node may listen there later. */
const REDIAL_MS = 1000;

/**
 * One node, reached over one anonymous DEALER that reconnects by itself.
 *
 * Requests made in one trip round the event loop leave together, as the frames of as few messages
 * as the limits allow. They wait here, not in ZeroMQ, while the node takes no more: so whatever has
 * not left can still go to another node.
 */
export class Connection {
  readonly endpoint: string;
  /** True between a handshake and the loss of the connection. */
  up = false;
  readonly #events: ConnectionEvents;
  readonly #socket: Dealer;
  readonly #timers = new Set<NodeJS.Timeout>();
  #outbox: Sendable[] = [];
  #flushing = false;
  #redialling = false;
  #life = 0;

  constructor(endpoint: string, events: ConnectionEvents) {
    this.endpoint = endpoint;
    this.#events = events;
    this.#socket = new Dealer();
  }

  open(): void {
    const socket = this.#socket;
    // Assigned after construction: a constructor that throws over an option crashes at exit.
    socket.linger = 0;
    socket.sendTimeout = 0;
    socket.immediate = true; // nothing is queued for a node that is not there
    socket.sendHighWaterMark = 64;
    socket.reconnectInterval = 50;
    socket.reconnectMaxInterval = 1000;
    socket.connectTimeout = 2000;
    socket.handshakeInterval = 3000;
    // A machine that is gone without a word is noticed after two seconds. Heartbeats need an inbox
    // without a limit (what may arrive is limited by what was asked): libzmq 4.3.5 aborts if one is
    // due on a connection that is lost while a full inbox keeps it from being read.
    socket.heartbeatInterval = 500;
    socket.heartbeatTimeout = 2000;
    socket.heartbeatTimeToLive = 2000;
    socket.receiveHighWaterMark = 0;
    socket.tcpKeepalive = 1;
    socket.ipv6 = this.endpoint.includes('['); // else a name could stand for an address nobody binds
    const events = uninterrupted(() => socket.events);
    events.on('handshake', () => this.#onUp());
    events.on('disconnect', () => this.#onDown());
    uninterrupted(() => socket.connect(this.endpoint));
    void this.#receive();
  }

  /** Takes `item` along with the next message, or hands it back as `unsent` if the node is gone. */
  send(item: Sendable): void {
    if (this.#outbox.push(item) === 1) setImmediate(() => this.#flush());
  }

  /** Takes back what has not been sent yet. */
  recall(): Sendable[] {
    const unsent = this.#outbox;
    this.#outbox = [];
    return unsent;
  }

  /** Closes the socket at once. What waits here is dropped: its owner closes too. */
  close(): void {
    this.up = false;
    this.#outbox = [];
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    if (!this.#socket.closed) this.#socket.close();
  }

  /** Ends when the socket is closed. */
  async #receive(): Promise<void> {
    for await (const frames of this.#socket) {
      this.#events.heard(this);
      for (const frame of frames) this.#events.reply(this, frame);
    }
  }

  async #flush(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    let full = false;
    while (this.up && !full && this.#outbox.length > 0) {
      const batch = takeBatch(this.#outbox);
      if (batch.length > 0) full = !(await this.#sendBatch(batch));
    }
    this.#flushing = false;
    if (full) this.#after(FULL_MS, () => this.#flush());
    else this.#handBack();
  }

  /** @returns false if ZeroMQ did not take the message; then it is first in line again. */
  async #sendBatch(batch: readonly Sendable[]): Promise<boolean> {
    for (const item of batch) {
      item.sentOn = this;
      item.sentInLife = this.#life;
    }
    try {
      await this.#socket.send(batch.map((item) => item.frame));
      return true;
    } catch {
      // EAGAIN: the pipe is full or just went away. A message is taken whole or not at all, so
      // these have certainly not been sent.
      for (const item of batch) item.sentOn = null;
      this.#outbox.unshift(...batch);
      return false;
    }
  }

  #handBack(): void {
    if (this.up || this.#outbox.length === 0 || this.#socket.closed) return;
    this.#events.unsent(this.recall());
  }

  #onUp(): void {
    if (this.up || this.#socket.closed) return;
    this.#life++;
    this.up = true;
    this.#events.up(this);
  }

  #onDown(): void {
    if (!this.up) {
      this.#redial();
      return;
    }
    const life = this.#life;
    this.up = false;
    this.#events.down(this);
    if (!this.#flushing) this.#handBack();
    this.#after(DRAIN_MS, () => this.#events.lost(this, life));
  }

  #redial(): void {
    if (this.#redialling || this.#socket.closed) return;
    this.#redialling = true;
    this.#after(REDIAL_MS, () => {
      this.#redialling = false;
      if (this.up) return;
      uninterrupted(() => this.#socket.disconnect(this.endpoint));
      uninterrupted(() => this.#socket.connect(this.endpoint));
    });
  }

  #after(ms: number, task: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      task();
    }, ms);
    this.#timers.add(timer);
  }
}

/** Removes the next message's worth from `outbox`, leaving out what nobody waits for any more. */
function takeBatch(outbox: Sendable[]): Sendable[] {
  const batch: Sendable[] = [];
  let bytes = 0;
  let taken = 0;
  for (const item of outbox) {
    if (!item.settled) {
      const fits = bytes + item.frame.length <= BATCH_BYTES_MAX;
      if (batch.length === BATCH_FRAMES_MAX || (batch.length > 0 && !fits)) break;
      batch.push(item);
      bytes += item.frame.length;
    }
    taken++;
  }
  outbox.splice(0, taken);
  return batch;
}
