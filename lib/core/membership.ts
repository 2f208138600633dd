import { assert } from '../kit/assert.ts';
import { type CatchUp, endRounds, isCaughtUp, ROUNDS_MAX, startCatchUp } from './catch-up.ts';
import { applyChanges, type Change, withoutOutgoing } from './change.ts';
import { encodeConfiguration } from './configuration-code.ts';
import {
  adoptConfiguration,
  committedConfiguration,
  configurationsSince,
  latestConfiguration,
} from './configurations.ts';
import type { Draft } from './draft.ts';
import type { Reconfigured } from './input.ts';
import { type Progress, unknownProgress } from './progress.ts';
import { isVoter, peersOf } from './quorum.ts';
import { askAgain } from './replication.ts';
import type { Leader, RaftState } from './state.ts';
import type { Configuration, Index, Millis, NodeId } from './types.ts';

/**
 * Changes who takes part (thesis chapter 4). One change at a time:
 *
 *     change ─► joint entry ─► committed by both sets ─► final entry ─► committed: done
 *            └─► entry of learners or addresses only ────────────────► committed: done
 *
 * Each configuration is effective from the moment its entry is appended. The leader leaves a joint
 * one by itself, and makes voters of the learners that are marked so once they have caught up.
 */
export function onReconfigured(
  state: RaftState,
  { token, changes }: Reconfigured,
  out: Draft,
): void {
  const leader = state.role;
  if (leader.name !== 'leader') return out.refuse([token], 'NotLeader');
  if (state.transfer !== null) return out.refuse([token], 'Transferring');
  const busy = whyBusy(state, leader, changes);
  if (busy !== null) return out.refuse([token], 'ConfigInProgress', busy);
  const now = state.configuration;
  for (const change of changes) {
    if (change.kind !== 'promote' || !now.learners.includes(change.id)) continue;
    if (isCaughtUp(state, leader, change.id)) continue;
    const why = `server ${change.id} has not caught up with the log: try again later, or let it be promoted when it has`;
    return out.refuse([token], 'NotReady', why);
  }
  const next = applyChanges(now, changes);
  if ('reason' in next) return out.refuse([token], next.reason, next.why);
  const index = next === now ? latestConfiguration(state).index : append(state, leader, next);
  if (next === now) out.reconfigure(token, index);
  else leader.change = { token, index };
}

/** Why no change may begin now, or null. */
function whyBusy(state: RaftState, leader: Leader, changes: readonly Change[]): string | null {
  if (!hasCommitted(state)) return 'this leader has not committed an entry of its term yet';
  const { index, configuration } = latestConfiguration(state);
  if (configuration.outgoing.length > 0 || index > state.commit) {
    return `the change at index ${index} is under way`;
  }
  const leaving = changes.find(({ kind, ...change }) => {
    return kind === 'add' && 'member' in change && leader.departing.has(change.member.id);
  });
  if (leaving?.kind !== 'add') return null;
  return `server ${leaving.member.id} is being told that it was removed: try again in a moment`;
}

/**
 * Nothing may be changed before an entry of the leader's own term is committed: two leaders that
 * each change a configuration the other has not seen could end up with majorities that do not meet.
 */
function hasCommitted({ log, commit, hard }: RaftState): boolean {
  return log.termAt(commit) === hard.term;
}

/** @returns the index of the entry. */
function append(state: RaftState, leader: Leader, configuration: Configuration): Index {
  const entry = state.log.append(state.hard.term, 'config', encodeConfiguration(configuration));
  leader.uncommittedBytes += entry.record.length;
  adoptConfiguration(state, configuration);
  followMembers(state, leader);
  return entry.index;
}

/** What a leader sees to once it knows what has become committed. */
export function mindMembership(state: RaftState, leader: Leader, out: Draft): void {
  endRounds(state, leader);
  if (!hasCommitted(state) || latestConfiguration(state).index > state.commit) return;
  letGo(state, leader, out);
  const now = state.configuration;
  if (now.outgoing.length > 0) {
    append(state, leader, withoutOutgoing(now));
    return;
  }
  complete(state, leader, out);
  // whoever takes the office over goes on with them
  const isStaying = isVoter(now, state.id) && state.transfer === null;
  if (now.promoting.length > 0 && isStaying) promote(state, leader, out);
}

