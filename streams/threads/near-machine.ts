import type { Snapshot } from '../../lib/core/snapshot.ts';
import type { Index } from '../../lib/core/types.ts';
import { assert } from '../../lib/kit/assert.ts';
import type { CopiedState, StateMachine } from '../../lib/store/state-machine.ts';
import type { Calls } from './calls.ts';
import { type Packed, withOwnBytes } from './packing.ts';

/** What the service may ask of the loop. */
export type FarCalls = {
  /** Entries of the log, as LogStore.read gives them; packed. */
  readonly load: (asked: { readonly from: Index; readonly bytesMax: number }) => Promise<Packed>;
  /** As Snapshots.take, and Copies.install. */
  readonly takeSnapshot: (nothing: null) => Promise<Snapshot | null>;
  readonly installSnapshot: (snapshot: Snapshot) => Promise<void>;
  /** Takes the next piece of a copy. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** The next piece of what is to be installed, or null if that was all. */
  readonly next: (nothing: null) => Promise<Uint8Array | null>;
};

/** What the loop may ask of the service: the state machine's `copy` and `install`. */
export type NearCalls = {
  readonly copy: (nothing: null) => Promise<CopiedState>;
  readonly install: (nothing: null) => Promise<void>;
};

/** @param installed called before it is told that the state was replaced. */
export function callsOf(
  machine: () => StateMachine,
  calls: () => Calls<FarCalls>,
  installed: () => void,
): NearCalls {
  return {
    copy: async () => {
      const { copy } = machine();
      assert(copy !== undefined, 'nobody copies a state machine that cannot be copied');
      return copy.call(machine(), (bytes) => calls().call('write', withOwnBytes(bytes)));
    },
    install: async () => {
      const { install } = machine();
      assert(install !== undefined, 'nobody replaces a state machine that cannot be replaced');
      await install.call(machine(), pieces(calls()));
      installed();
    },
  };
}

async function* pieces(calls: Calls<FarCalls>): AsyncGenerator<Uint8Array> {
  for (;;) {
    const piece = await calls.call('next', null);
    if (piece === null) return;
    yield piece;
  }
}
