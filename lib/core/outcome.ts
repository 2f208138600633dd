import type { Entry } from './entry.ts';
import type { Stored } from './input.ts';
import type { Envelope, Heartbeat, InstallSnapshot, InstallSnapshotReply } from './message.ts';
import type { Snapshot } from './snapshot.ts';
import type { RaftState } from './state.ts';
import type { EntryId, HardState, Index, Millis, NodeId, Term } from './types.ts';
import type { View } from './view.ts';

/**
 * What one turn decided. Every part is a closed value: whatever it needs from the state was copied
 * when it was decided, so it stays true however late it is carried out.
 */
export type Outcome = {
  /** For the next turn only; everybody else reads `view`. */
  readonly state: RaftState;
  readonly view: View;
  /** Null when nothing that must survive a crash has changed. */
  readonly write: Write | null;
  /** Mail that may leave at once. */
  readonly free: readonly Envelope[];
  /** Mail that rests on `write`, and on every write before it. */
  readonly sworn: readonly Envelope[];
  /** The beat to publish, if one is due. */
  readonly beat: Heartbeat | null;
  /** Proposals that became entries in this turn. */
  readonly accepted: readonly Accepted[];
  /** What this server did not take. But for `TransferUnknown` it had no effect and never will. */
  readonly refused: readonly Refused[];
  /** Changes of who takes part that are complete. */
  readonly reconfigured: readonly Reconfiguration[];
  /** Transfers that are done: the one to lead leads. */
  readonly transferred: readonly Transferred[];
  /** Reads that may be served as soon as `index` is applied. */
  readonly readable: readonly Readable[];
  /** Entries that have become safe to apply, or null. */
  readonly release: Release | null;
  /** Entries to read back from the log on disk; the answer is a `Loaded`. */
  readonly loads: readonly Load[];
  /** What is to be done about snapshots on their way between servers, in order. */
  readonly shipments: readonly Shipment[];
  /** Entries up to this one may go from the disk: a snapshot stands for them. Or null. */
  readonly compact: EntryId | null;
  /** What should never happen but did, from outside: for the operator. Nothing was changed by it. */
  readonly alarms: readonly string[];
  /** What this server did by itself that an operator should know of. */
  readonly notices: readonly string[];
  /** When the next deadline falls. A turn at or after it will see to it. */
  readonly wakeAt: Millis;
};

/**
 * Bytes the disk owes us. Entries replace whatever was stored at or past the first of them. With a
 * `base` the log begins anew after it, and what was stored before is gone: a durable snapshot
 * stands for it.
 */
export type Write = {
  readonly base?: EntryId;
  readonly hard: HardState | null;
  readonly entries: readonly Entry[];
  /** The input to hand back once this is durable. Fixed now, because the state moves on. */
  readonly receipt: Stored;
};

/** `tokens[i]` became the entry `first + i` of `term`. */
export type Accepted = {
  readonly tokens: readonly number[];
  readonly first: Index;
  readonly term: Term;
};

export type Refused = {
  readonly tokens: readonly number[];
  readonly reason: RefusalReason;
  readonly leader: NodeId | null;
  /** More about it, in a sentence for the operator. */
  readonly why?: string;
};

/**
 * `Busy`: the leader already holds as many uncommitted bytes as it may. `Transferring`: it is handing
 * over its office. Of transfers: `NotAMember` if the target is no voter, `NotReady` if it could not be
 * reached or brought up to date in time, `TransferReplaced` if another was wanted before anything had
 * happened. `TransferUnknown` alone may have had its effect, or may have it yet. Of changes of who
 * takes part: `ConfigInProgress`, because there is one at a time, and none before the leader has
 * committed an entry of its term; `NotAMember`; `NotReady` if a learner has not caught up; `BadChange`.
 */
export type RefusalReason =
  | 'NotLeader'
  | 'Busy'
  | 'Transferring'
  | 'NotAMember'
  | 'NotReady'
  | 'TransferReplaced'
  | 'TransferUnknown'
  | 'ConfigInProgress'
  | 'BadChange';

/**
 * The change named `token` is complete: its configuration, of the entry `index`, is committed, and
 * no joint one is left. A server that is added as a voter is a learner by then; it votes once it has
 * caught up, which `View.configuration` shows.
 */
export type Reconfiguration = { readonly token: number; readonly index: Index };

/** Those who asked for a transfer: `leader` leads `term`. */
export type Transferred = {
  readonly tokens: readonly number[];
  readonly leader: NodeId;
  readonly term: Term;
};

export type Readable = { readonly tokens: readonly number[]; readonly index: Index };

/**
 * Everything up to `upTo` is committed and stored here. If `install` is there, the state machine
 * becomes what that snapshot holds, whatever it was to apply before; the rest comes after it.
 * `entries` is the end of that range as far as memory still holds it; what comes before is to be
 * read from the log on disk.
 */
export type Release = {
  readonly install: Snapshot | null;
  readonly upTo: Index;
  readonly entries: readonly Entry[];
};

export type Load = { readonly to: NodeId; readonly from: Index; readonly bytesMax: number };

/** About a snapshot on its way. The bytes are not the core's business, whose they are is. */
export type Shipment =
  /** Send it to a follower, in place of any other. `attempt` counts those since it last kept up. */
  | {
      readonly kind: 'send';
      readonly to: NodeId;
      readonly term: Term;
      readonly snapshot: Snapshot;
      readonly attempt: number;
    }
  /** A chunk from the leader that this server follows. */
  | { readonly kind: 'chunk'; readonly from: NodeId; readonly message: InstallSnapshot }
  /** What a follower says of the snapshot that is sent to it. */
  | { readonly kind: 'reply'; readonly from: NodeId; readonly message: InstallSnapshotReply };
