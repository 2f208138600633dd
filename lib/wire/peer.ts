import type { Received } from '../core/input.ts';
import type { Envelope, Message } from '../core/message.ts';
import type { Index, NodeId } from '../core/types.ts';
import { checksum } from '../kit/checksum.ts';
import { encodeItems, type Item, type ReceivedItem, runsOf, takeItems } from './batch.ts';
import { Fields, isUint, NODE_MAX } from './fields.ts';
import {
  type Introduction,
  introductionFields,
  type Refused,
  refusedFields,
  takeIntroduction,
  takeRefused,
} from './introduction.ts';
import { fieldsOf, type MailLimits, runOf, takeMessage } from './message.ts';
import { pack } from './pack.ts';
import { shown } from './shown.ts';
import { unpack } from './unpack.ts';

/**
 * Mail between nodes, one ZeroMQ message each:
 *
 *     frame 0   msgpack array, then u32 (little-endian): CRC-32
 *               [format, cluster, from, to, incarnation, opcode, ...fields of the message]
 *     frame 1   with entries, requests or answers only: the run of them; of a snapshot a chunk
 *
 * Records in a run of entries carry their own checksums, made once by the leader; the CRC covers
 * frame 0, and the run as well where that has none.
 */
const FORMAT = 1;
/** Fields before those of the message. */
const HEAD = 6;
/** Longest frame 0 to look at: an introduction has 900 bytes, a part of a snapshot its configuration. */
const HEADER_BYTES_MAX = 1 << 14;

/** Who a node is, towards its peers. A wiped node comes back with another incarnation. */
export type Identity = {
  readonly cluster: string;
  readonly node: NodeId;
  /** Stored with the log: a safe integer. */
  readonly incarnation: number;
};

/** What arrived. `incarnation` is the sender's: whether it is the one we know, the caller decides. */
export type Mail =
  | ((Received | Forward | Answer | Ask | Named) & { readonly incarnation: number })
  | Introduction
  | Refused;

/** Requests of clients that a follower passes on to the leader, as they came. */
export type Forward = {
  readonly kind: 'Forward';
  readonly from: NodeId;
  /** `token` is the follower's name for the request. */
  readonly requests: readonly ReceivedItem[];
};

/** The leader's replies to those, with the id of the client's request inside. */
export type Answer = {
  readonly kind: 'Answer';
  readonly from: NodeId;
  readonly answers: readonly ReceivedItem[];
};

/** Reads that wait at a node which does not lead: how far must it have applied? */
export type AskIndex = {
  /** The asker's name for the question. */
  readonly token: number;
  /** The leader may answer by its lease. */
  readonly byLease: boolean;
};
type Ask = AskIndex & { readonly kind: 'AskIndex'; readonly from: NodeId };

/** What was asked for, or null from a node that does not lead. */
export type NamedIndex = { readonly token: number; readonly index: Index | null };
type Named = NamedIndex & { readonly kind: 'Index'; readonly from: NodeId };

/** What a message is called on the wire. A number is never used again for anything else. */
export const OPCODES = {
  PreVote: 1,
  PreVoteReply: 2,
  RequestVote: 3,
  RequestVoteReply: 4,
  AppendEntries: 5,
  AppendEntriesReply: 6,
  Heartbeat: 7,
  HeartbeatReply: 8,
  InstallSnapshot: 10,
  InstallSnapshotReply: 11,
  TimeoutNow: 9,
  Forward: 16,
  Answer: 17,
  Refused: 18,
  AskIndex: 19,
  Index: 20,
  Introduction: 21,
} as const satisfies Record<Kind, number>;

type Kind = Message['kind'] | Exclude<Mail['kind'], 'Received'>;

const KINDS: ReadonlyMap<unknown, Kind> = new Map(
  Object.entries(OPCODES).map(([kind, opcode]) => [opcode, kind as Kind]),
);

