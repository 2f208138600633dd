import type { Entry } from '../../../lib/core/entry.ts';
import type { Write } from '../../../lib/core/outcome.ts';
import type { EntryId, Index } from '../../../lib/core/types.ts';
import type { LogStore } from '../../../lib/store/log-store.ts';
import type { Applied, LogTime, StateMachine } from '../../../lib/store/state-machine.ts';
import type { Refusal, Reply, Request } from '../../../lib/wire/client.ts';

/** A log whose promises are written down: what it calls stored must never be missing. */
export class WatchedLog implements LogStore {
  readonly #log: LogStore;
  readonly #begun: (writes: readonly Write[]) => void;
  readonly #stored: () => void;
  readonly #delay: () => Promise<void>;

  /**
   * @param begun a commit begins: from now on its writes may be on the disk.
   * @param stored it is over: from now on they must be.
   * @param delay what a read waits for.
   */
  constructor(
    log: LogStore,
    begun: (writes: readonly Write[]) => void,
    stored: () => void,
    delay: () => Promise<void>,
  ) {
    this.#log = log;
    this.#begun = begun;
    this.#stored = stored;
    this.#delay = delay;
  }

  commit(writes: readonly Write[]): Promise<void> | void {
    this.#begun(writes);
    const later = this.#log.commit(writes);
    if (later) return later.then(this.#stored);
    this.#stored();
  }

  async read(from: Index, bytesMax: number): Promise<readonly Entry[]> {
    await this.#delay();
    return this.#log.read(from, bytesMax);
  }

  compact(upTo: Index): Promise<EntryId> {
    return this.#log.compact(upTo);
  }

  bytesAfter(index: Index): number {
    return this.#log.bytesAfter(index);
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  get failed(): Promise<never> | undefined {
    return this.#log.failed;
  }
}

/** A state machine whose every step is seen. */
export class WatchedMachine implements StateMachine {
  readonly inner: StateMachine;
  readonly #applied: (entries: readonly Entry[], done: readonly Applied[]) => void;
  /** Left out if it has no snapshots. */
  readonly copy?: NonNullable<StateMachine['copy']>;
  readonly install?: NonNullable<StateMachine['install']>;

  /**
   * @param copied its state is being copied, as it is at this moment.
   * @param installed its state was replaced.
   */
  constructor(
    inner: StateMachine,
    applied: (entries: readonly Entry[], done: readonly Applied[]) => void,
    copied: (inner: StateMachine) => void,
    installed: (inner: StateMachine) => void,
  ) {
    this.inner = inner;
    this.#applied = applied;
    if (!inner.copy || !inner.install) return;
    const copy = inner.copy.bind(inner);
    const install = inner.install.bind(inner);
    this.copy = (write) => {
      copied(inner);
      return copy(write);
    };
    this.install = async (content) => {
      await install(content);
      installed(inner);
    };
  }

  get applied(): Index {
    return this.inner.applied;
  }

  get rev(): number {
    return this.inner.rev;
  }

  get logTime(): LogTime | undefined {
    return this.inner.logTime;
  }

  route(op: string): 'write' | 'read' | null {
    return this.inner.route(op);
  }

  check(request: Request): Refusal | null {
    return this.inner.check(request);
  }

  apply(entries: readonly Entry[]): readonly Applied[] {
    const done = this.inner.apply(entries);
    this.#applied(entries, done);
    return done;
  }

  read(request: Request): Reply | Refusal {
    return this.inner.read(request);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
