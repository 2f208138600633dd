import type { Index, NodeId } from '../lib/core/types.ts';

/** A snapshot on its way to a follower: `done` of its `bytes` are there. */
export type OutgoingSnapshot = {
  readonly to: NodeId;
  readonly index: Index;
  readonly bytes: number;
  done: number;
  /** Snapshots that were sent to it since it last held all that is committed. */
  readonly attempt: number;
};

/** A snapshot on its way to this node. */
export type IncomingSnapshot = {
  readonly from: NodeId;
  readonly index: Index;
  readonly bytes: number;
  done: number;
};

/** So many snapshots to one follower, none of which has brought it up, are worth a warning. */
export const ATTEMPTS_TOLD = 3;

/** What is on its way at the moment, for the status of a node. */
export class SnapshotTraffic {
  readonly outgoing = new Map<NodeId, OutgoingSnapshot>();
  incoming: IncomingSnapshot | null = null;
}
