type Item = { readonly at: number; readonly order: number; readonly run: () => void };

/** Events between two trips of the real event loop: signals and output must get their turn. */
const BREATH_EVENTS = 4096;

/** What will happen when, in simulated ms; what falls on the same moment happens in order. */
export class Agenda {
  now = 0;
  /** Events that have happened. */
  events = 0;
  readonly #heap: Item[] = [];
  #order = 0;

  after(ms: number, run: () => void): void {
    const item = { at: this.now + Math.max(0, ms), order: this.#order++, run };
    const heap = this.#heap;
    let at = heap.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(item, heap[parent] as Item)) break;
      heap[at] = heap[parent] as Item;
      at = parent;
    }
    heap[at] = item;
  }

  /** Lets things happen until `isOver`, which is asked after each, or until `end`. */
  run(end: number, isOver: () => boolean = NEVER): void {
    while (this.#step(end)) if (isOver()) return;
  }

  /**
   * The same for things that go on in promises: each event is over, with all the promises that it
   * settled and all that these settled, before the next one happens. As in a real process, where
   * microtasks are done before the event loop moves on.
   */
  settle(end: number, isOver: () => boolean = NEVER): Promise<void> {
    return new Promise((resolve, reject) => {
      let breath = 0;
      const next = (): void => {
        try {
          if (!this.#step(end) || isOver()) return resolve();
        } catch (reason) {
          return reject(reason);
        }
        breath += 1;
        queueMicrotask(breath % BREATH_EVENTS === 0 ? breathe : drained);
      };
      // What is queued for the next tick runs once no microtask is left, however many there will be.
      const drained = (): void => process.nextTick(next);
      const breathe = (): void => {
        setImmediate(next);
      };
      queueMicrotask(drained);
    });
  }

  /** @returns false, with the clock at `end`, if nothing happens until then. */
  #step(end: number): boolean {
    const next = this.#heap[0];
    if (!next || next.at > end) {
      this.now = end;
      return false;
    }
    this.#pop();
    this.now = next.at;
    this.events += 1;
    next.run();
    return true;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Item;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right && isBefore(right, heap[child] as Item)) child += 1;
      if (!isBefore(heap[child] as Item, last)) break;
      heap[at] = heap[child] as Item;
      at = child;
    }
    heap[at] = last;
  }
}

const NEVER = (): boolean => false;

function isBefore(a: Item, b: Item): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
