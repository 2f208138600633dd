import type { Client, ClientMessage, Link, Network, Peer } from '../../lib/net/network.ts';
import { decodeReply } from '../../lib/wire/client.ts';

/** Messages that a test puts in, read as from a socket; ends when it is closed. */
export class Pipe<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = [];
  #wake: (() => void) | null = null;
  #isClosed = false;

  put(message: T): void {
    this.#waiting.push(message);
    this.#wake?.();
  }

  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      while (this.#waiting.length > 0) yield this.#waiting.shift() as T;
      if (this.#isClosed) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }
}

export type Sent = { readonly to: number; readonly frames: readonly Uint8Array[] };

/** Sockets without a network: what is sent is kept for the test, what arrives is put in by it. */
export class FakeNetwork implements Network {
  readonly fromPeers = new Pipe<readonly Buffer[]>();
  readonly fromClients = new Pipe<ClientMessage>();
  readonly beats = new Pipe<readonly Buffer[]>();
  readonly links = new Pipe<Link>();
  readonly mail: Sent[] = [];
  readonly replies: { readonly client: Client; readonly frames: readonly Uint8Array[] }[] = [];
  readonly published: { readonly topic: string; readonly body: Uint8Array }[] = [];
  readonly unreachable = new Set<number>();
  wanted: string | null = '';
  subscriptions: readonly string[] = [];

  readonly peers: Peer[] = [];

  setPeers(peers: readonly Peer[]): readonly string[] {
    this.peers.splice(0, this.peers.length, ...peers);
    return [];
  }

  toPeer(to: number, frames: readonly Uint8Array[]): boolean {
    if (this.unreachable.has(to)) return false;
    this.mail.push({ to, frames });
    return true;
  }

  toClient(client: Client, frames: readonly Uint8Array[]): void {
    this.replies.push({ client, frames: [...frames] });
  }

  wants(topic: string): boolean {
    return this.wanted !== null && topic.startsWith(this.wanted);
  }

  subscribed(start: string): readonly string[] {
    return this.subscriptions.filter((prefix) => prefix.startsWith(start));
  }

  publish(topic: string, body: Uint8Array): void {
    this.published.push({ topic, body });
  }

  async close(): Promise<void> {
    for (const pipe of [this.fromPeers, this.fromClients, this.beats, this.links]) pipe.close();
  }

  /** Takes the replies sent so far, decoded, as one list. */
  takeReplies(): unknown[] {
    const sent = this.replies.splice(0);
    return sent.flatMap(({ frames }) =>
      frames.map((frame) => {
        const decoded = decodeReply(frame);
        return typeof decoded === 'string' ? decoded : { id: decoded.id, ...decoded.reply };
      }),
    );
  }
}
