import type { Change } from '../operations.ts';
import type { WatchItem } from './item.ts';
import type { Queue } from './queue.ts';

export type WatchOptions = {
  /** Changes of keys that start with this; '' or left out, of all keys. */
  readonly prefix?: string;
  /** Changes of this key only. Not together with `prefix`. */
  readonly key?: string;
  /**
   * Begin with the change after this rev: where an earlier watch ended, or 0 for the beginning. Left
   * out: with what is written from now on.
   */
  readonly since?: number;
  /**
   * What to do when changes that are next were compacted (`db.historyRevs` of the nodes): `fail`
   * (the default) ends the watch with a RaftmqError of code COMPACTED, whose `reply.oldest` is the
   * smallest `since` that is left; `reread` hands over all keys as they are, between two items that
   * say so (`Reread`), and goes on from there.
   */
  readonly onCompacted?: 'fail' | 'reread';
  /** About how many bytes of changes may wait to be taken (4 MiB). */
  readonly bufferBytes?: number;
  /** Ends the watch, as `close` does. */
  readonly signal?: AbortSignal;
};

/** What `subscribe` takes, as an Observable does. */
export type WatchObserver<T> = {
  readonly next?: (item: T) => void;
  readonly error?: (reason: unknown) => void;
  readonly complete?: () => void;
};

/** What an Observable of this or any other library has under `Symbol.observable`. */
type Interop<T> = {
  readonly subscribe: (observer: WatchObserver<T>) => { unsubscribe(): void };
};

/**
 * Changes as they happen: every one once, in the order of their revs and none left out, whatever
 * becomes of nodes and connections. For one reader, who uses either of
 *
 *     for await (const { rev, key, value } of watch) { … }      // leaving the loop ends it
 *     watch.subscribe({ next: ({ rev, key, value }) => { … } })
 *     from(watch)                                                // RxJS
 *
 * A reader that is slow makes the watch wait, and costs no memory beyond `bufferBytes` and what one
 * reply holds. Without a majority of nodes a watch waits, too: only compaction and refusals that
 * will not pass (UNAUTHORIZED, say) end it with an error.
 */
export class Watch<T extends WatchItem = Change> implements AsyncIterableIterator<T, undefined> {
  /**
   * The rev after which the watch begins, once that is known: all that is written after this
   * promise has resolved will be handed over. Rejects if the watch ends before.
   */
  readonly ready: Promise<number>;
  readonly #queue: Queue<Waiting>;
  readonly #controls: WatchControls;

  /** Made by `client.watch`. */
  constructor(controls: WatchControls, ready: Promise<number>, queue: Queue<Waiting>) {
    this.#controls = controls;
    this.ready = ready;
    this.#queue = queue;
    // For RxJS: before it tries an async iterator, which cannot be unsubscribed from while it waits.
    for (const name of observableNames()) {
      Object.defineProperty(this, name, { value: (): Interop<T> => this });
    }
  }

  /**
   * Where to go on later (`since`): everything up to here was taken, or is no change that is watched.
   * Null until the watch is ready.
   */
  get rev(): number | null {
    return this.#controls.rev();
  }

  /** True while nothing waits to be taken: all that has happened so far was handed over. */
  get isIdle(): boolean {
    return this.#queue.isEmpty;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    const { done, value } = await this.#queue.next();
    return done ? { done, value: undefined } : { done: false, value: value.item as T };
  }

  /** Ends the watch; what was not taken is dropped. More than once is fine. */
  close(): void {
    this.#controls.close();
  }

  /** See `close`. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /** Hands every item to `next` as it comes. Unsubscribing ends the watch. */
  subscribe(observer: WatchObserver<T> | ((item: T) => void)): { unsubscribe(): void } {
    const told: WatchObserver<T> = typeof observer === 'function' ? { next: observer } : observer;
    let isOpen = true;
    const pass = async (): Promise<void> => {
      for await (const item of this) if (isOpen) told.next?.(item);
    };
    pass().then(
      () => isOpen && told.complete?.(),
      (reason: unknown) => {
        if (!isOpen) return;
        if (!told.error) throw reason; // nobody else would ever hear of it
        told.error(reason);
      },
    );
    return {
      unsubscribe: () => {
        isOpen = false;
        this.close();
      },
    };
  }
}

/** An item in the queue of a watch. */
export type Waiting = {
  readonly item: WatchItem;
  readonly bytes: number;
};

/** What a watch can do about itself. */
export type WatchControls = {
  readonly rev: () => number | null;
  readonly close: () => void;
};

/** A library knows observables by a symbol, which has to be made by someone, or by a name. */
function observableNames(): readonly (string | symbol)[] {
  const { observable } = Symbol as { readonly observable?: symbol };
  return observable === undefined ? ['@@observable'] : ['@@observable', observable];
}
