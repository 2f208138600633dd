import { assert } from '../kit/assert.ts';
import type { Draft } from './draft.ts';
import type { Entry } from './entry.ts';
import { hasRoom, noteLost, noteSent, type Progress, startSnapshot } from './progress.ts';
import type { Leader, RaftState } from './state.ts';
import type { NodeId } from './types.ts';

/**
 * Sends every follower what it lacks and has room for: one AppendEntries a turn with all the new
 * entries, several only when a backlog exceeds the size of a message.
 */
export function replicate(state: RaftState, leader: Leader, out: Draft): void {
  for (const [id, progress] of leader.progress) {
    const isOvertaken = progress.mode === 'snapshot' && progress.pending < state.log.base.index;
    if (isOvertaken) sendSnapshot(state, id, progress, out);
    while (hasRoom(progress, state.settings) && sendNext(state, id, progress, out));
  }
}

/** The log has let go of what this follower needs next: the newest snapshot stands for it. */
function sendSnapshot(state: RaftState, to: NodeId, progress: Progress, out: Draft): void {
  const { snapshot, hard, now } = state;
  assert(snapshot !== null, 'a log lets go only of what a snapshot stands for');
  startSnapshot(progress, snapshot, now);
  out.ship({ kind: 'send', to, term: hard.term, snapshot, attempt: progress.attempts });
}

/** @returns false if there was nothing to send. */
function sendNext(state: RaftState, to: NodeId, progress: Progress, out: Draft): boolean {
  const { log, settings } = state;
  // A probe asks where the logs part, even if there is nothing new to bring along.
  if (progress.next > log.last.index && progress.mode === 'replicate') return false;
  if (progress.next < log.first) {
    sendSnapshot(state, to, progress, out);
    return false;
  }
  const entries = log.slice(progress.next, settings.messageBytesMax);
  if (entries === null) {
    progress.loading = true;
    out.load(to, progress.next, settings.messageBytesMax);
    return false;
  }
  sayAppendEntries(state, to, progress, entries, out);
  return true;
}

/**
 * Sends entries that were read back from disk. Meanwhile the follower may have moved on, or the
 * log may have been replaced under another leader: then they are dropped, and asked for again.
 */
export function sendLoaded(
  state: RaftState,
  to: NodeId,
  progress: Progress,
  entries: readonly Entry[],
  out: Draft,
): void {
  const isWanted = entries[0]?.index === progress.next && hasRoom(progress, state.settings);
  // the log may have let go of them in the meantime as well
  const isOurs = entries.every((entry) => state.log.has(entry));
  if (isWanted && isOurs) sayAppendEntries(state, to, progress, entries, out);
}

/**
 * Asks whether everything that was sent is on the follower's disk: a message without entries, after
 * all of them, is answered like any other.
 */
export function askAgain(state: RaftState, to: NodeId, progress: Progress, out: Draft): void {
  sayAppendEntries(state, to, progress, [], out);
}

function sayAppendEntries(
  state: RaftState,
  to: NodeId,
  progress: Progress,
  entries: readonly Entry[],
  out: Draft,
): void {
  const { log, hard, commit } = state;
  const index = progress.next - 1;
  const term = log.termAt(index);
  if (term === null) return noteLost(progress);
  const prev = { index, term };
  noteSent(progress, entries, state.now);
  out.say(to, { kind: 'AppendEntries', term: hard.term, prev, entries, commit });
}
