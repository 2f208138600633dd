import type { Index } from '../../lib/core/types.ts';
import { assert } from '../../lib/kit/assert.ts';
import type { Recoverable, StateMachine } from '../../lib/store/state-machine.ts';
import type { Calls } from './calls.ts';
import type { Progress } from './letters.ts';
import type { NearCalls } from './near-machine.ts';
import { withOwnBytes } from './packing.ts';

type Write = (bytes: Uint8Array) => Promise<void>;
type Pieces = AsyncIterator<Uint8Array>;

/**
 * The state machine as the loop sees it: how far it is, and what snapshots need, piece by piece over
 * the line. One copy and one installation at a time.
 */
export class FarMachine implements Recoverable {
  applied: Index = 0;
  rev = 0;
  copy?: NonNullable<StateMachine['copy']>;
  install?: NonNullable<StateMachine['install']>;
  readonly close: () => Promise<void>;
  #write: Write | null = null;
  #pieces: Pieces | null = null;

  /** What the machine may ask of whoever copies or replaces it. */
  readonly callable = {
    write: async (bytes: Uint8Array): Promise<void> => {
      assert(this.#write !== null, 'pieces are of a copy that is under way');
      await this.#write(bytes);
    },
    next: async (): Promise<Uint8Array | null> => {
      assert(this.#pieces !== null, 'pieces are for an installation that is under way');
      const { done, value } = await this.#pieces.next();
      return done ? null : withOwnBytes(value);
    },
  };

  /** @param close ends the thread that has it. */
  constructor(close: () => Promise<void>) {
    this.close = close;
  }

  move({ applied, rev }: Progress): void {
    this.applied = applied;
    this.rev = rev;
  }

  /** The machine over there can be copied and replaced. */
  canBeCopied(calls: Calls<NearCalls>): void {
    this.copy = async (write) => {
      this.#write = write;
      try {
        return await calls.call('copy', null);
      } finally {
        this.#write = null;
      }
    };
    this.install = async (content) => {
      this.#pieces = content[Symbol.asyncIterator]();
      try {
        await calls.call('install', null);
      } finally {
        const pieces = this.#pieces;
        this.#pieces = null;
        await pieces.return?.();
      }
    };
  }
}
