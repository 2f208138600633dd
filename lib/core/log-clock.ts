import type { Proposal } from './input.ts';
import type { Leader, RaftState } from './state.ts';
import type { Millis } from './types.ts';

/**
 * Log time: what the clock entries of a log add up to. It is a function of the log, so every server
 * has the same when it has applied the same, and no server needs a clock that agrees with another's.
 *
 * A clock entry says how many whole ms have passed, by its leader's monotonic clock, since the
 * leader's clock entry before it or since the leader took office. Whatever a later leader commits on
 * top of was in its log before it took office, so no moment counts twice: log time is never faster
 * than real time (as leaders measure it), and slower only by what passes without a leader.
 *
 * The log time of an entry is behind by less than CLOCK_STEP_MS if its proposal was `timed`.
 */
export const CLOCK_STEP_MS: Millis = 100;

const PAYLOAD_BYTES = 6;

/** The payload of a clock entry: u48 ms, little-endian. */
export function encodeClock(ms: number): Uint8Array {
  const payload = Buffer.alloc(PAYLOAD_BYTES);
  payload.writeUIntLE(ms, 0, PAYLOAD_BYTES);
  return payload;
}

/** How many ms a clock entry adds; 0 if the payload is none. */
export function readClock(payload: Uint8Array): number {
  if (payload.length !== PAYLOAD_BYTES) return 0;
  const { buffer, byteOffset } = payload;
  return Buffer.from(buffer, byteOffset, PAYLOAD_BYTES).readUIntLE(0, PAYLOAD_BYTES);
}

/** Brings log time up to date in front of proposals that need it. */
export function clockProposals(
  state: RaftState,
  leader: Leader,
  proposals: readonly Proposal[],
): void {
  if (state.now - leader.clockAt < CLOCK_STEP_MS) return;
  if (proposals.some(({ timed }) => timed === true)) appendClock(state, leader);
}

/** By the shell's reckoning something ends about now: the log is told how late it is. */
export function onElapsed(state: RaftState): void {
  if (state.role.name === 'leader') appendClock(state, state.role);
}

/** Less than a ms is left for the next one, so that nothing is lost by rounding. */
function appendClock(state: RaftState, leader: Leader): void {
  const ms = Math.floor(state.now - leader.clockAt);
  leader.clockAt += ms;
  const { record } = state.log.append(state.hard.term, 'clock', encodeClock(ms));
  leader.uncommittedBytes += record.length;
}
