import type { Answer } from '../history/operation.ts';

/** The session of a logical client: its number, and the seq of its next write. */
export type ClientSession = { readonly id: number; next: number };

/** How clients of a state machine with sessions use them. */
export type SessionAsking<A> = {
  /** Opens one. */
  readonly open: A;
  /** What was opened by such a request, or null. */
  readonly opened: (answer: Answer) => ClientSession | null;
  /** A request with its place in a session, or as it is if it needs none. */
  readonly within: (ask: A, session: ClientSession) => A;
  /** Whether a request has a place: then it may be repeated while its outcome is unknown. */
  readonly hasPlace: (ask: A) => boolean;
};

/** A request is sent so often at most. */
export const ATTEMPTS_MAX = 8;

/** A refusal of a copy says nothing of the copies before, unless it is the first reply itself. */
const FIRST_REPLIES: readonly string[] = ['LEASE_EXPIRED'];

/**
 * What becomes of a request that may be repeated, when one of its copies ended without a result:
 * `again`, or how it ends for its client.
 *
 * @param code of the refusal; null if there was no reply, or one that says unknown.
 */
export function afterCopy(code: string | null, attempts: number): Answer | 'again' {
  const isUncertain = code === null || attempts > 1;
  if (code !== null && (!isUncertain || FIRST_REPLIES.includes(code)))
    return { kind: 'rejected', code };
  if (code === 'SESSION_EXPIRED' || attempts >= ATTEMPTS_MAX) return { kind: 'unknown' };
  return 'again';
}
