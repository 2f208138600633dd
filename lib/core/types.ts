/** The vocabulary of Raft, as in Ongaro's thesis. Numbers are safe integers (below 2^53). */

/** Counts leaderships; at most one leader in each. Starts at 0, before any election. */
export type Term = number;
/** A place in the log. The first entry has index 1; 0 is the place before it. */
export type Index = number;
/** A server's number, 1 or more, unique in its cluster for ever. */
export type NodeId = number;
/** Milliseconds of a monotonic clock, in fractions. */
export type Millis = number;

/** Names an entry for good: two logs that hold the same id hold the same prefix (Log Matching). */
export type EntryId = { readonly index: Index; readonly term: Term };

/** The place before the first entry: every log holds it. */
export const ORIGIN: EntryId = { index: 0, term: 0 };

/** What a server must never forget besides its log (thesis figure 3.1: persistent state). */
export type HardState = {
  readonly term: Term;
  /** Whom this server voted for in `term`, or null. */
  readonly vote: NodeId | null;
};

/** A server of a cluster, and where it is reached: `tcp://HOST:PORT` each. */
export type Member = {
  readonly id: NodeId;
  readonly peer: string;
  readonly client: string;
  readonly events: string;
  /**
   * Of its data directory. A server that comes back under its id with another one has lost what it
   * promised. Null until a leader has heard from it.
   */
  readonly incarnation: number | null;
};

/**
 * Who decides. A decision needs a majority of `voters`, and while a joint change is under way a
 * majority of `outgoing` as well (thesis §4.3); an empty `outgoing` agrees to everything.
 */
export type Configuration = {
  readonly voters: readonly NodeId[];
  readonly outgoing: readonly NodeId[];
  /** Receive the log, never counted. One that is in `outgoing` as well votes until that is empty. */
  readonly learners: readonly NodeId[];
  /** Learners that the leader makes voters as soon as they have caught up (thesis §4.2.1). */
  readonly promoting: readonly NodeId[];
  /** Each of those above, once: the arithmetic of majorities does without. */
  readonly members: readonly Member[];
};

/** The configuration that is effective from the entry at `index` on; 0 stands for before them all. */
export type ConfigurationAt = { readonly index: Index; readonly configuration: Configuration };

/** True if `a` is at least as up to date as `b`: term first, then index (thesis §3.6.1). */
export function upToDate(a: EntryId, b: EntryId): boolean {
  return a.term > b.term || (a.term === b.term && a.index >= b.index);
}