function complete(state: RaftState, leader: Leader, out: Draft): void {
  if (leader.change === null) return;
  out.reconfigure(leader.change.token, committedConfiguration(state).index);
  leader.change = null;
}

/** Makes voters of those that have caught up, and learners for good of those that never will. */
function promote(state: RaftState, leader: Leader, out: Draft): void {
  const { configuration: now } = state;
  const slow = leader.catchUps.filter(({ id, round }) => {
    return round > ROUNDS_MAX && now.promoting.includes(id);
  });
  if (slow.length > 0) {
    const ids = slow.map(({ id }) => id);
    out.notice(
      `server ${ids.join()} has not caught up in ${ROUNDS_MAX} rounds: it stays a learner and does not vote`,
    );
    const promoting = now.promoting.filter((id) => !ids.includes(id));
    append(state, leader, { ...now, promoting });
    return;
  }
  const ready = now.promoting.filter((id) => isCaughtUp(state, leader, id));
  if (ready.length === 0) return;
  const next = applyChanges(
    now,
    ready.map((id) => ({ kind: 'promote', id })),
  );
  assert(!('reason' in next), 'a learner can become a voter');
  append(state, leader, next);
}

/**
 * Everybody that a leader replicates to after its configuration changed. Who was removed is kept for
 * a while, so that it learns of it.
 */
function followMembers(state: RaftState, leader: Leader): void {
  const { configuration, id: self, log, now } = state;
  const peers = peersOf(configuration, self);
  const isNew = (id: NodeId): boolean => !leader.progress.has(id);
  const added = peers.filter(isNew);
  for (const id of added) leader.progress.set(id, unknownProgress(log.last.index + 1, now));
  for (const id of leader.progress.keys()) {
    if (!peers.includes(id) && !leader.departing.has(id)) leader.departing.set(id, null);
  }
  const learning = leader.catchUps.filter(({ id }) => configuration.learners.includes(id));
  leader.catchUps = [...learning, ...catchUpsOf(state, leader.progress, added)];
}

function catchUpsOf(
  state: RaftState,
  progress: ReadonlyMap<NodeId, Progress>,
  ids: readonly NodeId[],
): readonly CatchUp[] {
  return ids.flatMap((id) => {
    const one = progress.get(id);
    return one && state.configuration.learners.includes(id) ? [startCatchUp(state, id, one)] : [];
  });
}

/**
 * The removal of some is committed: they are told so, and forgotten when the longest election timeout
 * has passed, whether they answer or not.
 */
function letGo(state: RaftState, leader: Leader, out: Draft): void {
  for (const [id, until] of leader.departing) {
    const progress = leader.progress.get(id);
    if (until === null && progress) {
      leader.departing.set(id, state.now + state.settings.electionMsMax);
      askAgain(state, id, progress, out);
    } else if (until !== null && until <= state.now) {
      leader.departing.delete(id);
      leader.progress.delete(id);
    }
  }
}

/** What a new leader takes over of changes that others began. */
export function inheritMembers(
  state: RaftState,
): Pick<Leader, 'progress' | 'change' | 'catchUps' | 'departing'> {
  const { id: self, log, now, configuration } = state;
  const peers = peersOf(configuration, self);
  const progress = new Map<NodeId, Progress>();
  for (const id of peers) progress.set(id, unknownProgress(log.last.index + 1, now));
  const departing = new Map<NodeId, Millis | null>();
  for (const past of configurationsSince(state, state.commit)) {
    for (const id of peersOf(past.configuration, self)) {
      if (progress.has(id)) continue;
      progress.set(id, unknownProgress(log.last.index + 1, now));
      departing.set(id, null);
    }
  }
  return { progress, departing, change: null, catchUps: catchUpsOf(state, progress, peers) };
}
