import type { Snapshot } from '../lib/core/snapshot.ts';
import type { Configuration, Index } from '../lib/core/types.ts';
import { StorageError } from '../lib/kit/errors.ts';
import type { InTurn } from './in-turn.ts';
import type { SnapshotNews } from './snapshot-news.ts';
import type { LoopWorld, SnapshotWorld } from './world.ts';

/** What taking needs of the node. */
export type Taker = Pick<LoopWorld, 'machine' | 'log'> & {
  readonly snapshots: SnapshotWorld;
  /** Copying the state and replacing it take turns. */
  readonly inTurn: InTurn;
  readonly configurationAt: (index: Index) => Configuration;
  readonly tell: (news: SnapshotNews) => void;
  readonly fail: (reason: unknown) => void;
};

/** Takes snapshots of this node's own state machine: one at a time, when enough has happened. */
export class TakeSnapshots {
  readonly #taker: Taker;
  #underWay: Promise<Snapshot | null> | null = null;
  /** Where the last one was not taken: it is tried again when as much has happened once more. */
  #failedAt: Index = 0;

  constructor(taker: Taker) {
    this.#taker = taker;
  }

  /** Takes one if so much was applied since the newest, and no other node is sending us one. */
  takeIfDue(): void {
    const { machine, log, snapshots } = this.#taker;
    const { store, traffic, everyEntries, everyBytes } = snapshots;
    if (this.#underWay || traffic.incoming) return;
    const past = Math.max(store.newest?.index ?? 0, this.#failedAt);
    const entries = machine.applied - past;
    const isDue = entries >= everyEntries || (entries > 0 && log.bytesAfter(past) >= everyBytes);
    if (isDue) this.take().catch(() => undefined);
  }

  /**
   * Takes one now, or waits for the one that is under way.
   *
   * @returns the newest, be it this one or one that holds all already; null if there is nothing yet,
   *   the disk is full, or the state machine cannot be copied.
   */
  take(): Promise<Snapshot | null> {
    this.#underWay ??= this.#taker.inTurn
      .run(() => this.#copy())
      .finally(() => {
        this.#underWay = null;
      });
    return this.#underWay;
  }

  async #copy(): Promise<Snapshot | null> {
    const { snapshots, machine, configurationAt, tell, fail } = this.#taker;
    const { store } = snapshots;
    const past = store.newest;
    if (machine.applied === 0 || machine.applied === past?.index) return past;
    try {
      const snapshot = await store.take(configurationAt);
      if (snapshot === null) this.#failedAt = machine.applied;
      else if (snapshot !== past) tell({ kind: 'taken', snapshot });
      return snapshot;
    } catch (reason) {
      this.#failedAt = machine.applied;
      const isFull = reason instanceof StorageError && reason.code === 'FULL';
      if (isFull) tell({ kind: 'failed', reason: reason.message });
      else fail(reason);
      return null;
    }
  }
}
