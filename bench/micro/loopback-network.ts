import type { Client, ClientMessage, Network } from '../../lib/net/network.ts';

/** Sockets that lead nowhere: one client puts requests in, and waits until all have a reply. */
export class LoopbackNetwork implements Network {
  readonly fromPeers = silent();
  readonly beats = silent();
  readonly links = silent();
  readonly fromClients = this.#received();
  readonly #client = { route: Buffer.from('client'), delimited: false };
  #waiting: ClientMessage[] = [];
  #wake: () => void = () => {};
  #awaited = 0;
  #answered: () => void = () => {};
  #failed: (reason: unknown) => void = () => {};

  /** Resolves when as many replies have come. */
  ask(frames: readonly Buffer[]): Promise<void> {
    this.#awaited += frames.length;
    this.#waiting.push({ client: this.#client, frames });
    this.#wake();
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
    });
  }

  fail(reason: unknown): void {
    this.#failed(reason);
  }

  toClient(_: Client, frames: readonly Uint8Array[]): void {
    this.#awaited -= frames.length;
    if (this.#awaited === 0) this.#answered();
  }

  setPeers(): readonly string[] {
    return [];
  }

  toPeer(): boolean {
    return false;
  }

  wants(): boolean {
    return false;
  }

  subscribed(): readonly string[] {
    return [];
  }

  publish(): void {}

  async close(): Promise<void> {}

  async *#received(): AsyncGenerator<ClientMessage> {
    for (;;) {
      const waiting = this.#waiting;
      this.#waiting = [];
      yield* waiting;
      if (this.#waiting.length > 0) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** Nothing ever arrives. */
function silent(): AsyncIterable<never> {
  return { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
}
