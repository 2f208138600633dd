import { type Entry, recordBytes } from './entry.ts';
import type { Log } from './log.ts';
import type { Settings } from './settings.ts';
import type { EntryId, Index, Millis } from './types.ts';

/**
 * One follower as its leader sees it.
 *
 *        matched                     lost · conflict · unreachable
 *     ┌───────────► replicate ───────────────────────────┐
 *     │             many messages in flight               │
 *     │             bound: messages and bytes             ▼
 *   probe ◄──────────────────────────────────────────── probe
 *   one message in flight; finds where the logs part
 *
 * Always: `match < next`.
 *
 * @see Raft thesis §10.2.2 (pipelining)
 */
export type Progress = {
  mode: 'probe' | 'replicate';
  /** The follower's disk holds our log up to here. */
  match: Index;
  /** The first entry to send next. */
  next: Index;
  /** Probing: a message is out, so wait for its answer or for a sign of life. */
  waiting: boolean;
  /** Entries are being read back from disk for this follower. */
  loading: boolean;
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
    inflight: [],
    inflightBytes: 0,
    sentAt: now,
    heardAt: now,
    round: 0,
  };
}

/** True if another message may be sent now. */
export function hasRoom(progress: Progress, settings: Settings): boolean {
  if (progress.loading) return false;
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

/** The follower's disk holds our log up to `index`. Late news changes nothing. */
export function noteMatched(progress: Progress, index: Index): void {
  progress.match = Math.max(progress.match, index);
  progress.next = Math.max(progress.next, progress.match + 1);
  if (progress.mode === 'probe') {
    progress.mode = 'replicate';
    progress.waiting = false;
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
  if (progress.mode === 'probe' && rejected !== progress.next - 1) return;
  const common = log.lastNotAfter(Math.min(hint.index, rejected), hint.term);
  startProbing(progress, Math.min(rejected, common.index + 1));
}

/**
 * Messages may have been lost: go back to what is certain. A probe has found out nothing yet that
 * could be certain, so it asks again at the same place.
 */
export function noteLost(progress: Progress): void {
  if (progress.mode === 'replicate') startProbing(progress, progress.match + 1);
  else progress.waiting = false;
}

function startProbing(progress: Progress, next: Index): void {
  progress.mode = 'probe';
  progress.next = Math.max(progress.match + 1, next);
  progress.waiting = false;
  progress.inflight.length = 0;
  progress.inflightBytes = 0;
}
