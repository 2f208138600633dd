import type { Heartbeat } from '../core/message.ts';
import type { EntryId, Index, NodeId, Term } from '../core/types.ts';
import { checksum } from '../kit/checksum.ts';
import { Fields } from './fields.ts';
import { pack } from './pack.ts';
import type { Identity } from './peer.ts';
import type { Raw } from './raw.ts';
import { shown } from './shown.ts';
import { unpackMap } from './unpack.ts';

/** Where beats are published: the one event that peers act on, and anybody may watch. */
export const HEARTBEAT = 'raft.heartbeat';

/** The event feed: what each topic tells besides the stamp (INTERFACE §4). */
export type EventFields = {
  readonly 'raft.heartbeat': BeatFields;
  readonly 'raft.role': { readonly role: string; readonly term: Term };
  readonly 'raft.leader': { readonly leader: NodeId | null; readonly term: Term };
  readonly 'raft.commit': { readonly commit: Index; readonly applied: Index; readonly rev: number };
  readonly 'raft.snapshot': SnapshotEvent;
  readonly 'raft.members': {
    readonly members: readonly Readonly<Record<string, unknown>>[];
    readonly joint: boolean;
    readonly index: Index;
  };
  readonly 'peer.up': { readonly peer: NodeId };
  readonly 'peer.down': { readonly peer: NodeId };
  readonly 'node.start': { readonly version: string };
  readonly 'node.stop': { readonly version: string };
  readonly [key: KeyTopic]: KeyChange;
  readonly [prefix: MarkTopic]: MarkFields;
};

/** A snapshot was taken of this node, sent to another, received from one, or is in use now. */
export type SnapshotEvent = {
  readonly kind: 'taken' | 'sent' | 'received' | 'installed';
  readonly index: Index;
  readonly bytes: number;
  readonly from?: NodeId;
  readonly to?: NodeId;
};

/** `kv.` and the key that changed. */
export type KeyTopic = `kv.${string}`;
/** `mark.` and the prefix of keys that it speaks of. */
export type MarkTopic = `mark.${string}`;
export type Topic = keyof EventFields;

export type KeyChange = { readonly rev: number; readonly key: string; readonly after?: After } & (
  | { readonly value: Raw }
  | { readonly deleted: true }
);

/**
 * What came before a change, for each prefix of its key that somebody watches: the length of the
 * prefix in bytes, and a rev such that no other change since then is of a key with this prefix.
 */
export type After = readonly (readonly [prefixBytes: number, rev: number])[];

/** How far a node is: above `last` and up to `rev` there is no change of a key with the prefix. */
export type MarkFields = {
  readonly rev: number;
  readonly last: number;
  /** When the next mark of the same prefix is due, in ms; a busy node may be late. */
  readonly every: number;
};

/** What the topics of marks begin with. */
export const MARK = 'mark.';
/** What the topics of changes begin with. */
export const CHANGE = 'kv.';

/** Where a node tells how far it is with keys that start with `prefix`, if somebody subscribes. */
export function markTopic(prefix: string): MarkTopic {
  return `${MARK}${prefix}`;
}

/** What every event has: who publishes, when (ms since the epoch), and the how manieth it is. */
export type Stamp = { readonly node: NodeId; readonly at: number; readonly seq: number };

/** The topic of changes of `key`. Subscribing to it takes in all keys that start so. */
export function keyTopic(key: string): KeyTopic {
  return `${CHANGE}${key}`;
}

/** The body of an event; the topic is the frame before it. */
export function encodeEvent(event: Stamp & Readonly<Record<string, unknown>>): Buffer {
  return pack(event);
}

export type DecodedEvent = {
  readonly topic: string;
  readonly event: Stamp & Readonly<Record<string, unknown>>;
};

/**
 * Reads an event, as a watcher does. Values come as `unpack` says.
 *
 * @returns a sentence saying what is wrong if the frames are no event.
 */
export function decodeEvent(topic: Uint8Array, body: Uint8Array): DecodedEvent | string {
  const event = unpackMap(body);
  if (typeof event === 'string') return event;
  const { node, at, seq } = event;
  const fields = new Fields([node, at, seq], 0);
  fields.node('the node');
  fields.index('the time');
  fields.index('the sequence number');
  if (fields.fault !== null) return `an event where ${fields.fault}`;
  return { topic: Buffer.from(topic).toString('utf8'), event: event as DecodedEvent['event'] };
}

/** A beat as an event: whose it is, and a checksum, because peers commit by it. */
export type BeatFields = {
  readonly term: Term;
  readonly leader: NodeId;
  readonly round: number;
  readonly commit: Index;
  readonly commitTerm: Term;
  readonly cluster: string;
  readonly incarnation: number;
  /** CRC-32 of the others. */
  readonly check: number;
};

export function beatFields(
  { term, commit, round }: Heartbeat,
  { node, cluster, incarnation }: Identity,
): BeatFields {
  const check = sumOf(cluster, [node, incarnation, term, round, commit.index, commit.term]);
  const { index, term: commitTerm } = commit;
  return { term, leader: node, round, commit: index, commitTerm, cluster, incarnation, check };
}

function sumOf(cluster: string, numbers: readonly number[]): number {
  for (let i = 0; i < numbers.length; i++) summed.writeDoubleBE(numbers[i] as number, i * 8);
  return checksum(Buffer.from(cluster), checksum(summed));
}

const summed = Buffer.alloc(6 * 8);

export type Beat = {
  readonly from: NodeId;
  readonly incarnation: number;
  readonly heartbeat: Heartbeat;
};

/**
 * Reads a beat that a peer published. Total: only what comes from another node of our cluster and
 * can be true is a beat; for anything else a sentence says what is wrong.
 */
export function decodeBeat(topic: Uint8Array, body: Uint8Array, identity: Identity): Beat | string {
  if (Buffer.compare(topic, HEARTBEAT_BYTES) !== 0) return 'an event that is no beat';
  if (body.length > BEAT_BYTES_MAX) return `a beat of ${body.length} bytes`;
  const event = unpackMap(body);
  if (typeof event === 'string') return `a beat that is no event: ${event}`;
  const { cluster, leader, incarnation, term, round, commit, commitTerm, check } = event;
  if (cluster !== identity.cluster) {
    return `a beat of cluster ${shown(cluster)}, where this is ${shown(identity.cluster)}`;
  }
  const fields = new Fields([leader, incarnation, term, round, commit, commitTerm, check], 0);
  const from = fields.node('the leader');
  const life = fields.uint('the incarnation', 0, Number.MAX_SAFE_INTEGER);
  const heartbeat = takeHeartbeat(fields);
  const sum = fields.uint('the checksum', 0, 0xffff_ffff);
  if (fields.fault !== null) return `a beat where ${fields.fault}`;
  if (from === identity.node) return `a beat of server ${from}, which is this one`;
  const { index, term: ofTerm }: EntryId = heartbeat.commit;
  const expected = sumOf(identity.cluster, [
    from,
    life,
    heartbeat.term,
    heartbeat.round,
    index,
    ofTerm,
  ]);
  if (sum !== expected) return 'a beat with a wrong checksum';
  return { from, incarnation: life, heartbeat };
}

function takeHeartbeat(fields: Fields): Heartbeat {
  const term = fields.term();
  const round = fields.index('the round');
  return { kind: 'Heartbeat', term, round, commit: fields.entryId('the commit', term) };
}

const HEARTBEAT_BYTES = Buffer.from(HEARTBEAT);
const BEAT_BYTES_MAX = 1024;
