import type { HardState, Millis } from '../../core/types.ts';
import type { Disk, Timer } from '../ports.ts';
import type { ChainEnd } from './appender.ts';
import type { Beginnings } from './beginnings.ts';
import type { Positions } from './positions.ts';
import type { Segment } from './prepare.ts';

export type WalOptions = {
  /** Full size of a segment; the first ones of a log are smaller. An entry may be larger. */
  readonly segmentBytes: number;
  readonly timer: Timer;
  /** Largest batch that may be synced in this thread; 0 for none. Default 4 KiB. */
  readonly inThreadBytes?: number;
  /** Quiet time after which a mark is written, within a factor of two. Default 50 ms. */
  readonly idleMs?: Millis;
};

/** A log as recovery found it. */
export type WalImage = {
  readonly disk: Disk;
  readonly owner: number;
  /** All segments with batches in them. */
  readonly segments: readonly Segment[];
  readonly positions: Positions;
  readonly beginnings: Beginnings;
  readonly hard: HardState;
  readonly end: ChainEnd;
  /** The last batch is a mark: there is nothing that a further one would cover. */
  readonly hasMark: boolean;
};
