import type { Entry } from '../core/entry.ts';
import type { Write } from '../core/outcome.ts';
import type { ConfigurationAt, EntryId, HardState, Index, Term } from '../core/types.ts';

/** The log on disk: the only place where a promise becomes keepable. */
export interface LogStore {
  /**
   * Makes `writes` durable, in order, with one sync. A write whose first entry is at or below the
   * last stored index replaces that suffix; one with a `base` replaces everything. One call at a
   * time.
   *
   * @returns nothing if all is durable on return (a lone small write is synced in this thread), or
   *   a promise of it.
   * @throws {StorageError} if any byte may be missing. The log is then closed for good: after a
   *   failed sync the kernel may have dropped the dirty pages, so trying again would lie.
   * @see Raft thesis §3.8 (what must be stored before answering), §10.2.1 (writing in parallel)
   */
  commit(writes: readonly Write[]): Promise<void> | void;

  /**
   * Reads stored entries back: consecutive, from `from` on, at least one, about `bytesMax` of them.
   * The caller makes sure that `from` is stored; what is read may have been replaced meanwhile.
   * Nothing if the log has let go of `from`.
   */
  read(from: Index, bytesMax: number): Promise<readonly Entry[]>;

  /**
   * Gives back the space of what lies at or before `upTo`, as far as it fills whole files. Allowed up
   * to the index of a snapshot that is durable. One call at a time; commits and reads go on.
   *
   * @returns the place before the first entry that is still there, at most `upTo`.
   */
  compact(upTo: Index): Promise<EntryId>;

  /** About how many bytes the entries after `index` take on disk. */
  bytesAfter(index: Index): number;

  close(): Promise<void>;

  /**
   * Rejects when storing fails while nobody waits for it; else it stays as it is. Left out by logs
   * that store only what they are asked to.
   */
  readonly failed?: Promise<never> | undefined;
}

/** What recovery found: everything the core needs to go on. */
export type Recovered = {
  readonly store: LogStore;
  readonly hard: HardState;
  /** The place before the first entry that is still on disk. */
  readonly base: EntryId;
  readonly last: EntryId;
  /** The newest snapshot that the log goes on from; null if it begins with the first entry. */
  readonly snapshot: EntryId | null;
  /** Where each term begins: terms rise, and every entry from `first` on has `term` until the next. */
  readonly terms: readonly { readonly term: Term; readonly first: Index }[];
  /** The newest entries, at most `tailBytes` of them, ending with `last`. */
  readonly tail: readonly Entry[];
  /** The configurations among the entries on disk, rising by index. */
  readonly configurations: readonly ConfigurationAt[];
  /** Sentences for the operator: what was repaired, and why it was safe. */
  readonly notes: readonly string[];
};
