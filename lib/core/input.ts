import type { Change } from './change.ts';
import type { Entry } from './entry.ts';
import type { Message } from './message.ts';
import type { Snapshot } from './snapshot.ts';
import type { Index, Millis, NodeId, Term } from './types.ts';

/** Everything that can happen to a server. Names are past participles: it has happened. */
export type Input =
  | Tick
  | Received
  | Proposed
  | Asked
  | Elapsed
  | TransferAsked
  | Stored
  | Loaded
  | Unreachable
  | Snapshotted
  | Fetched
  | Delivered
  | Reconfigured;

/** Time passed; deadlines are looked at in every turn, this one just makes a turn. */
export type Tick = { readonly kind: 'Tick' };

/** A peer said something. The shell has checked that the envelope is from a peer and for us. */
export type Received = {
  readonly kind: 'Received';
  readonly from: NodeId;
  readonly message: Message;
};

/** Commands to be appended. They are accepted together or refused together. */
export type Proposed = { readonly kind: 'Proposed'; readonly proposals: readonly Proposal[] };

/**
 * `token` is the shell's name for the request; the core only hands it back. What is `timed` begins or
 * prolongs the life of something that ends by log time (log-clock.ts).
 */
export type Proposal = {
  readonly token: number;
  readonly payload: Uint8Array;
  readonly timed?: boolean;
};

/** Linearizable reads that need an index (thesis §6.4). */
export type Asked = {
  readonly kind: 'Asked';
  readonly tokens: readonly number[];
  /** They trust clocks: if the leader has a lease, no round is needed (§6.4.1). */
  readonly byLease?: true;
};

/** Another server should lead (thesis §3.10). `to`: null for the one that is furthest along. */
export type TransferAsked = {
  readonly kind: 'TransferAsked';
  readonly token: number;
  readonly to: NodeId | null;
};

/** Something ends by log time about now (log-clock.ts). */
export type Elapsed = { readonly kind: 'Elapsed' };

/** A write is durable. Made together with the write, so it cannot speak of a later state. */
export type Stored = {
  readonly kind: 'Stored';
  /** The term that the write carried, or that was durable before it. */
  readonly term: Term;
  /** Last index that the write covered. */
  readonly last: Index;
  /** The log's epoch when the write was decided; a rewritten log ignores older ones. */
  readonly epoch: number;
};

/** Entries that were no longer in memory, read back from the log on disk for a follower. */
export type Loaded = {
  readonly kind: 'Loaded';
  readonly to: NodeId;
  readonly entries: readonly Entry[];
};

/** Mail to a peer was not taken: its link is down or full. */
export type Unreachable = { readonly kind: 'Unreachable'; readonly peer: NodeId };

/** This server has taken a snapshot of its own state machine; the file is durable. */
export type Snapshotted = { readonly kind: 'Snapshotted'; readonly snapshot: Snapshot };

/** The snapshot of a leader is here: every byte of it is checked and durable, none is in use yet. */
export type Fetched = { readonly kind: 'Fetched'; readonly snapshot: Snapshot };

/** The transfer of a snapshot has ended: `to` has all of it, or the file could not be sent. */
export type Delivered = {
  readonly kind: 'Delivered';
  readonly to: NodeId;
  /** In which the transfer was decided. */
  readonly term: Term;
  readonly index: Index;
  readonly ok: boolean;
};

/**
 * Who takes part shall change, by all of `changes` as one step. The answer is a `reconfigured` or a
 * `refused` of the outcome. None comes if this server stops leading first: then whoever asked
 * cannot know, and looks at the configuration that there is then.
 */
export type Reconfigured = {
  readonly kind: 'Reconfigured';
  readonly token: number;
  readonly changes: readonly Change[];
};

/** What arrived during one trip round the event loop, with one reading of the clock. */
export type Turn = { readonly now: Millis; readonly inputs: readonly Input[] };