/** The frames of a message of the core. Entries go out as the bytes they are, without a copy if one. */
export function encodeMail({ to, message }: Envelope, identity: Identity): Uint8Array[] {
  const run = runOf(message);
  const isChunk = message.kind === 'InstallSnapshot' && run !== null;
  const header = seal(to, identity, message.kind, fieldsOf(message), isChunk ? run : undefined);
  return run ? [header, run] : [header];
}

/** The messages that pass requests on to the leader: one, unless they are very many or large. */
export function encodeForward(
  requests: readonly Item[],
  to: NodeId,
  identity: Identity,
): Uint8Array[][] {
  return encodeRuns(requests, to, identity, 'Forward');
}

/** The messages that answer those; the same way. */
export function encodeAnswer(
  answers: readonly Item[],
  to: NodeId,
  identity: Identity,
): Uint8Array[][] {
  return encodeRuns(answers, to, identity, 'Answer');
}

/** The frames by which a node introduces itself. */
export function encodeIntroduction(
  places: Pick<Introduction, 'peer' | 'client' | 'events'>,
  to: NodeId,
  identity: Identity,
): Uint8Array[] {
  return [seal(to, identity, 'Introduction', introductionFields(places))];
}

/**
 * The frames that answer an introduction by a node that is not taken. They are sealed with the name
 * of its own cluster, or it would not read them.
 */
export function encodeRefused(
  { from, cluster, incarnation }: Introduction,
  reason: Refused['reason'],
  index: number,
  identity: Identity,
): Uint8Array[] {
  const fields = { reason, refused: incarnation, index, cluster: identity.cluster };
  return [seal(from, { ...identity, cluster }, 'Refused', refusedFields(fields))];
}

/** The message that asks the leader for an index. */
export function encodeAskIndex(ask: AskIndex, to: NodeId, identity: Identity): Uint8Array[] {
  return [seal(to, identity, 'AskIndex', [ask.token, ask.byLease])];
}

/** The leader's answer. */
export function encodeIndex(named: NamedIndex, to: NodeId, identity: Identity): Uint8Array[] {
  const { token, index } = named;
  return [seal(to, identity, 'Index', [token, index !== null, index ?? 0])];
}

function encodeRuns(
  items: readonly Item[],
  to: NodeId,
  identity: Identity,
  kind: 'Forward' | 'Answer',
): Uint8Array[][] {
  return runsOf(items).map((part) => {
    const run = encodeItems(part);
    return [seal(to, identity, kind, [part.length], run), run];
  });
}

function seal(
  to: NodeId,
  { cluster, node, incarnation }: Identity,
  kind: Kind,
  fields: readonly unknown[],
  run?: Uint8Array,
): Buffer {
  const packed = pack([FORMAT, cluster, node, to, incarnation, OPCODES[kind], ...fields]);
  const header = Buffer.allocUnsafe(packed.length + 4);
  header.set(packed);
  const sum = checksum(packed);
  header.writeUInt32LE(run ? checksum(run, sum) : sum, packed.length);
  return header;
}

/**
 * Reads what a peer sent. Total: any frames give mail or a sentence saying why they are none; only
 * what comes from our cluster, is meant for us and can be true is mail.
 *
 * Nothing of `frames` is kept: the run is copied here, once and whole, because a received buffer
 * keeps its whole receive batch in memory (entries stay in the log's window, requests until they
 * are answered). Records, requests and answers are views of that copy.
 */
