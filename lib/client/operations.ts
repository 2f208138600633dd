/** Arguments and results of the operations a client offers by name (INTERFACE §3). */

/** How fresh a read must be. */
export type ReadOptions = {
  /**
   * `linearizable` sees every write acknowledged before it; `lease` does too, as long as no clock runs
   * faster than another by more than the nodes were told; `stale` is whatever the node has.
   */
  readonly read?: 'linearizable' | 'lease' | 'stale';
  /** Wait until the node that serves the read has this rev. */
  readonly atLeast?: number;
};

export type PutOptions = {
  /** The key goes when this lease ends; LEASE_EXPIRED if that has ended already. */
  readonly lease?: number;
};

/** What a lease is now. */
export type Leased = {
  readonly lease: number;
  /** How long it lives after it was granted or kept last, in ms. */
  readonly ttl: number;
  readonly index: number;
};

export type Revoked = Written & Leased;

export type RangeOptions = ReadOptions & {
  /** Most entries; the node has a limit of its own, and `more` says whether some are left. */
  readonly limit?: number;
};

export type Written = {
  /** Number of the write among all that changed the store. */
  readonly rev: number;
  /** Index in the Raft log. */
  readonly index: number;
};

export type Deleted = Written & { readonly deleted: boolean };

/** What a key must be for a `cas`, or a branch of a `txn`. */
export type Expect =
  | { readonly value: unknown }
  | { readonly rev: number }
  | { readonly absent: true };

export type Swapped = Written & {
  readonly swapped: boolean;
  /** What the key was instead, if it was there. */
  readonly current?: unknown;
};

export type Found = {
  readonly found: true;
  readonly value: unknown;
  /** Rev of the last write to the key. */
  readonly rev: number;
  /** Rev at which the key was created. */
  readonly created: number;
  /** How often it was written since. */
  readonly version: number;
  /** Rev of the state that the read saw. */
  readonly at: number;
};

export type Absent = { readonly found: false; readonly value?: undefined; readonly at: number };

/** One key and its value. */
export type KeyValue = {
  readonly key: string;
  readonly value: unknown;
  readonly rev: number;
  readonly created: number;
  readonly version: number;
};

export type Entries = {
  readonly entries: readonly KeyValue[];
  /** True if a limit left some out: ask again from the last key on. */
  readonly more: boolean;
  readonly at: number;
};

/** One operation of a transaction. */
export type TxnOp =
  | { readonly op: 'put'; readonly key: string; readonly value: unknown; readonly lease?: number }
  | { readonly op: 'delete'; readonly key: string }
  | { readonly op: 'get'; readonly key: string }
  | { readonly op: 'range'; readonly from?: string; readonly to?: string; readonly limit?: number }
  | { readonly op: 'range'; readonly prefix: string; readonly limit?: number };

/** If every condition holds, `then` is carried out, else `else`; as one write, or not at all. */
export type Txn = {
  readonly if?: readonly { readonly key: string; readonly expect: Expect }[];
  readonly then?: readonly TxnOp[];
  readonly else?: readonly TxnOp[];
};

export type TxnResult = Written & {
  readonly succeeded: boolean;
  /** One for each operation that was carried out, in their order. */
  readonly results: readonly { readonly [member: string]: unknown }[];
};

export type Change =
  | {
      readonly rev: number;
      readonly key: string;
      readonly value: unknown;
      readonly deleted?: never;
    }
  | {
      readonly rev: number;
      readonly key: string;
      readonly value?: undefined;
      readonly deleted: true;
    };

export type ChangesOptions = { readonly prefix?: string; readonly limit?: number };

export type Changes = {
  readonly changes: readonly Change[];
  readonly at: number;
  readonly more: boolean;
};

/** One node as it sees itself and the cluster. */
export type Status = {
  readonly node: number;
  readonly cluster: string;
  readonly role: string;
  readonly term: number;
  /** Null while it knows of no leader. */
  readonly leader: number | null;
  readonly commit: number;
  readonly applied: number;
  /** Rev of the state that the node has. */
  readonly rev: number;
  readonly last: number;
  readonly first: number;
  /** Ids of the nodes of the cluster. */
  readonly members: readonly number[];
  /** Milliseconds. */
  readonly uptime: number;
  readonly version: string;
};

/** A node, and where it listens: `tcp://HOST:PORT` each. */
export type NodeToAdd = {
  readonly id: number;
  readonly peer: string;
  readonly client: string;
  readonly events: string;
  /** Of its data directory, if that is known; else the first node that is heard there counts. */
  readonly incarnation?: number | null;
};

export type Member = Required<NodeToAdd> & {
  readonly role: 'voter' | 'learner';
};

/** The last index in the node's newest snapshot, and the size of that. */
export type SnapshotTaken = { readonly index: number; readonly bytes: number };

/** Who leads now, and in which term. */
export type Transferred = { readonly leader: number; readonly term: number };

export type Members = {
  readonly members: readonly Member[];
  /** A change of voters is under way: both the old and the new ones decide. */
  readonly joint: boolean;
  /** Where in the log that stands; 0 for the members that the cluster began with. */
  readonly index: number;
  /** Whether the node that was asked knows that to be committed. */
  readonly committed: boolean;
  /** Learners that do not hold the log yet, if the leader was asked. */
  readonly catchingUp: readonly CatchingUp[];
};

/** A learner on its way: it holds the log up to `match`, and this round of it ends at `target`. */
export type CatchingUp = {
  readonly id: number;
  readonly match: number;
  readonly target: number;
  readonly round: number;
};

/** One of several changes that are made as one step. */
export type MemberChange =
  | { readonly op: 'add'; readonly node: NodeToAdd; readonly learner?: boolean }
  | { readonly op: 'update'; readonly node: NodeToAdd }
  | { readonly op: 'promote' | 'demote' | 'remove'; readonly id: number };
