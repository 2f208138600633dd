import { newContact } from '../../lib/core/contact.ts';
import type { Entry } from '../../lib/core/entry.ts';
import type { Envelope } from '../../lib/core/message.ts';
import type { Write } from '../../lib/core/outcome.ts';
import type { Progress } from '../../lib/core/progress.ts';
import { begin, type RaftState, type Role } from '../../lib/core/state.ts';
import type { Configuration, HardState, Index, NodeId, Term } from '../../lib/core/types.ts';
import { imageOf } from '../core/servers.ts';
import { SETTINGS } from './bounds.ts';

/**
 * A still of a server between two turns: all that its core and its disk know, as values that never
 * change, so that one still can be gone on from in many ways.
 *
 * Time is left out. In a still everything has happened just now and every wait has just begun, but
 * that voters have heard of no leader for long, and that a leader sent its last entries a beat ago.
 * What is left out by that: a loyal voter that ignores a candidate, and an answer to a beat that
 * comes too early to mean anything. Both change nothing, like mail that is late.
 */
export type Still = {
  readonly id: NodeId;
  readonly hard: HardState;
  readonly log: readonly Entry[];
  readonly stored: Index;
  readonly commit: Index;
  readonly released: Index;
  readonly role: StillRole;
  readonly disk: Disk;
  /** What the disk still has to write, oldest first. */
  readonly jobs: readonly Job[];
  readonly crashes: number;
};

export type StillRole =
  | { readonly name: 'follower'; readonly leader: NodeId | null }
  | { readonly name: 'precandidate' | 'candidate'; readonly votes: readonly Vote[] }
  | {
      readonly name: 'leader';
      readonly progress: readonly (readonly [NodeId, StillProgress])[];
      readonly uncommittedBytes: number;
    };

export type Vote = readonly [voter: NodeId, granted: boolean];

export type StillProgress = Pick<
  Progress,
  'mode' | 'match' | 'next' | 'waiting' | 'loading' | 'inflight' | 'inflightBytes'
>;

/** What a crash leaves. */
export type Disk = { readonly hard: HardState; readonly log: readonly Entry[] };

/** A write and the mail that rests on it. Its receipt's epoch counts from that of the log: 0 or older. */
export type Job = { readonly write: Write; readonly oaths: readonly Oath[] };

/** Mail that vouches, and the term of the entry that it acknowledges; null if it does not. */
export type Oath = { readonly envelope: Envelope; readonly proof: Term | null };

/** The moment of every still. */
const NOW = 1000;
/** Rounds are of use to reads only, and there are none: every beat is the first. */
export const ROUND = 1;
/** The epoch of a write that was overtaken, however long ago. */
const OVERTAKEN = -1;

/** The state that `still` shows, for one turn. */
export function wake(still: Still, configuration: Configuration): RaftState {
  const { id, hard, log, stored, released, jobs } = still;
  const image = imageOf(log.slice(0, stored));
  const configurations = [{ index: 0, configuration }];
  const boot = { id, configurations, settings: SETTINGS, seed: 1, hard, log: image, now: NOW };
  const state = begin({ ...boot, applied: released });
  state.log.splice(log.slice(stored), 0);
  state.log.takeUnwritten();
  state.commit = still.commit;
  state.unstoredSince = jobs.length > 0 ? NOW : null;
  state.role = wakeRole(still);
  return state;
}

function wakeRole({ role, commit }: Still): Role {
  switch (role.name) {
    case 'follower':
      return { ...role, heardAt: Number.NEGATIVE_INFINITY };
    case 'precandidate':
    case 'candidate':
      return { name: role.name, votes: new Map(role.votes) };
    case 'leader':
      return {
        name: 'leader',
        progress: new Map(role.progress.map(([id, one]) => [id, wakeProgress(one)])),
        round: ROUND,
        beatAt: NOW + SETTINGS.heartbeatMs,
        told: commit,
        uncommittedBytes: role.uncommittedBytes,
        clockAt: NOW,
        reads: { waiting: [], attached: null },
        change: null,
        catchUps: [],
        departing: new Map(),
        contact: newContact(NOW),
        hasNominated: false,
      };
  }
}

function wakeProgress(progress: StillProgress): Progress {
  return {
    ...progress,
    // nothing is ever compacted here
    pending: 0,
    attempts: 0,
    inflight: [...progress.inflight],
    sentAt: NOW - SETTINGS.heartbeatMs,
    heardAt: NOW,
    round: 0,
  };
}

/** What a still knows besides the state of the core. */
export type Rest = Pick<Still, 'disk' | 'jobs' | 'crashes'>;

/** Takes the still of a state that a turn has left. */
export function rest(state: RaftState, besides: Rest): Still {
  const { id, hard, log, commit, released } = state;
  return {
    id,
    hard,
    log: log.held(1, log.last.index),
    stored: log.stored,
    commit,
    released,
    role: restRole(state.role),
    ...besides,
  };
}

function restRole(role: Role): StillRole {
  switch (role.name) {
    case 'follower':
      return { name: 'follower', leader: role.leader };
    case 'precandidate':
    case 'candidate':
      return { name: role.name, votes: [...role.votes].sort(([a], [b]) => a - b) };
    case 'leader': {
      const { progress, uncommittedBytes } = role;
      return { name: 'leader', progress: [...progress], uncommittedBytes };
    }
  }
}

/** A log that woke up counts its epochs from 0 again. */
export function age({ write, oaths }: Job, epochs: number): Job {
  const epoch = Math.max(OVERTAKEN, write.receipt.epoch - epochs);
  return { write: { ...write, receipt: { ...write.receipt, epoch } }, oaths };
}

/** The disk after a write: entries take the place of whatever was at or after the first of them. */
export function written(disk: Disk, { hard, entries }: Write): Disk {
  const from = entries[0]?.index ?? disk.log.length + 1;
  return { hard: hard ?? disk.hard, log: [...disk.log.slice(0, from - 1), ...entries] };
}

/** The term of the entry at `index`, 0 if there is none. */
export function termAt(log: readonly Entry[], index: Index): Term {
  return log[index - 1]?.term ?? 0;
}

/** A server that has just started from `disk`, its database as far as `applied`. */
export function started(id: NodeId, disk: Disk, applied: Index, crashes: number): Still {
  return {
    id,
    hard: disk.hard,
    log: disk.log,
    stored: disk.log.length,
    commit: applied,
    released: applied,
    role: { name: 'follower', leader: null },
    disk,
    jobs: [],
    crashes,
  };
}
