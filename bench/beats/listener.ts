import { Subscriber } from 'zeromq';
import { decodeEvent, HEARTBEAT } from '../../lib/wire/event.ts';

/** When the beats of one node were published, by that node's own clock. */
export class BeatListener {
  readonly #socket = new Subscriber({ linger: 0 });
  #at: number[] = [];

  constructor(events: string) {
    this.#socket.subscribe(HEARTBEAT);
    this.#socket.connect(events);
    this.#listen().catch((reason: unknown) => {
      throw reason;
    });
  }

  async #listen(): Promise<void> {
    for await (const [topic, body] of this.#socket) {
      const decoded = topic && body && decodeEvent(topic, body);
      if (typeof decoded === 'object') this.#at.push(decoded.event.at);
    }
  }

  /** How much longer than `intervalMs` each pause between two beats was since the last call, in ms. */
  takeDelays(intervalMs: number): readonly number[] {
    const at = this.#at;
    this.#at = at.slice(-1);
    return at.slice(1).map((time, i) => Math.max(0, time - (at[i] as number) - intervalMs));
  }

  close(): void {
    this.#socket.close();
  }
}
