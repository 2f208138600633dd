import { RECORD_HEADER_BYTES } from '../core/entry.ts';
import { pack } from './pack.ts';
import type { Raw } from './raw.ts';
import { NAME_BYTES_MAX, readString, readUint, scanMap } from './scan.ts';
import { shown } from './shown.ts';
import { isObject, unpackMap } from './unpack.ts';

/** What a client asks, decoded as far as every operation needs it (INTERFACE §3). */
export type Request = {
  readonly id: number;
  readonly op: string;
  readonly timeoutMs: number;
  /** The session that a write belongs to, or that is kept or closed; reads ignore it. */
  readonly session: number | null;
  /** The number of a write in its session, from 1. */
  readonly seq: number | null;
  /** No write up to this one will be repeated: its replies may be forgotten. */
  readonly acked: number;
  /** The frame as the client sent it: what is put into the log. */
  readonly frame: Uint8Array;
  /** The other members of the map by name, undecoded. */
  readonly args: ReadonlyMap<string, Raw>;
};

/** The members of a successful reply besides `id` and `ok`. A Raw member is embedded as it is. */
export type Reply = { readonly ok: true } & { readonly [member: string]: unknown };

export type Outcome = 'rejected' | 'unknown';

/** A reply that is not ok. `rejected` provably never took and never will take effect. */
export type Refusal = {
  readonly ok: false;
  readonly code: Code;
  readonly message: string;
  readonly outcome: Outcome;
  readonly leader?: LeaderAddress;
  /** With COMPACTED: the smallest `since` that can still be answered. */
  readonly oldest?: number;
};

export type LeaderAddress = { readonly id: number; readonly client: string };

/** Every code a client can meet, and whether the request may have taken effect. */
export const CODES = {
  BAD_REQUEST: 'rejected',
  UNKNOWN_OP: 'rejected',
  TOO_LARGE: 'rejected',
  UNAUTHORIZED: 'rejected',
  NOT_LEADER: 'rejected',
  NO_LEADER: 'rejected',
  BUSY: 'rejected',
  TRANSFERRING: 'rejected',
  SHUTTING_DOWN: 'rejected',
  SESSION_EXPIRED: 'rejected',
  LEASE_EXPIRED: 'rejected',
  COMPACTED: 'rejected',
  CONFIG_IN_PROGRESS: 'rejected',
  NOT_A_MEMBER: 'rejected',
  NOT_READY: 'rejected',
  TIMEOUT: 'unknown',
  LEADERSHIP_LOST: 'unknown',
} as const satisfies Record<string, Outcome>;

export type Code = keyof typeof CODES;

/** A refusal; its outcome follows from the code. */
export function refuse(code: Code, message: string, leader?: LeaderAddress | null): Refusal {
  const refusal = { ok: false, code, message, outcome: CODES[code] } as const;
  return leader ? { ...refusal, leader } : refusal;
}

/** A frame that is no request. `id` is null if not even that could be read. */
export type RefusedRequest = { readonly id: number | null; readonly refusal: Refusal };

/** What one request may weigh. Only checked where it enters: what is in a log was let in already. */
export type RequestLimits = {
  /** Largest value of a key, in bytes of msgpack. */
  readonly valueBytes: number;
};

/** What a request may weigh besides one value of the largest size, so that its record has 4096. */
export const REQUEST_OVERHEAD_BYTES = 4096 - RECORD_HEADER_BYTES;
const TIMEOUT_MS_DEFAULT = 5_000;
export const TIMEOUT_MS_MAX = 600_000;

/**
 * Reads a frame from a client, or from the log. Total: any bytes give a request or a refusal. The
 * request keeps views of `frame`, so `frame` must be bytes that nobody writes to again, and a copy
 * of what was received if the request outlives the turn.
 *
 * @param limits left out for what is in the log, so that applying does not depend on a setting.
 */
