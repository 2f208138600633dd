import type { Entry } from './entry.ts';
import type { Snapshot } from './snapshot.ts';
import type { EntryId, Index, NodeId, Term } from './types.ts';

/** Everything one server can say to another. Names follow the Raft thesis. */
export type Message =
  | PreVote
  | PreVoteReply
  | RequestVote
  | RequestVoteReply
  | AppendEntries
  | AppendEntriesReply
  | Heartbeat
  | HeartbeatReply
  | InstallSnapshot
  | InstallSnapshotReply
  | TimeoutNow;

type Rpc<Kind extends string, Body> = { readonly kind: Kind; readonly term: Term } & Readonly<Body>;

/** "Would you vote for me in `term`?" Asked before the term is touched (thesis §9.6). */
export type PreVote = Rpc<'PreVote', { last: EntryId }>;
/** A grant carries the term that was asked for, a refusal the voter's own. */
export type PreVoteReply = Rpc<'PreVoteReply', { granted: boolean }>;

/** `isTransfer`: the leader itself wants this election, so nobody need be loyal to it (§3.10). */
export type RequestVote = Rpc<'RequestVote', { last: EntryId; isTransfer?: true }>;
export type RequestVoteReply = Rpc<'RequestVoteReply', { granted: boolean }>;

/** `entries` follow `prev` without a gap; empty ones probe, or carry `commit`. */
export type AppendEntries = Rpc<
  'AppendEntries',
  { prev: EntryId; entries: readonly Entry[]; commit: Index }
>;
/**
 * `matched`: the follower's disk holds the leader's log up to `index`. `conflict`: the follower does
 * not hold the entry before `rejected + 1`; `hint` is the last one that may still be common.
 */
export type AppendEntriesReply = Rpc<
  'AppendEntriesReply',
  { result: 'matched'; index: Index } | { result: 'conflict'; rejected: Index; hint: EntryId }
>;

/**
 * One beat for all, fanned out over PUB, so `commit` names an entry: whoever holds that entry
 * holds the same prefix and may commit up to it. `round` counts beats of a leadership and is
 * chosen by the leader alone; an answer to round n proves that its sender followed this leader
 * after round n began (thesis §6.4).
 */
export type Heartbeat = Rpc<'Heartbeat', { commit: EntryId; round: number }>;
/** Vouches for nothing on disk, so it is free. `last` lets the leader see that mail was lost. */
export type HeartbeatReply = Rpc<'HeartbeatReply', { round: number; last: EntryId }>;

/**
 * A part of the file of `snapshot`, from `offset` on; an empty one asks how much is there already.
 * The bytes go around the core: it only settles who leads, and hands the chunk on.
 */
export type InstallSnapshot = Rpc<
  'InstallSnapshot',
  { snapshot: Snapshot; offset: number; chunk: Uint8Array }
>;
/**
 * `offset`: so many bytes of the file with this index and checksum are there, and those up to
 * `granted` may be sent. `resume`: what came did not follow, go on at `offset`. `complete`: all is
 * there, checked and durable. Vouches for no entry: only an AppendEntriesReply does.
 */
export type InstallSnapshotReply = Rpc<
  'InstallSnapshotReply',
  {
    index: Index;
    checksum: number;
    offset: number;
    granted: number;
    result: 'continue' | 'resume' | 'complete';
  }
>;

/** "Stand for election at once": a leader to the one that shall lead after it (thesis §3.10). */
export type TimeoutNow = Rpc<'TimeoutNow', unknown>;

/** A message on its way. Complete when it is decided; nothing is looked up when it is sent. */
export type Envelope = { readonly from: NodeId; readonly to: NodeId; readonly message: Message };

/**
 * Sworn messages rest on something the sender must not forget, so they leave only after the write
 * of their turn is durable (thesis §3.8). Free ones leave at once: a leader may even send entries
 * that its own disk has not stored yet, as long as it does not count itself (§10.2.1).
 */
export const SWORN = {
  PreVote: false, // nothing has changed yet
  PreVoteReply: false,
  RequestVote: true, // a candidate has already voted, for itself
  RequestVoteReply: true,
  AppendEntries: false,
  AppendEntriesReply: true,
  Heartbeat: false,
  HeartbeatReply: false, // says "I follow you now", nothing about the disk
  InstallSnapshot: false, // what is in a snapshot is committed
  InstallSnapshotReply: false, // the word about the log is an AppendEntriesReply
  TimeoutNow: false,
} as const satisfies Record<Message['kind'], boolean>;
