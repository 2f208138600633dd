import { type Entry, recordBytes } from './entry.ts';
import type { Log } from './log.ts';
import type { Settings } from './settings.ts';
import type { Snapshot } from './snapshot.ts';
import type { EntryId, Index, Millis } from './types.ts';

/**
 * One follower as its leader sees it.
 *
 *        matched                     lost · conflict · unreachable
 *     ┌───────────► replicate ───────────────────────────┐
 *     │             many messages in flight               │
 *     │             bound: messages and bytes             ▼
 *   probe ◄──────────────────────────────────────────── probe
 *   │ ▲   one message in flight; finds where the logs part
 *   │ └───────────── delivered or given up ─────────────┐
 *   └───────────► snapshot ─────────────────────────────┘
 *    log too short  nothing is sent but the snapshot; matched leads to replicate
 *
 * Always: `match < next`.
 *
 * @see Raft thesis §10.2.2 (pipelining), §5.3 (snapshots)
 */
export type Progress = {
  mode: 'probe' | 'replicate' | 'snapshot';
  /** The follower's disk holds our log up to here. */
  match: Index;
  /** The first entry to send next. */
  next: Index;
  /** Probing: a message is out, so wait for its answer or for a sign of life. */
  waiting: boolean;
  /** Entries are being read back from disk for this follower. */
  loading: boolean;
  /** Index of the snapshot that is on its way to it; 0 if none is. */
  pending: Index;
  /** Snapshots sent since it last held all that is committed. */
  attempts: number;
  /** Messages in flight, oldest first. */
  readonly inflight: { readonly last: Index; readonly bytes: number }[];
  inflightBytes: number;
  /** When an AppendEntries was last sent. */
  sentAt: Millis;
  /** Last word of any kind from the follower in our term. */
  heardAt: Millis;
  /** The newest beat it has answered. */
  round: number;
};

/** A leader begins by guessing that everybody has its log. */
export function unknownProgress(next: Index, now: Millis): Progress {
  return {
    mode: 'probe',
    match: 0,
    next,
    waiting: false,
    loading: false,
    pending: 0,
    attempts: 0,
    inflight: [],
    inflightBytes: 0,
    sentAt: now,
    heardAt: now,
    round: 0,
  };
}

/** True if another message may be sent now. */
export function hasRoom(progress: Progress, settings: Settings): boolean {
  if (progress.loading || progress.mode === 'snapshot') return false;
  if (progress.mode === 'probe') return !progress.waiting;
  return (
    progress.inflight.length < settings.inflightMessagesMax &&
    progress.inflightBytes < settings.inflightBytesMax
  );
}

/** `entries` have been sent. */
export function noteSent(progress: Progress, entries: readonly Entry[], now: Millis): void {
  progress.sentAt = now;
  if (progress.mode === 'probe') {
    progress.waiting = true;
    return;
  }
  if (entries.length === 0) return;
  const bytes = recordBytes(entries);
  progress.next += entries.length;
  progress.inflight.push({ last: progress.next - 1, bytes });
  progress.inflightBytes += bytes;
}

/**
 * The follower's disk holds our log up to `index`. Late news changes nothing.
 *
 * @param base where our log begins: entries are of use to whoever has that place or a later one,
 *   be it by the snapshot that is on its way, by an older one, or by itself.
 */
export function noteMatched(progress: Progress, index: Index, base: Index): void {
  progress.match = Math.max(progress.match, index);
  progress.next = Math.max(progress.next, progress.match + 1);
  const hasArrived = progress.mode === 'snapshot' && progress.match >= base;
  if (progress.mode === 'probe' || hasArrived) {
    progress.mode = 'replicate';
    progress.waiting = false;
    progress.pending = 0;
    progress.next = progress.match + 1;
  }
  while ((progress.inflight[0]?.last ?? Number.POSITIVE_INFINITY) <= progress.match) {
    progress.inflightBytes -= progress.inflight.shift()?.bytes ?? 0;
  }
}

/**
 * The follower did not hold the entry at `rejected`. Ignored if it answers a message that no longer
 * matters: a match is never taken back, and a probe is answered by its own place only.
 */
export function noteConflict(progress: Progress, log: Log, rejected: Index, hint: EntryId): void {
  if (rejected <= progress.match) return;
  if (progress.mode === 'snapshot') return;
  if (progress.mode === 'probe' && rejected !== progress.next - 1) return;
  // What may be common lies before our log: a probe at its beginning would only be rejected again.
  const isBefore = hint.index < log.base.index;
  const common = isBefore ? hint : log.lastNotAfter(Math.min(hint.index, rejected), hint.term);
  startProbing(progress, Math.min(rejected, common.index + 1));
}

/**
 * Messages may have been lost: go back to what is certain. A probe has found out nothing yet that
 * could be certain, so it asks again at the same place.
 */
export function noteLost(progress: Progress): void {
  if (progress.mode === 'replicate') startProbing(progress, progress.match + 1);
  else if (progress.mode === 'probe') progress.waiting = false;
}

/** Our log begins after what the follower needs next: nothing but `snapshot` is sent to it. */
export function startSnapshot(progress: Progress, snapshot: Snapshot, now: Millis): void {
  startProbing(progress, progress.match + 1);
  progress.mode = 'snapshot';
  progress.pending = snapshot.index;
  progress.attempts += 1;
  progress.sentAt = now;
}

/**
 * The snapshot has arrived as a whole, or was given up. What that has come to the follower's disk
 * tells; ask it, after the snapshot or, once it has given a sign of life, where it was before.
 */
export function noteDelivered(progress: Progress, ok: boolean): void {
  startProbing(progress, ok ? progress.pending + 1 : progress.match + 1);
  progress.waiting = !ok;
}

function startProbing(progress: Progress, next: Index): void {
  progress.mode = 'probe';
  progress.next = Math.max(progress.match + 1, next);
  progress.waiting = false;
  progress.pending = 0;
  progress.inflight.length = 0;
  progress.inflightBytes = 0;
}
