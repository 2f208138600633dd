import type { Index, Millis } from '../lib/core/types.ts';
import type { Request } from '../lib/wire/client.ts';
import { readString, readUint } from '../lib/wire/scan.ts';
import type { Pending } from './pending.ts';
import type { ServiceWorld } from './world.ts';

/** Replies in one trip of the loop, in bytes: copying them must not hold up a heartbeat. */
const BYTES_MAX = 4 << 20;

type Waiting = {
  readonly pending: Pending;
  readonly index: Index;
  readonly rev: number;
  readonly since: Millis;
};

/** Reads that wait until the state machine is far enough: at a log index, and at a rev. */
export class ReadQueue {
  readonly #world: Pick<ServiceWorld, 'machine' | 'clock'>;
  readonly #answer: (pending: Pending) => number;
  readonly #later: () => void;
  #waiting: Waiting[] = [];
  readonly #ready: Pending[] = [];
  #isDeferred = false;
  #notBefore: Index = 0;

  /**
   * @param answer serves a read, and says how many bytes that made.
   * @param later called after a trip of the loop if a call of `serve` has not served all.
   */
  constructor(
    world: Pick<ServiceWorld, 'machine' | 'clock'>,
    answer: (pending: Pending) => number,
    later: () => void,
  ) {
    this.#world = world;
    this.#answer = answer;
    this.#later = later;
  }

  /** @param index what must be applied first; 0 for a stale read. */
  add(pending: Pending, index: Index): void {
    const atLeast = pending.request.args.get('atLeast');
    const rev = (atLeast && readUint(atLeast)) ?? 0;
    this.#waiting.push({ pending, index, rev, since: this.#world.clock.now() });
  }

  /** Serves nothing until `index` is applied: the state is being replaced. */
  pause(index: Index): void {
    this.#notBefore = index;
  }

  /** Takes out what has waited for `ms` for an index: the disk of this node is slow, or stuck. */
  takeLate(ms: Millis): readonly Pending[] {
    const { machine, clock } = this.#world;
    const until = clock.now() - ms;
    const isLate = ({ index, since }: Waiting): boolean =>
      index > machine.applied && since <= until;
    const late = this.#waiting.filter(isLate);
    if (late.length > 0) this.#waiting = this.#waiting.filter((read) => !isLate(read));
    return late.map(({ pending }) => pending);
  }

  /** Serves what may be served, in the order in which it came; of very much a part. */
  serve(): void {
    if (this.#world.machine.applied < this.#notBefore) return;
    this.#wake();
    let bytes = 0;
    let served = 0;
    while (served < this.#ready.length && bytes < BYTES_MAX) {
      bytes += this.#answer(this.#ready[served] as Pending);
      served += 1;
    }
    this.#ready.splice(0, served);
    if (this.#ready.length === 0 || this.#isDeferred) return;
    this.#isDeferred = true;
    this.#world.clock.defer(() => {
      this.#isDeferred = false;
      this.#later();
    });
  }

  /** Moves those that need not wait any more. */
  #wake(): void {
    if (this.#waiting.length === 0) return;
    const { applied, rev } = this.#world.machine;
    const still: Waiting[] = [];
    for (const read of this.#waiting) {
      if (read.index <= applied && read.rev <= rev) this.#ready.push(read.pending);
      else still.push(read);
    }
    this.#waiting = still;
  }
}

/** How fresh a read must be, as it was asked: of a request that was checked. */
export function readModeOf({ args }: Request): string {
  const read = args.get('read');
  return (read && readString(read)) ?? 'linearizable';
}
