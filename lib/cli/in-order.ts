/** What an operation touches, as far as its place among others matters. */
type Footprint = {
  /** The one key, or null for anything at all. */
  readonly key: string | null;
  readonly writes: boolean;
};

type Running = Footprint & { readonly done: Promise<unknown> };

const ONE_KEY: Readonly<Record<string, boolean>> = {
  get: false,
  put: true,
  delete: true,
  cas: true,
};
const READS_ANYTHING: readonly string[] = ['range', 'changes', 'status', 'members'];

/**
 * Lets requests run side by side, and yet with the effects they would have one after another.
 *
 * A request waits for the earlier ones that it could get in the way of: a read waits for writes of
 * its key, a write for reads and writes of its key, and what touches more than one key counts as
 * touching all. Besides, writes begin in their order. Those on different keys usually take effect in
 * it too, but not where a leader changes: they may go to different nodes, or be asked again.
 *
 * A request that fails does not keep later ones from running, as in a shell script.
 */
export class InOrder {
  readonly #running = new Set<Running>();
  /** Settles when the latest write has begun; null if it has. */
  #begun: Promise<void> | null = null;

  /** Runs `task` when all that it must come after is done. Few may run at once: each is looked at. */
  async run<T>(op: string, args: Readonly<Record<string, unknown>>, task: () => Promise<T>) {
    const footprint = footprintOf(op, args);
    const before = [...this.#running].filter((other) => conflict(footprint, other));
    const done = this.#runAfter(before, footprint, task);
    const running = { ...footprint, done };
    this.#running.add(running);
    try {
      return await done;
    } finally {
      this.#running.delete(running);
    }
  }

  #runAfter<T>(before: readonly Running[], { writes }: Footprint, task: () => Promise<T>) {
    const begun = writes ? this.#begun : null;
    if (before.length === 0 && begun === null) return task();
    const ready = Promise.allSettled([...before.map(({ done }) => done), begun]);
    if (writes) this.#begin(ready.then(() => {}));
    return ready.then(task);
  }

  #begin(begun: Promise<void>): void {
    this.#begun = begun;
    void begun.then(() => {
      if (this.#begun === begun) this.#begun = null;
    });
  }
}

function footprintOf(op: string, args: Readonly<Record<string, unknown>>): Footprint {
  const { key } = args;
  const writes = ONE_KEY[op];
  if (writes !== undefined && typeof key === 'string') return { key, writes };
  return { key: null, writes: !READS_ANYTHING.includes(op) };
}

function conflict(a: Footprint, b: Footprint): boolean {
  return (a.writes || b.writes) && (a.key === null || b.key === null || a.key === b.key);
}
