import { CLOCK_STEP_MS } from '../../core/log-clock.ts';
import type { Index } from '../../core/types.ts';
import { unreachable } from '../../kit/assert.ts';
import { type Refusal, refuse } from '../../wire/client.ts';
import type { TimedCommand } from '../../wire/timed-command.ts';
import type { Members } from './answer-read.ts';
import type { Deadlines } from './deadlines.ts';
import type { KeyValueState } from './key-value-state.ts';
import { leaseExpired } from './lease-objection.ts';
import { LEASE_KEYS_MAX } from './leases.ts';
import type { Session, Sessions } from './sessions.ts';

/** What lives by log time, and what it holds. */
export type Mortals = {
  readonly deadlines: Deadlines;
  readonly sessions: Sessions;
  readonly state: KeyValueState;
  /** Log time in ms: what all clock entries so far add up to. */
  now: number;
  /** Since the database was opened. */
  clockEntries: number;
};

/**
 * When what begins or is prolonged now will end. Log time may be behind by almost CLOCK_STEP_MS, and
 * nothing may live shorter than its ttl.
 */
function endOf(now: number, ttlMs: number): number {
  return now + ttlMs + CLOCK_STEP_MS;
}

/**
 * Opens, keeps and closes sessions and leases. Depends on nothing but the command and the state.
 *
 * @param index of the entry, which is the id of what it opens.
 * @returns as `doWrite`.
 */
export function doTimed(mortals: Mortals, command: TimedCommand, index: Index): Members | Refusal {
  const { state, sessions, now } = mortals;
  switch (command.op) {
    case 'session.open':
      sessions.open(index, command.ttlMs, endOf(now, command.ttlMs));
      return { session: index, ttl: command.ttlMs };
    case 'session.keep':
    case 'session.close': {
      const session = sessions.find(command.session);
      if (!session) return sessionExpired(command.session);
      if (command.op === 'session.keep') prolong(session, now);
      else sessions.remove(session);
      return { session: session.id, ttl: session.ttlMs };
    }
    case 'lease.grant':
      state.leases.grant(index, command.ttlMs, endOf(now, command.ttlMs));
      return { lease: index, ttl: command.ttlMs };
    case 'lease.keep':
    case 'lease.revoke': {
      const lease = state.leases.find(command.lease);
      if (!lease) return leaseExpired(command.lease);
      if (command.op === 'lease.keep') state.leases.prolong(lease, endOf(now, lease.ttlMs));
      else state.end(lease);
      return { lease: lease.id, ttl: lease.ttlMs, rev: state.rev };
    }
    default:
      return unreachable(command);
  }
}

/** A session lives for its ttl after it was heard of last. */
export function prolong(session: Session, now: number): void {
  session.endsAt = endOf(now, session.ttlMs);
}

export function sessionExpired(session: number): Refusal {
  const message = `there is no session ${session}: it has ended, or never was`;
  return refuse('SESSION_EXPIRED', message);
}

/** Sessions, leases and keys of leases that one clock entry may end; one always may. */
const ENDED_MAX = LEASE_KEYS_MAX;

/**
 * Log time moves on, and what is due ends. Very much at once would block the loop of every node: the
 * rest is left to the next clock entry, which the leader then writes at once.
 */
export function passTime(mortals: Mortals, ms: number): void {
  mortals.now += ms;
  mortals.clockEntries += 1;
  const { now, deadlines, sessions, state } = mortals;
  let left = ENDED_MAX;
  for (const { kind, id } of deadlines.due(now, ENDED_MAX)) {
    if (left <= 0) return;
    left -= 1;
    if (kind === 'session') endSession(sessions, id, now);
    else left -= endLease(state, id, now);
  }
}

function endSession(sessions: Sessions, id: number, now: number): void {
  const session = sessions.find(id);
  if (!session) return;
  if (session.endsAt > now) sessions.putOff(session);
  else sessions.remove(session);
}

/** @returns how many keys went. */
function endLease(state: KeyValueState, id: number, now: number): number {
  const lease = state.leases.find(id);
  if (!lease) return 0;
  if (lease.endsAt > now) {
    state.leases.putOff(lease);
    return 0;
  }
  state.end(lease);
  return lease.keys;
}
