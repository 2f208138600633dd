import type { Index, NodeId } from '../core/types.ts';
import { Fields } from './fields.ts';
import { shown } from './shown.ts';

/**
 * A node introduces itself to another over their link: whoever got mail can answer only if it knows
 * where its sender is reached, and a configuration may be older than the servers it is read by.
 */
export type Introduction = {
  readonly kind: 'Introduction';
  readonly cluster: string;
  readonly from: NodeId;
  readonly incarnation: number;
  /** Where the sender listens: `tcp://HOST:PORT` each. */
  readonly peer: string;
  readonly client: string;
  readonly events: string;
};

/**
 * Why a node is not taken for the one that it says it is. `wiped`: the member of that id has another
 * incarnation. `removed`: the cluster has no member of that id any more. `foreign`: the cluster is
 * another one.
 */
export type RefusalOfNode = 'wiped' | 'removed' | 'foreign';

/** The answer to an introduction by a node that is not taken. */
export type Refused = {
  readonly kind: 'Refused';
  readonly from: NodeId;
  /** Of the node that answers. */
  readonly incarnation: number;
  readonly reason: RefusalOfNode;
  /** Whom it is about: another process may have the same id, and the same address. */
  readonly refused: number;
  /** The configuration that says so: that of the entry at this index. */
  readonly index: Index;
  /** The cluster of the node that answers. */
  readonly cluster: string;
};

/** Each once and for good; a reason's place is its number on the wire. */
const REASONS: readonly RefusalOfNode[] = ['wiped', 'removed', 'foreign'];
/** A host of 253 bytes, a port, and `tcp://[]:`. */
const ENDPOINT_LENGTH_MAX = 272;
const CLUSTER_LENGTH_MAX = 64;

type Places = Pick<Introduction, 'peer' | 'client' | 'events'>;

/** The fields of an introduction, as `takeIntroduction` takes them. */
export function introductionFields({ peer, client, events }: Places): readonly unknown[] {
  return [peer, client, events];
}

/**
 * Reads an introduction, of any cluster: whoever dials the wrong one is to be told.
 *
 * @param items the header of the mail; its fields begin at `from`.
 */
export function takeIntroduction(
  items: readonly unknown[],
  from: number,
  self: NodeId,
): Introduction | string {
  const [, cluster, sender, to, incarnation] = items;
  const head = new Fields([sender, to, incarnation], 0);
  const node = head.node('the sender');
  head.node('the receiver');
  const life = head.uint('the incarnation', 0, Number.MAX_SAFE_INTEGER);
  const fields = new Fields(items, from);
  const [peer, client, events] = ['peer', 'client', 'events'].map((port) =>
    fields.text(`the ${port} endpoint`, ENDPOINT_LENGTH_MAX),
  ) as [string, string, string];
  const fault = head.fault ?? fields.fault;
  if (fault !== null) return `an introduction where ${fault}`;
  if (typeof cluster !== 'string' || cluster.length > CLUSTER_LENGTH_MAX) {
    return `an introduction by a node of cluster ${shown(cluster)}`;
  }
  if (to !== self) {
    return `server ${node} of cluster ${shown(cluster)} takes this for server ${shown(to)}, where it is server ${self}: correct its addresses`;
  }
  return { kind: 'Introduction', cluster, from: node, incarnation: life, peer, client, events };
}

/** The fields of a refusal, as `takeRefused` takes them. */
export function refusedFields({
  reason,
  refused,
  index,
  cluster,
}: Pick<Refused, 'reason' | 'refused' | 'index' | 'cluster'>): readonly unknown[] {
  return [REASONS.indexOf(reason), refused, index, cluster];
}

/** @param sender of the mail, which is sealed with the name of the receiver's cluster. */
export function takeRefused(
  items: readonly unknown[],
  at: number,
  from: NodeId,
  incarnation: number,
): Refused | string {
  const fields = new Fields(items, at);
  const reason = fields.uint('the reason', 0, REASONS.length - 1);
  const refused = fields.uint('the refused incarnation', 0, Number.MAX_SAFE_INTEGER);
  const index = fields.index('the index of the configuration');
  const cluster = fields.text('the cluster', CLUSTER_LENGTH_MAX);
  if (fields.fault !== null) return fields.fault;
  const why = REASONS[reason] as RefusalOfNode;
  return { kind: 'Refused', from, incarnation, reason: why, refused, index, cluster };
}
