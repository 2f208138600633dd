import type { Clock } from '../world.ts';

/** One end of a channel between two threads, as Node has it. */
export type LinePort = {
  postMessage(value: unknown, transfer: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (value: unknown) => void): unknown;
};

/** Parcels on their way before whoever has more to say must keep it. */
export const PARCELS_MAX = 64;
/** How long a letter may wait for another to travel with, in ms. */
const QUIET_MS = 10;
/** Parcels that are taken without a word: they are acknowledged with the next one that leaves. */
const OWED_MAX = PARCELS_MAX / 4;

/** What a line needs of the thread that it ends in. */
export type LineClock = Pick<Clock, 'defer' | 'after'>;

type Parcel<Letter> = { readonly letters: readonly Letter[]; readonly taken: number };

/**
 * A line to another thread: letters are gathered, and those of one trip round the event loop travel
 * as one parcel, since a message costs much more than what is in it. At most PARCELS_MAX are on
 * their way. Whoever sends more must see to it that what it says meanwhile is bounded (`isFull`).
 */
export class Line<Out, In> {
  readonly #port: LinePort;
  readonly #clock: LineClock;
  #letters: Out[] = [];
  #memory: ArrayBuffer[] = [];
  #waitingBytes = 0;
  /** Parcels that the other side has not said to have taken. */
  #ahead = 0;
  /** Parcels that we have taken without saying so. */
  #owed = 0;
  #isDeferred = false;
  #isTimed = false;
  #resume: (() => void)[] = [];

  /** @param take called with each letter of the other side, in order. */
  constructor(port: LinePort, clock: LineClock, take: (letter: In) => void) {
    this.#port = port;
    this.#clock = clock;
    port.on('message', (parcel) => this.#onParcel(parcel as Parcel<In>, take));
  }

  /** True while the other side is so far behind that nothing more leaves. */
  get isFull(): boolean {
    return this.#ahead >= PARCELS_MAX;
  }

  /** Bytes that were handed over to leave, and have not. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /**
   * Sends `letter` with this trip of the loop.
   *
   * @param bytes memory that is in the letter, and is handed over: nobody here may use it again.
   */
  send(letter: Out, bytes?: Uint8Array<ArrayBuffer>): void {
    this.#letters.push(letter);
    if (bytes && bytes.length > 0) {
      this.#memory.push(bytes.buffer);
      this.#waitingBytes += bytes.length;
    }
    this.#flushLater();
  }

  /**
   * Sends `letter` with the next that is sent, or a little later. Whoever is woken for nothing takes
   * the processor away from those who have something to do.
   */
  sendQuietly(letter: Out): void {
    this.#letters.push(letter);
    if (this.#isTimed) return;
    this.#isTimed = true;
    this.#clock.after(QUIET_MS, () => {
      this.#isTimed = false;
      this.flush();
    });
  }

  /** Takes `letter` back. @returns false if it has left, or another was sent after it. */
  takeBack(letter: Out): boolean {
    if (this.#letters.at(-1) !== letter) return false;
    this.#letters.pop();
    return true;
  }

  /** Sends what was gathered now, if the other side is not too far behind. */
  flush(): void {
    if (this.#letters.length === 0 ? this.#owed < OWED_MAX : this.isFull) return;
    const parcel: Parcel<Out> = { letters: this.#letters, taken: this.#owed };
    const memory = this.#memory;
    if (this.#letters.length > 0) this.#ahead += 1;
    this.#letters = [];
    this.#memory = [];
    this.#waitingBytes = 0;
    this.#owed = 0;
    this.#port.postMessage(parcel, memory);
  }

  /** Resolves once the other side has caught up so far that more may leave. */
  room(): Promise<void> {
    if (!this.isFull) return Promise.resolve();
    return new Promise((resolve) => {
      this.#resume.push(resolve);
    });
  }

  #onParcel({ letters, taken }: Parcel<In>, take: (letter: In) => void): void {
    this.#ahead -= taken;
    if (letters.length > 0) this.#owed += 1;
    for (const letter of letters) take(letter);
    if (!this.isFull) for (const resume of this.#resume.splice(0)) resume();
    if (this.#letters.length > 0 || this.#owed >= OWED_MAX) this.#flushLater();
  }

  #flushLater(): void {
    if (this.#isDeferred) return;
    this.#isDeferred = true;
    this.#clock.defer(() => {
      this.#isDeferred = false;
      this.flush();
    });
  }
}

/** `source`, from which nothing is taken while the other side of `line` is too far behind. */
export function heldBack<T>(
  source: AsyncIterable<T>,
  line: Pick<Line<never, never>, 'isFull' | 'room'>,
): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => {
      const iterator = source[Symbol.asyncIterator]();
      const next = (): Promise<IteratorResult<T>> =>
        line.isFull ? line.room().then(next) : iterator.next();
      return { next };
    },
  };
}
