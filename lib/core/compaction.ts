import { forgetConfigurations } from './configurations.ts';
import type { Draft } from './draft.ts';
import type { Snapshot } from './snapshot.ts';
import type { RaftState } from './state.ts';
import type { Index } from './types.ts';

/** A snapshot is durable here. One that is older than another tells nothing new. */
export function noteSnapshot(state: RaftState, snapshot: Snapshot): void {
  if (snapshot.index > (state.snapshot?.index ?? 0)) state.snapshot = snapshot;
}

/**
 * Lets go of the entries that a durable snapshot stands for, but for a tail: a follower a little
 * behind is served by the log, which costs far less than a snapshot (thesis §5.1.3).
 */
export function compactLog(state: RaftState, out: Draft): void {
  const { snapshot, log, released, settings } = state;
  if (snapshot === null) return;
  const index = Math.min(snapshot.index - settings.keepEntries, released, neededFrom(state));
  if (index < log.first) return;
  log.compact(index);
  forgetConfigurations(state, index);
  out.compact(log.base);
}

/**
 * Where the log must begin for the snapshots that are on their way: whoever has installed one goes
 * on with the entries after it, or would need the next snapshot, and so on for ever. A follower that
 * is silent holds nothing.
 */
function neededFrom({ role, now, settings }: RaftState): Index {
  if (role.name !== 'leader') return Number.POSITIVE_INFINITY;
  let needed = Number.POSITIVE_INFINITY;
  for (const { mode, pending, heardAt } of role.progress.values()) {
    const isHeard = now - heardAt < settings.electionMsMax;
    if (mode === 'snapshot' && isHeard) needed = Math.min(needed, pending);
  }
  return needed;
}