export function decodeRequest(frame: Uint8Array, limits?: RequestLimits): Request | RefusedRequest {
  const members = scanMap(frame);
  if (typeof members === 'string') {
    return { id: null, refusal: bad(`not a request: ${members}; send one msgpack map per frame`) };
  }
  const id = uint(members, 'id');
  if (id === null) {
    return { id: null, refusal: bad('id must be an integer from 0 to 2^53-1') };
  }
  const op = members.get('op');
  const name = op ? readString(op) : null;
  if (name === null) return { id, refusal: bad('op must be a string') };
  if (name.length > NAME_BYTES_MAX) {
    return { id, refusal: refuse('UNKNOWN_OP', `no operation is called ${shown(name)}`) };
  }
  const bytesMax = limits ? limits.valueBytes + REQUEST_OVERHEAD_BYTES : frame.length;
  if (frame.length > bytesMax) {
    const message = `a request of ${frame.length} bytes; at most ${bytesMax} are taken`;
    return { id, refusal: refuse('TOO_LARGE', message) };
  }
  const timeoutMs = members.has('timeout') ? uint(members, 'timeout') : TIMEOUT_MS_DEFAULT;
  if (timeoutMs === null || timeoutMs < 1 || timeoutMs > TIMEOUT_MS_MAX) {
    return { id, refusal: bad(`timeout must be an integer from 1 to ${TIMEOUT_MS_MAX} ms`) };
  }
  const place = members.has('session') || members.has('seq') ? placeInSession(members) : NOWHERE;
  if (typeof place === 'string') return { id, refusal: bad(place) };
  for (const read of ['id', 'op', 'timeout']) members.delete(read);
  return { id, op: name, timeoutMs, ...place, frame, args: members };
}

type Place = Pick<Request, 'session' | 'seq' | 'acked'>;

/** Of a request that belongs to no session. */
const NOWHERE: Place = { session: null, seq: null, acked: 0 };

/** Takes where a request stands in its session, or says what is wrong with that. */
function placeInSession(members: Map<string, Raw>): Place | string {
  for (const member of ['session', 'seq']) {
    if (members.has(member) && !uint(members, member)) {
      return `${member} must be an integer from 1 to 2^53-1`;
    }
  }
  const session = uint(members, 'session');
  const seq = uint(members, 'seq');
  if (session === null) return 'seq means nothing without session; leave it out';
  const acked = members.has('acked') ? uint(members, 'acked') : 0;
  if (acked === null || acked >= (seq ?? 1)) return 'acked must be an integer below seq';
  for (const read of ['session', 'seq', 'acked']) members.delete(read);
  return { session, seq, acked };
}

function bad(message: string): Refusal {
  return refuse('BAD_REQUEST', message);
}

function uint(members: ReadonlyMap<string, Raw>, name: string): number | null {
  const raw = members.get(name);
  return raw ? readUint(raw) : null;
}

/** The frame of a reply. Raw members, at any depth, are embedded as they are. */
export function encodeReply(id: number | null, reply: Reply | Refusal): Buffer {
  return pack({ id, ...reply });
}

/**
 * The frame of a request, as clients send it. Arguments that are undefined are left out; a Raw is
 * sent as it is.
 *
 * @param args everything but `id`, `op` and `timeout`.
 * @param timeoutMs 1 to TIMEOUT_MS_MAX; left out, the node takes 5000.
 * @throws {RangeError} if an argument cannot be written (see `pack`).
 */
export function encodeRequest(
  id: number,
  op: string,
  args: Readonly<Record<string, unknown>>,
  timeoutMs?: number,
): Buffer {
  return pack({ id, op, timeout: timeoutMs, ...args });
}

export type DecodedReply = { readonly id: number | null; readonly reply: Reply | Refusal };

/**
 * Reads a frame from a node. Values come as `unpack` says; a newer node may use codes that are not
 * in CODES, whose `outcome` still says what matters.
 *
 * @returns a sentence saying what is wrong if `frame` is no reply.
 */
export function decodeReply(frame: Uint8Array): DecodedReply | string {
  const members = unpackMap(frame);
  if (typeof members === 'string') return members;
  const { id, ...reply } = members;
  if (id !== null && !Number.isSafeInteger(id)) return 'id is neither an integer nor null';
  const isReply = reply['ok'] === true || isRefusal(reply);
  return isReply ? { id: id as number | null, reply: reply as Reply | Refusal } : 'not a reply';
}

function isRefusal({ ok, code, message, outcome, leader }: Record<string, unknown>): boolean {
  if (ok !== false || typeof code !== 'string' || typeof message !== 'string') return false;
  if (outcome !== 'rejected' && outcome !== 'unknown') return false;
  if (leader === undefined) return true;
  return (
    isObject(leader) && Number.isSafeInteger(leader['id']) && typeof leader['client'] === 'string'
  );
}
