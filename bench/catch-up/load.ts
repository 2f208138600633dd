import { ClosedLoop } from '../closed-loop.ts';
import { summaryOf } from '../percentiles.ts';
import { openRaftmq } from '../raftmq-target.ts';
import type { Settle, Target } from '../target.ts';
import { type Drawn, drawing, type Workload } from '../workload.ts';

/** Of one phase of the load. */
export type Phase = {
  readonly operations: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

/** Writes on their way while the database is filled. */
const FILL_OUTSTANDING = 64;
/** Coprime, so that keys come in no order. */
const KEYS = 100_000_000;
const STRIDE = 38_196_601;

/**
 * Writes values of `valueBytes`, each under a key of its own and in no order, until `isFull`.
 *
 * @returns how often what went wrong.
 */
export async function fill(
  endpoint: string,
  valueBytes: number,
  isFull: () => boolean,
): Promise<ReadonlyMap<string, number>> {
  let drawn = 0;
  let isOver = false;
  const draw = (): Drawn | null => {
    if (drawn % FILL_OUTSTANDING === 0) isOver ||= isFull();
    drawn += 1;
    const key = `fill/${String((drawn * STRIDE) % KEYS).padStart(8, '0')}`;
    return isOver ? null : { op: 'put', key };
  };
  const workload = { operation: 'put', keys: KEYS, valueBytes } as const;
  const { loop, target } = await openLoop(endpoint, workload, FILL_OUTSTANDING, draw);
  loop.start();
  await loop.drained;
  target.close();
  return loop.failures;
}

/**
 * Puts without end, so many on their way at a time, to keys of their own. Each latency counts to the
 * phase in which the reply came, so that a write which stood still is not forgotten.
 */
export class Load {
  readonly #loop: ClosedLoop;
  readonly #target: Target;
  #phaseAt = performance.now();

  private constructor(loop: ClosedLoop, target: Target) {
    this.#loop = loop;
    this.#target = target;
  }

  /** @throws {BenchFault} if nobody listens at `endpoint`. */
  static async start(endpoint: string, workload: Workload, outstanding: number): Promise<Load> {
    const draw = drawing(workload);
    const own = (): Drawn => ({ op: 'put', key: `load/${draw().key}` });
    const { loop, target } = await openLoop(endpoint, workload, outstanding, own);
    loop.isMeasuring = true;
    loop.start();
    return new Load(loop, target);
  }

  /** What went wrong so far, and how often. */
  get failures(): ReadonlyMap<string, number> {
    return this.#loop.failures;
  }

  /** Ends a phase and begins the next one. */
  endPhase(): Phase {
    const { latencies } = this.#loop;
    const { operations, p50Ms, p99Ms, maxMs } = summaryOf(latencies);
    latencies.reset();
    const now = performance.now();
    const seconds = (now - this.#phaseAt) / 1000;
    this.#phaseAt = now;
    return { operations, seconds, p50Ms, p99Ms, maxMs };
  }

  /** What is on its way is not waited for. */
  close(): void {
    this.#target.close();
  }
}

async function openLoop(
  endpoint: string,
  workload: Workload,
  outstanding: number,
  draw: () => Drawn | null,
): Promise<{ readonly loop: ClosedLoop; readonly target: Target }> {
  let settle: Settle = () => {};
  const target = await openRaftmq(endpoint, workload, (id, failure) => settle(id, failure));
  const loop = new ClosedLoop(outstanding, draw, target);
  settle = loop.settle;
  return { loop, target };
}
