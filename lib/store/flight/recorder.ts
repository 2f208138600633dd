import { imageOf } from '../../core/image.ts';
import type { Turn } from '../../core/input.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { RaftState } from '../../core/state.ts';
import type { Logger } from '../../kit/logger.ts';
import { pack } from '../../wire/pack.ts';
import type { Identity } from '../../wire/peer.ts';
import type { DiskFile, Timer } from '../ports.ts';
import { digestOf } from './digest.ts';
import type { Ring } from './ring.ts';
import { type End, magic, makeBlock, packStart } from './segment.ts';
import { itemsOfTurn } from './turn-code.ts';
import { BLOCK_BYTES, TurnsBlock } from './turns-block.ts';

/** How long a turn may wait before it is written, in ms: what kill -9 takes at most. */
const FLUSH_MS = 50;

export type RecorderOptions = {
  readonly owner: Identity;
  readonly version: string;
  /** `now` is the clock of the turns, `wall` ms since the epoch. */
  readonly clock: Timer & { readonly wall: () => number };
  readonly logger: Logger;
};

type Open = { readonly file: DiskFile; fullAt: number; bytes: number };

/**
 * Writes down what goes into the fold of a node: states and turns. Whoever has both can take every
 * step again (replay.ts).
 *
 * It must not harm the node that it watches. Turns become bytes at once and wait in memory for
 * FLUSH_MS at most; then they are written in this thread, like the log, because that costs less than
 * to wake another one. If the next file is not there in time, turns are left out until it is, and
 * the recording goes on with a new state. Whatever fails ends the recording, not the node.
 */
export class FlightRecorder {
  readonly #ring: Ring;
  readonly #options: RecorderOptions;
  readonly #began: number;
  #segment: Open | null = null;
  readonly #waiting = new TurnsBlock();
  #cancelFlush: (() => void) | null = null;
  #making: Promise<void> = Promise.resolve();
  #turns = 0;
  #lost = 0;
  #isOver = false;

  constructor(ring: Ring, options: RecorderOptions) {
    this.#ring = ring;
    this.#options = options;
    this.#began = options.clock.wall();
  }

  /** A turn is about to be taken. Told before, so that one which ends the node is in the recording. */
  before(state: RaftState, turn: Turn): void {
    if (this.#isOver) return;
    try {
      if (!this.#segment) this.#begin(state);
      this.#turns += 1;
      if (!this.#segment) {
        this.#lost += 1;
        return;
      }
      this.#waiting.add(pack(itemsOfTurn(turn)));
      this.#cancelFlush ??= this.#options.clock.after(FLUSH_MS, () => this.flush());
    } catch (reason) {
      this.#stop(reason);
    }
  }

  /** What came of it. */
  after(outcome: Outcome): void {
    const segment = this.#segment;
    if (!segment) return;
    try {
      this.#waiting.addUint32(digestOf(outcome));
      if (this.#waiting.size >= BLOCK_BYTES) this.#write(segment);
      if (segment.bytes + this.#waiting.size >= segment.fullAt) this.#finish(segment, 'f');
    } catch (reason) {
      this.#stop(reason);
    }
  }

  #begin(state: RaftState): void {
    const file = this.#ring.take();
    if (!file) return;
    const segment: Open = { file, fullAt: 0, bytes: 0 };
    // whoever stops from here on closes it
    this.#segment = segment;
    const { owner, version, clock, logger } = this.#options;
    const lost = this.#lost;
    const start = {
      owner,
      version,
      began: this.#began,
      wall: clock.wall(),
      now: clock.now(),
      turnsBefore: this.#turns,
      lost,
    };
    const block = makeBlock('S', [packStart(start, imageOf(state))]);
    const head = magic();
    file.write(0, [head, block]);
    if (lost > 0) logger.warn('record.gap', { turns: lost });
    this.#lost = 0;
    segment.bytes = head.length + block.length;
    segment.fullAt = this.#ring.fullAt(segment.bytes);
    this.#making = this.#ring.makeNext(segment.bytes).catch((reason: unknown) => {
      this.#stop(reason);
    });
  }

  /** Hands all turns so far to the operating system, which keeps them if the process is killed. */
  flush(): void {
    const segment = this.#segment;
    if (!segment) return;
    try {
      this.#write(segment);
    } catch (reason) {
      this.#stop(reason);
    }
  }

  #write(segment: Open): void {
    this.#cancelFlush?.();
    this.#cancelFlush = null;
    if (this.#waiting.size === 0) return;
    const block = this.#waiting.take();
    segment.file.write(segment.bytes, [block]);
    segment.bytes += block.length;
  }

  #finish(segment: Open, end: End): void {
    this.#write(segment);
    const block = makeBlock('E', [Buffer.from(end)]);
    segment.file.write(segment.bytes, [block]);
    this.#segment = null;
    this.#ring.keep(segment.file.name, segment.bytes + block.length);
    segment.file.close().catch((reason: unknown) => this.#stop(reason));
  }

  /** Nothing that goes wrong here may touch the node. */
  #stop(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelFlush?.();
    this.#waiting.clear();
    void this.#segment?.file.close().catch(() => {}); // it cannot matter any more
    this.#segment = null;
    warnStopped(this.#options.logger, reason);
  }

  /** Writes what is left. Never fails. */
  async close(): Promise<void> {
    const segment = this.#segment;
    try {
      if (segment) this.#finish(segment, 'c');
    } catch (reason) {
      this.#stop(reason);
    }
    this.#isOver = true;
    await this.#making;
    await this.#ring.close().catch(() => {}); // an empty file is left, which the next run removes
  }
}

/** Says why there is no recording, or no more of it. */
export function warnStopped(logger: Logger, reason: unknown): void {
  const why = reason instanceof Error ? reason.message : String(reason);
  logger.warn('record.stopped', { reason: why });
}
