import { type Entry, payloadOf } from '../../lib/core/entry.ts';
import type { Envelope, Message } from '../../lib/core/message.ts';
import type { HardState, NodeId } from '../../lib/core/types.ts';
import type { Job, Still, StillProgress, StillRole } from './still.ts';

/**
 * Names for stills and mail: two have the same key if and only if they are the same in everything
 * that can make a difference. A key is a string of small numbers, lists with their length before.
 */

export function keyOfStill(still: Still): string {
  const { id, hard, log, stored, commit, released, role, disk, jobs, crashes } = still;
  const to: number[] = [id, stored, commit, released, crashes];
  putHard(to, hard);
  putEntries(to, log);
  putRole(to, role);
  putHard(to, disk.hard);
  putEntries(to, disk.log);
  to.push(jobs.length);
  for (const job of jobs) putJob(to, job);
  return seal(to);
}

export function keyOfMail(envelope: Envelope): string {
  const to: number[] = [];
  putMail(to, envelope);
  return seal(to);
}

/** The smallest number is -1. */
function seal(numbers: readonly number[]): string {
  let key = '';
  for (const number of numbers) key += String.fromCharCode(number + 1);
  return key;
}

function putHard(to: number[], { term, vote }: HardState): void {
  to.push(term, vote ?? 0);
}

/** An entry's index follows from the place of the first. */
function putEntries(to: number[], entries: readonly Entry[]): void {
  to.push(entries.length, entries[0]?.index ?? 0);
  for (const entry of entries) to.push(entry.term, commandOf(entry));
}

/** What a client proposed; 0 for an entry of the leader's own. */
export function commandOf(entry: Entry): number {
  return entry.kind === 'noop' ? 0 : (payloadOf(entry)[0] ?? 0);
}

const ROLES: readonly StillRole['name'][] = ['follower', 'precandidate', 'candidate', 'leader'];

function putRole(to: number[], role: StillRole): void {
  to.push(ROLES.indexOf(role.name));
  if (role.name === 'follower') to.push(role.leader ?? 0);
  else if (role.name === 'leader') {
    to.push(role.uncommittedBytes);
    for (const [id, progress] of role.progress) putProgress(to, id, progress);
  } else {
    to.push(role.votes.length);
    for (const [id, granted] of role.votes) to.push(id, Number(granted));
  }
}

function putProgress(to: number[], id: NodeId, progress: StillProgress): void {
  const { mode, match, next, waiting, loading, inflight, inflightBytes } = progress;
  to.push(id, Number(mode === 'probe'), match, next, Number(waiting), Number(loading));
  to.push(inflightBytes, inflight.length);
  for (const { last, bytes } of inflight) to.push(last, bytes);
}

/** The mail of one job leaves together, so its order is none. */
function putJob(to: number[], { write: { hard, entries, receipt }, oaths }: Job): void {
  to.push(Number(hard !== null));
  if (hard) putHard(to, hard);
  putEntries(to, entries);
  to.push(receipt.term, receipt.last, receipt.epoch, oaths.length);
  const keys = oaths.map(({ envelope, proof }) => {
    const own: number[] = [];
    putMail(own, envelope);
    own.push(proof ?? -1);
    return seal(own);
  });
  for (const key of keys.sort()) for (let i = 0; i < key.length; i += 1) to.push(key.charCodeAt(i));
}

const KINDS: readonly Message['kind'][] = [
  'PreVote',
  'PreVoteReply',
  'RequestVote',
  'RequestVoteReply',
  'AppendEntries',
  'AppendEntriesReply',
  'Heartbeat',
  'HeartbeatReply',
  'TimeoutNow',
];

function putMail(to: number[], { from, to: receiver, message: m }: Envelope): void {
  to.push(from, receiver, KINDS.indexOf(m.kind), m.term);
  switch (m.kind) {
    case 'PreVote':
    case 'RequestVote':
      to.push(m.last.index, m.last.term);
      return;
    case 'PreVoteReply':
    case 'RequestVoteReply':
      to.push(Number(m.granted));
      return;
    case 'AppendEntries':
      to.push(m.prev.index, m.prev.term, m.commit);
      putEntries(to, m.entries);
      return;
    case 'AppendEntriesReply':
      if (m.result === 'matched') to.push(1, m.index);
      else to.push(0, m.rejected, m.hint.index, m.hint.term);
      return;
    case 'Heartbeat':
      to.push(m.round, m.commit.index, m.commit.term);
      return;
    case 'HeartbeatReply':
      to.push(m.round, m.last.index, m.last.term);
      return;
    case 'InstallSnapshot':
    case 'InstallSnapshotReply':
    // nothing is ever compacted here, so nobody needs one
    case 'TimeoutNow':
      return;
  }
}
