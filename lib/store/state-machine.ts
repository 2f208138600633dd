import type { Entry } from '../core/entry.ts';
import type { EntryId, Index } from '../core/types.ts';
import type { Refusal, Reply, Request } from '../wire/client.ts';

/**
 * The replicated thing: a deterministic function of the log. The key-value database is one; users
 * embed their own. Called from one thread, never concurrently.
 */
export interface StateMachine {
  /** Index of the last entry applied. Stored in the same transaction as what it describes. */
  readonly applied: Index;
  /** Counts the writes that changed the state: 1, 2, 3, …; the same on every node at `applied`. */
  readonly rev: number;

  /** What kind of operation `op` is to this machine, or null if it has none of that name. */
  route(op: string): 'write' | 'read' | null;

  /** Looks at a request before it is proposed or read; what is refused here never takes effect. */
  check(request: Request): Refusal | null;

  /**
   * Applies committed entries, in order, in one transaction. Of entries that are no commands, a
   * machine without `logTime` only notes that they were applied.
   * Must not fail on any bytes that a leader let through: a command that cannot be done has a reply
   * that says so, the same on every node.
   */
  apply(entries: readonly Entry[]): readonly Applied[];

  /** For a machine with things that end by log time; one that has none leaves it out. */
  readonly logTime?: LogTime | undefined;

  /** Answers a read from the state as it is now. */
  read(request: Request): Reply | Refusal;

  /**
   * Writes the whole state down, as it is when it is called, piece by piece: `write` is called again
   * only when it has resolved, and then the bytes may be used anew. Goes on applying meanwhile. A
   * machine without `copy` and `install` has no snapshots: its log is never compacted, and is applied
   * from the first entry whenever the state is lost.
   *
   * @returns how far the copied state is.
   * @throws {StorageError} of its own, or what `write` throws.
   */
  copy?(write: (bytes: Uint8Array) => Promise<void>): Promise<CopiedState>;

  /**
   * Replaces the whole state by one that `copy` wrote; `applied` and `rev` are those of the copied
   * state afterwards. The pieces are others than they were. If it fails or the process dies on the
   * way, the state may be lost, but must not be taken for whole by the next start. Nothing is
   * applied or read meanwhile.
   *
   * @throws {StorageError} CORRUPT if that is no state of such a machine; FULL or IO.
   */
  install?(content: AsyncIterable<Uint8Array>): Promise<void>;

  close(): Promise<void>;
}

/** What a machine must say of log time (lib/core/log-clock.ts), in ms. */
export type LogTime = {
  /** What the clock entries that were applied add up to. */
  readonly now: number;
  /** How many clock entries were applied since the machine was opened. */
  readonly entries: number;
  /** The log time at which to have another clock entry because something may end; null for never. */
  readonly next: number | null;
  /** Whether a write begins or prolongs the life of something. */
  isTimed(request: Request): boolean;
};

/** What recovery and snapshots need of a state machine, wherever it is. */
export type Recoverable = Pick<StateMachine, 'applied' | 'rev' | 'copy' | 'install' | 'close'>;

/** How far a copy of the state is: the last entry applied to it, and its `rev`. */
export type CopiedState = { readonly applied: EntryId; readonly rev: number };

/** What one entry did: the reply for its client, and what changed, for watchers. */
export type Applied = {
  readonly index: Index;
  readonly reply: Reply | Refusal | null;
  readonly changes: readonly Change[];
};

/** One key changed. `value` is the raw msgpack, or null if the key was deleted. */
export type Change = {
  readonly rev: number;
  readonly key: string;
  readonly value: Uint8Array | null;
};
