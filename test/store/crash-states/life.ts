import type { Write } from '../../../lib/core/outcome.ts';
import type {
  DiskFault,
  DiskOperation,
  MemoryDisk,
  MemoryDiskOptions,
} from '../../../lib/store/disk/disk-memory.ts';
import { isTemporary } from '../../../lib/store/log/segment.ts';
import type { Recovered } from '../../../lib/store/log-store.ts';
import { after, imageOf, type LogImage } from '../log-model.ts';
import { ManualTimer, openLog } from '../log-world.ts';
import { type Operation, writesOf } from './operations.ts';

/** How a process runs. */
export type Setting = {
  readonly segmentBytes: number;
  /** 0: every sync is waited for; else small batches are synced in the thread. */
  readonly inThreadBytes: number;
  /** When the next segment is made: between operations, during the next one, when it is needed. */
  readonly spare: 'between' | 'during' | 'late';
};

/** What a log must hold after a power cut: this, or that and all of the commit under way. */
export type Promised = { readonly acknowledged: LogImage; readonly attempted: LogImage };

/**
 * Told before each disk operation, which may be made to fail, and with null when something was
 * promised or came to its end.
 */
export type Watch = (life: Life, operation: DiskOperation | null) => DiskFault | null;

/** Longer than it takes until a mark is written. */
const QUIET_MS = 60;

type Held = { readonly isOfSpare: boolean; readonly end: () => void };

/** One process and its log. No sync ends before all else that could happen before it has happened. */
export class Life {
  readonly disk: MemoryDisk;
  promised: Promised;
  readonly #setting: Setting;
  readonly #watch: Watch;
  readonly #timer = new ManualTimer();
  #held: Held[] = [];
  #asked: DiskOperation | null = null;
  #log: Recovered | null = null;

  constructor(
    disk: (options: MemoryDiskOptions) => MemoryDisk,
    promised: Promised,
    setting: Setting,
    watch: Watch,
  ) {
    this.promised = promised;
    this.#setting = setting;
    this.#watch = watch;
    this.disk = disk({
      fault: (operation) => {
        this.#asked = operation;
        return watch(this, operation);
      },
      finish: (end) => {
        const { kind, name } = this.#asked as DiskOperation;
        const isOfSpare = kind === 'syncDirectory' || isTemporary(name);
        this.#held.push({ isOfSpare, end });
      },
    });
  }

  /** Opens the log, and from then on promises what is found in it. */
  async recover(): Promise<LogImage> {
    const { segmentBytes, inThreadBytes } = this.#setting;
    const options = { segmentBytes, inThreadBytes, timer: this.#timer };
    this.#log = await this.#finish(openLog(this.disk, options));
    const found = await imageOf(this.#log);
    this.promised = { acknowledged: found, attempted: found };
    this.#watch(this, null);
    return found;
  }

  /**
   * Does one operation, the whole of it unless the next segment may be made later.
   *
   * @throws {StorageError} if the disk fails, or has failed before.
   */
  async do(operation: Operation, number: number): Promise<void> {
    if (operation === 'vote') this.#timer.pass(QUIET_MS);
    if (operation === 'mark') await this.#beQuiet();
    else await this.#commit(writesOf(operation, this.promised.acknowledged, number));
    this.#watch(this, null);
    const isPrompt = this.#setting.spare === 'between';
    await this.#settle(() => this.#held.find(({ isOfSpare }) => isPrompt || !isOfSpare));
    this.#watch(this, null);
  }

  async #commit(writes: readonly Write[]): Promise<void> {
    const before = this.promised;
    const { acknowledged } = before;
    const attempted = after(acknowledged, writes);
    this.promised = { acknowledged, attempted };
    try {
      const committing = this.#log?.store.commit(writes);
      if (committing !== undefined) await this.#finish(committing);
    } catch (reason) {
      // If the log had failed before, it took nothing now: what was under way then still is.
      if (before.attempted !== acknowledged) this.promised = before;
      throw reason;
    }
    this.promised = { acknowledged: attempted, attempted };
  }

  /** Twice the idle time: the first may only find that there was a commit meanwhile. */
  async #beQuiet(): Promise<void> {
    for (let i = 0; i < 2; i += 1) {
      this.#timer.pass(QUIET_MS);
      await this.#settle(() => this.#held.find(({ isOfSpare }) => !isOfSpare));
    }
  }

  /** Lets syncs end, one by one, until `work` is done. */
  async #finish<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = (): void => {
      isDone = true;
    };
    work.then(done, done);
    await this.#settle(() => (isDone ? undefined : this.#next()));
    if (!isDone) throw new Error('the log waits for nothing');
    return work;
  }

  #next(): Held | undefined {
    const first = this.#setting.spare === 'during';
    return this.#held.find(({ isOfSpare }) => isOfSpare === first) ?? this.#held[0];
  }

  async #settle(next: () => Held | undefined): Promise<void> {
    for (;;) {
      await turn();
      const held = next();
      if (held === undefined) return;
      this.#held = this.#held.filter((other) => other !== held);
      held.end();
    }
  }
}

/** Until everything that waits for nothing else has run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
