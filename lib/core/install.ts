import { noteSnapshot } from './compaction.ts';
import { beginConfigurations } from './configurations.ts';
import type { Draft } from './draft.ts';
import { follow } from './follower.ts';
import type { Delivered, Fetched } from './input.ts';
import { hear } from './leader.ts';
import type { InstallSnapshot, InstallSnapshotReply } from './message.ts';
import { noteDelivered } from './progress.ts';
import type { RaftState } from './state.ts';
import type { NodeId } from './types.ts';

/**
 * Snapshots on their way (thesis §5.3). The core decides who needs which, and what a whole one
 * means; the shell moves the bytes.
 *
 *     leader     needs one ─► Shipment send ══ chunks ══► Delivered ─► probe after it ─► replicate
 *     follower   chunk of the leader ─► Shipment chunk ══ file whole ══► Fetched ─► install
 */

/** A chunk is a word of the leader like any other: it ends a candidacy, and puts off an election. */
export function onInstallSnapshot(
  state: RaftState,
  from: NodeId,
  message: InstallSnapshot,
  out: Draft,
): void {
  if (follow(state, from, out)) out.ship({ kind: 'chunk', from, message });
}

/** A follower says how much it has. The shell knows whether that is of the shipment under way. */
export function onInstallSnapshotReply(
  state: RaftState,
  from: NodeId,
  message: InstallSnapshotReply,
  out: Draft,
): void {
  if (hear(state, from)) out.ship({ kind: 'reply', from, message });
}

/** A shipment has ended. One that was decided in another leadership is none of ours. */
export function onDelivered(state: RaftState, { to, term, index, ok }: Delivered): void {
  if (state.role.name !== 'leader' || term !== state.hard.term) return;
  const progress = state.role.progress.get(to);
  if (progress?.mode !== 'snapshot' || progress.pending !== index) return;
  noteDelivered(progress, ok);
}

/**
 * A whole snapshot is here. What it holds is committed, whoever sent it and whatever has happened
 * since; only one that ends before what this server has committed is of no use.
 *
 * If the log holds the snapshot's last entry, it holds everything before it as well, and goes on:
 * the snapshot only tells that so much is committed. Else nothing in the log can be trusted to
 * follow, and the snapshot takes its place (thesis §5.3).
 */
export function onFetched(state: RaftState, { snapshot }: Fetched, out: Draft): void {
  const { log, role, hard } = state;
  if (snapshot.index <= state.commit) return noteSnapshot(state, snapshot);
  // A leader commits by counting, and holds whatever a snapshot does.
  if (role.name === 'leader') return;
  noteSnapshot(state, snapshot);
  state.commit = snapshot.index;
  if (!log.has(snapshot)) {
    log.restart({ index: snapshot.index, term: snapshot.term });
    beginConfigurations(state, { index: snapshot.index, configuration: snapshot.configuration });
    out.install(snapshot);
  }
  if (role.name !== 'follower' || role.leader === null) return;
  const { index } = snapshot;
  out.say(role.leader, { kind: 'AppendEntriesReply', term: hard.term, result: 'matched', index });
}
