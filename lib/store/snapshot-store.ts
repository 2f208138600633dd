import type { Snapshot } from '../core/snapshot.ts';
import type { Configuration, Index } from '../core/types.ts';

/**
 * The snapshots of one node on disk. Everything handed out as a `Snapshot` is complete, was checked
 * when it was written, and is durable: the log may be compacted up to its index.
 *
 * The store keeps the newest one, the one before it as long as `keepFrom` says that the log still
 * continues it, and those that are held.
 */
export interface SnapshotStore {
  /** Null if there is none. Replaced by `take`, and by a `Receiving` that is complete. */
  readonly newest: Snapshot | null;

  /**
   * Copies the state machine, which goes on applying, and makes the copy durable. One call at a time.
   *
   * @param configurationAt asked once, for the index that the copy turns out to have: what was applied
   *   at some moment after the call.
   * @returns the newest snapshot then: if nothing was applied since it, the one there was; null if
   *   nothing was applied at all, or the state machine cannot be copied.
   * @throws {StorageError} FULL or IO, with nothing changed but a temporary file.
   */
  take(configurationAt: (index: Index) => Configuration): Promise<Snapshot | null>;

  /**
   * Reads `length` bytes of the content at `offset`; fewer only at its end. What is read is checked.
   *
   * @returns null if that snapshot is gone, or turns out to be damaged, which makes it go.
   */
  read(snapshot: Snapshot, offset: number, length: number): Promise<Buffer | null>;

  /** Keeps a snapshot, that may be sent, from being removed, until the returned function is called. */
  hold(snapshot: Snapshot): () => void;

  /**
   * Begins to receive a snapshot, or goes on with what was received of exactly this one, maybe
   * before a restart. Others that are half received are dropped. One at a time.
   */
  receive(snapshot: Snapshot): Promise<Receiving>;

  /**
   * Replaces the whole state of the state machine by a snapshot, after checking it. Nothing may
   * be applied meanwhile.
   *
   * @throws {StorageError} CORRUPT if it is damaged; then the state machine is as it was.
   */
  install(snapshot: Snapshot): Promise<void>;

  /** The log now begins after `base`: what can no longer be continued by it may go. */
  keepFrom(base: Index): Promise<void>;
}

/** A snapshot on its way in. */
export interface Receiving {
  /** How much of the content is there: the next byte that is wanted. */
  readonly offset: number;

  /** Adds `bytes` at `offset`, which must be where the content ends so far. One call at a time. */
  write(offset: number, bytes: Uint8Array): Promise<void>;

  /**
   * Checks all of it and makes it durable.
   *
   * @returns `complete`: it is the newest snapshot now, unless there is a newer one. `damaged`: what was
   *   received is not what the sender has, and is dropped: begin anew.
   * @throws {StorageError} FULL or IO.
   */
  finish(): Promise<'complete' | 'damaged'>;

  /** Stops; what is there stays, so that `receive` may go on with it. */
  abandon(): Promise<void>;
}
