import type { Connection, Sendable } from './connection.ts';
import type { Failure, RaftmqError } from './error.ts';
import type { Arguments, Result } from './request.ts';
import { isRead } from './retry.ts';
import type { Place } from './session.ts';

/** A request that is not answered yet. */
export type Pending = Sendable & {
  readonly id: number;
  readonly op: string;
  readonly args: Arguments;
  readonly isRead: boolean;
  /** Asked of this node only, and once. */
  readonly only: Connection | null;
  readonly timeoutMs: number;
  readonly bytes: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: RaftmqError) => void;
  frame: Uint8Array;
  /** Of a write: where it stands in the session of the client, if it does. */
  place: Place | null;
  /** An earlier attempt may have had its effect, or may yet. */
  isUncertain: boolean;
  /** The deadline has passed, and only the grace for a reply that is on its way is left. */
  overdue: boolean;
  timer: NodeJS.Timeout | null;
  retryTimer: NodeJS.Timeout | null;
  attempts: number;
  /** What the last attempt was told. */
  refusal: Failure | null;
};

type Asked = Pick<
  Pending,
  'id' | 'op' | 'args' | 'only' | 'timeoutMs' | 'frame' | 'place' | 'resolve' | 'reject'
>;

/** A request that was not sent yet. */
export function pendingOf(asked: Asked): Pending {
  return {
    ...asked,
    isRead: isRead(asked.op),
    bytes: asked.frame.length,
    settled: false,
    sentOn: null,
    sentInLife: 0,
    isUncertain: false,
    overdue: false,
    timer: null,
    retryTimer: null,
    attempts: 0,
    refusal: null,
  };
}

/**
 * Whether it may be sent again although an attempt may have had its effect. Of sessions that were
 * opened twice the one that nobody uses ends on its own.
 */
export function isRepeatable({ op, isRead, place, only }: Pending): boolean {
  return (isRead || place !== null || op.startsWith('session.')) && only === null;
}

/**
 * A refusal as the caller is told: of a write that was sent before, it only speaks of its last copy,
 * unless it was the reply to the write itself.
 */
export function failureOf({ isUncertain, isRead }: Pending, failure: Failure): Failure {
  const isCertain = isRead || !isUncertain || failure.code === 'LEASE_EXPIRED';
  return isCertain ? failure : { ...failure, outcome: 'unknown' };
}

/**
 * Why a request fails of which no copy is under way when its time is up.
 *
 * @param nobody the sentence for one that was never sent.
 * @param suspicion a likely cause, or nothing.
 */
export function neverAnswered(pending: Pending, nobody: string, suspicion: string): Failure {
  const { refusal, attempts, timeoutMs, isUncertain, isRead } = pending;
  if (isUncertain && !isRead) {
    const last = refusal === null ? suspicion : `; at last: ${refusal.message}`;
    const message = `not known within ${timeoutMs} ms (asked ${attempts} times)${last}`;
    return { ok: false, code: 'TIMEOUT', outcome: 'unknown', message };
  }
  if (refusal !== null && attempts === 0) {
    const message = `no session could be opened for it: ${refusal.message}`;
    const code = refusal.outcome === 'rejected' ? refusal.code : 'UNREACHABLE';
    return { ok: false, code, outcome: 'rejected', message };
  }
  if (refusal !== null) {
    const message = `${refusal.message} (asked ${attempts} times in ${timeoutMs} ms)`;
    return { ...refusal, message };
  }
  const message = `${nobody}; is the cluster running?`;
  return { ok: false, code: 'UNREACHABLE', outcome: 'rejected', message };
}
