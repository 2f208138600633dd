import type { Arguments } from './arguments.ts';
import type { Request } from './client.ts';

/** What begins, prolongs or ends the life of something that ends by log time. */
export type TimedCommand =
  | SessionOpen
  | { readonly op: 'session.keep' | 'session.close'; readonly session: number }
  | LeaseGrant
  | { readonly op: 'lease.keep' | 'lease.revoke'; readonly lease: number };

/** `ttlMs`: how long it lives after it was heard of last, in ms of log time. */
export type SessionOpen = { readonly op: 'session.open'; readonly ttlMs: number };
export type LeaseGrant = { readonly op: 'lease.grant'; readonly ttlMs: number };

/** Of a session that does not say. */
export const SESSION_TTL_MS_DEFAULT = 60_000;
/** A year. */
export const TTL_MS_MAX = 31_536_000_000;

export type InSession = Pick<Request, 'session' | 'seq'>;
type Parser = (args: Arguments, within: InSession) => TimedCommand;

export const TIMED_PARSERS: ReadonlyMap<string, Parser> = new Map<string, Parser>([
  ['session.open', takeSessionOpen],
  ['session.keep', (args, within) => takeOfSession(args, within, 'session.keep')],
  ['session.close', (args, within) => takeOfSession(args, within, 'session.close')],
  ['lease.grant', takeLeaseGrant],
  ['lease.keep', (args) => takeOfLease(args, 'lease.keep')],
  ['lease.revoke', (args) => takeOfLease(args, 'lease.revoke')],
]);

function takeSessionOpen(args: Arguments, { session }: InSession): SessionOpen {
  args.only('ttl');
  if (session !== null) args.refuse('a session is not opened within another');
  const ttlMs = args.uint('ttl', 1, TTL_MS_MAX, SESSION_TTL_MS_DEFAULT);
  return { op: 'session.open', ttlMs };
}

function takeOfSession(
  args: Arguments,
  { session, seq }: InSession,
  op: 'session.keep' | 'session.close',
): TimedCommand {
  args.only();
  if (session === null) args.refuse('argument session is missing');
  if (seq !== null) args.refuse('takes no seq: it may be repeated as often as you like');
  return { op, session: session ?? 0 };
}

function takeLeaseGrant(args: Arguments): LeaseGrant {
  args.only('ttl');
  return { op: 'lease.grant', ttlMs: args.uint('ttl', 1, TTL_MS_MAX) };
}

function takeOfLease(args: Arguments, op: 'lease.keep' | 'lease.revoke'): TimedCommand {
  args.only('lease');
  return { op, lease: args.uint('lease', 1, Number.MAX_SAFE_INTEGER) };
}