export function decodeMail(
  frames: readonly Uint8Array[],
  identity: Identity,
  limits: MailLimits,
): Mail | string {
  const [header, received] = frames;
  if (!header || frames.length > 2) return `mail has 1 or 2 frames, not ${frames.length}`;
  if (header.length > HEADER_BYTES_MAX) return `a header of ${header.length} bytes`;
  const items = unseal(header, received);
  if (typeof items === 'string') return items;
  const kind = KINDS.get(items[HEAD - 1]);
  if (received && (kind === 'Introduction' || kind === 'Refused')) return `a run with ${kind}`;
  if (kind === 'Introduction') return takeIntroduction(items, HEAD, identity.node);
  const stranger = strangeness(items, identity, kind === 'Refused');
  if (stranger !== null) return stranger;
  const run = received && Buffer.from(received);
  if (kind === undefined) return `mail of an unknown kind, ${shown(items[HEAD - 1])}`;
  const from = items[2] as NodeId;
  const incarnation = items[4] as number;
  if (kind === 'Refused') return takeRefused(items, HEAD, from, incarnation);
  const fields = new Fields(items, HEAD);
  if (kind === 'Forward' || kind === 'Answer') {
    const passed = takeItems(fields, run);
    if (typeof passed === 'string') return `${kind} from ${from}: ${passed}`;
    return kind === 'Forward'
      ? { kind, from, incarnation, requests: passed }
      : { kind, from, incarnation, answers: passed };
  }
  if (kind === 'AskIndex' || kind === 'Index') {
    const asked = kind === 'AskIndex' ? takeAskIndex(fields) : takeIndex(fields);
    if (fields.fault !== null) return `${kind} from ${from}: ${fields.fault}`;
    return run ? `${kind} from ${from}: a run` : { ...asked, from, incarnation };
  }
  const message = takeMessage(kind, fields, run, limits);
  if (typeof message === 'string') return `${kind} from ${from}: ${message}`;
  return { kind: 'Received', from, incarnation, message };
}

/** The fields of the header, or a sentence if its checksum is not that of its bytes. */
function unseal(header: Uint8Array, run: Uint8Array | undefined): readonly unknown[] | string {
  const end = header.length - 4;
  if (end < 0) return 'a header without a checksum';
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.byteLength);
  const packed = bytes.subarray(0, end);
  const unpacked = unpack(packed);
  if (typeof unpacked === 'string') return `a header that is not msgpack: ${unpacked}`;
  const { value } = unpacked;
  if (!Array.isArray(value)) return 'a header that is not an array';
  if (value[0] !== FORMAT) {
    return `mail of format ${shown(value[0])}, where this version speaks ${FORMAT}: run one version`;
  }
  const sum = checksum(packed);
  const isOfAll = RUNS_WITHOUT_SUMS.has(value[HEAD - 1]);
  const expected = run && isOfAll ? checksum(run, sum) : sum;
  return bytes.readUInt32LE(end) === expected ? value : 'mail with a wrong checksum';
}

/** What comes in a run of these has no checksums of its own. */
const RUNS_WITHOUT_SUMS: ReadonlySet<unknown> = new Set([
  OPCODES.Forward,
  OPCODES.Answer,
  OPCODES.InstallSnapshot,
]);

/**
 * Why mail with this head is not for us, or not from a peer; else null.
 *
 * @param mayBeNamesake a server of another cluster may have our id.
 */
function strangeness(
  items: readonly unknown[],
  { cluster, node }: Identity,
  mayBeNamesake: boolean,
): string | null {
  const [, theirs, from, to, incarnation] = items;
  if (theirs !== cluster)
    return `mail of cluster ${shown(theirs)}, where this is ${shown(cluster)}`;
  if (!isUint(from) || from < 1 || from > NODE_MAX) return 'mail from nobody';
  if (from === node && !mayBeNamesake)
    return `mail from server ${node}, which is this one: two nodes have one id`;
  if (to !== node) return `mail from server ${from} to ${shown(to)}, where this is server ${node}`;
  return isUint(incarnation) ? null : `mail from server ${from} without an incarnation`;
}

function takeAskIndex(fields: Fields): AskIndex & { kind: 'AskIndex' } {
  const token = fields.uint('the token', 0, Number.MAX_SAFE_INTEGER);
  return { kind: 'AskIndex', token, byLease: fields.boolean('the lease') };
}

function takeIndex(fields: Fields): NamedIndex & { kind: 'Index' } {
  const token = fields.uint('the token', 0, Number.MAX_SAFE_INTEGER);
  const isNamed = fields.boolean('whether there is an index');
  const index = fields.index('the index');
  return { kind: 'Index', token, index: isNamed ? index : null };
}
