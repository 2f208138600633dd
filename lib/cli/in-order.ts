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
 * touching all. Requests on different keys may take effect in any order: they may go to different
 * nodes, or be asked again after a refusal.
 *
 * A request that fails does not keep later ones from running, as in a shell script.
 */
export class InOrder {
  readonly #running = new Set<Running>();

  /** Runs `task` when all that it must come after is done. Few may run at once: each is looked at. */
  async run<T>(op: string, args: Readonly<Record<string, unknown>>, task: () => Promise<T>) {
    const footprint = footprintOf(op, args);
    const before = [...this.#running].filter((other) => conflict(footprint, other));
    const done = before.length === 0 ? task() : after(before, task);
    const running = { ...footprint, done };
    this.#running.add(running);
    try {
      return await done;
    } finally {
      this.#running.delete(running);
    }
  }
}

async function after<T>(before: readonly Running[], task: () => Promise<T>): Promise<T> {
  await Promise.allSettled(before.map(({ done }) => done));
  return await task();
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
