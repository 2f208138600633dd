import type { Contact } from '../../core/contact.ts';
import type { StateImage } from '../../core/image.ts';
import type { LogImage, TermStart } from '../../core/log.ts';
import type { Progress } from '../../core/progress.ts';
import type { Settings } from '../../core/settings.ts';
import type { Leader, Role } from '../../core/state.ts';
import type { Transfer } from '../../core/transfer.ts';
import type { NodeId } from '../../core/types.ts';
import { unreachable } from '../../kit/assert.ts';
import { type Fields, NODE_MAX } from '../../wire/fields.ts';
import { fieldsOfSnapshot, takeSnapshot } from '../../wire/message.ts';
import { putEntries, takeEntries } from './entry-runs.ts';
import {
  putConfigurations,
  putMembership,
  takeConfigurations,
  takeMembership,
} from './members-code.ts';

/**
 * A state in a recording: one flat list of fields, in the order in which the functions below put and
 * take them; lists are preceded by how many there are, and nobody is node 0.
 */

const ROLES: readonly Role['name'][] = ['follower', 'precandidate', 'candidate', 'leader'];
const MODES: readonly Progress['mode'][] = ['probe', 'replicate', 'snapshot'];
const NEVER = Number.POSITIVE_INFINITY;
const SETTINGS: readonly (keyof Settings)[] = [
  'heartbeatMs',
  'electionMsMin',
  'electionMsMax',
  'leaseMs',
  'diskStallMs',
  'inflightMessagesMax',
  'inflightBytesMax',
  'messageBytesMax',
  'windowBytesMax',
  'uncommittedBytesMax',
  'keepEntries',
];

export function fieldsOfState(image: StateImage): readonly unknown[] {
  const { id, settings, configurations, now, random, hard, commit, released, snapshot } = image;
  const fields: unknown[] = [id, ...SETTINGS.map((name) => settings[name])];
  putConfigurations(fields, configurations);
  fields.push(now, random, hard.term, hard.vote ?? 0, commit, released);
  fields.push(image.electionDeadline, image.unstoredSince ?? NEVER, snapshot !== null);
  if (snapshot) fields.push(...fieldsOfSnapshot(snapshot));
  putTransfer(fields, image.transfer);
  putLog(fields, image.log);
  putRole(fields, image.role);
  return fields;
}

export function takeState(fields: Fields): StateImage {
  const id = fields.node('the node');
  const settings = Object.fromEntries(SETTINGS.map((name) => [name, fields.millis(name)]));
  const members = takeConfigurations(fields);
  const now = fields.millis('the time');
  const random = fields.uint('the state of chance', 0, 0xffff_ffff);
  const hard = { term: fields.term(0), vote: takeNobody(fields) };
  const commit = fields.index('the commit');
  const released = fields.index('what is released');
  const electionDeadline = fields.millis('the deadline');
  const since = fields.millis('the oldest write');
  const unstoredSince = since === NEVER ? null : since;
  const snapshot = fields.boolean('whether there is a snapshot') ? takeSnapshot(fields) : null;
  const transfer = takeTransfer(fields);
  const log = takeLog(fields);
  const role = takeRole(fields);
  const facts = { id, settings: settings as Settings, ...members, now, random, hard };
  const past = { commit, released, snapshot, electionDeadline, unstoredSince, transfer };
  return { ...facts, ...past, log, role };
}

function putTransfer(fields: unknown[], transfer: Transfer | null): void {
  fields.push(transfer !== null);
  if (!transfer) return;
  fields.push(transfer.to ?? 0, transfer.term, transfer.until, transfer.round, transfer.isSent);
  putTokens(fields, transfer.tokens);
}

function takeTransfer(fields: Fields): Transfer | null {
  if (!fields.boolean('whether there is a transfer')) return null;
  const to = takeNobody(fields);
  const term = fields.term();
  const until = fields.millis('the end of the transfer');
  const round = fields.index('the round of the transfer');
  const isSent = fields.boolean('whether TimeoutNow was sent');
  return { to, term, until, round, isSent, tokens: takeTokens(fields) };
}

function putLog(fields: unknown[], log: Required<LogImage>): void {
  const { base, last, terms, tail, stored, epoch } = log;
  fields.push(base.index, base.term, last.index, last.term, stored, epoch, terms.length);
  for (const { term, first } of terms) fields.push(term, first);
  putEntries(fields, last.index - tail.length + 1, tail);
}

function takeLog(fields: Fields): Required<LogImage> {
  const base = fields.entryId('the base', Number.POSITIVE_INFINITY);
  const last = fields.entryId('the last entry', Number.POSITIVE_INFINITY);
  const stored = fields.index('what is stored');
  const epoch = fields.index('the epoch');
  const terms: TermStart[] = [];
  for (let left = fields.count('the terms', 2); left > 0; left -= 1) {
    terms.push({ term: fields.term(), first: fields.index('the first of a term') });
  }
  const tail = takeEntries(fields);
  const end = tail.at(-1)?.index ?? last.index;
  fields.require(end === last.index, 'the entries in memory do not end with the last one');
  fields.require(isOneLog(base.index, last, terms), 'the terms are not those of the entries');
  return { base, last, terms, tail, stored, epoch };
}

/** Terms and first indexes rise, from the first entry to the term of the last one. */
function isOneLog(base: number, last: LogImage['last'], terms: readonly TermStart[]): boolean {
  if (terms.length === 0) return last.index === base;
  return (
    terms[0]?.first === base + 1 &&
    terms.at(-1)?.term === last.term &&
    (terms.at(-1)?.first ?? 0) <= last.index &&
    terms.every(({ term, first }, i) => {
      const before = terms[i - 1];
      return before === undefined || (before.term < term && before.first < first);
    })
  );
}

function putRole(fields: unknown[], role: Role): void {
  fields.push(ROLES.indexOf(role.name));
  switch (role.name) {
    case 'follower':
      fields.push(role.leader ?? 0, role.heardAt);
      return;
    case 'precandidate':
    case 'candidate':
      fields.push(role.votes.size);
      for (const [voter, granted] of role.votes) fields.push(voter, granted);
      return;
    case 'leader':
      return putLeader(fields, role);
    default:
      return unreachable(role);
  }
}

function takeRole(fields: Fields): Role {
  const name = ROLES[fields.uint('the role', 0, ROLES.length - 1)] ?? 'follower';
  switch (name) {
    case 'follower':
      return { name, leader: takeNobody(fields), heardAt: fields.millis('the last word') };
    case 'precandidate':
    case 'candidate': {
      const votes = new Map<NodeId, boolean>();
      for (let left = fields.count('the votes', 2); left > 0; left -= 1) {
        votes.set(fields.node('a voter'), fields.boolean('a vote'));
      }
      return { name, votes };
    }
    case 'leader':
      return takeLeader(fields);
    default:
      return unreachable(name);
  }
}

function putLeader(fields: unknown[], role: Leader): void {
  const { round, beatAt, told, uncommittedBytes, clockAt, progress, reads, contact } = role;
  const { waiting, attached } = reads;
  fields.push(round, beatAt, told, uncommittedBytes, clockAt);
  putTokens(fields, waiting);
  fields.push(attached !== null);
  if (attached) {
    fields.push(attached.round, attached.index);
    putTokens(fields, attached.tokens);
  }
  fields.push(role.hasNominated, contact.electedAt, contact.at, contact.beats.length);
  for (const beat of contact.beats) fields.push(beat.round, beat.sentAt);
  fields.push(progress.size);
  for (const [id, one] of progress) {
    fields.push(id, MODES.indexOf(one.mode), one.match, one.next, one.waiting, one.loading);
    fields.push(one.pending, one.attempts);
    fields.push(one.inflightBytes, one.sentAt, one.heardAt, one.round, one.inflight.length);
    for (const { last, bytes } of one.inflight) fields.push(last, bytes);
  }
  putMembership(fields, role);
}

function takeLeader(fields: Fields): Leader {
  const round = fields.index('the round');
  const beatAt = fields.millis('the beat');
  const told = fields.index('what was told');
  const uncommittedBytes = fields.index('what is not committed');
  const clockAt = fields.millis('what log time has counted');
  const waiting = takeTokens(fields);
  const attached = fields.boolean('whether reads are attached')
    ? {
        round: fields.index('the round of reads'),
        index: fields.index('the index of reads'),
        tokens: takeTokens(fields),
      }
    : null;
  const hasNominated = fields.boolean('whether it has nominated');
  const contact = takeContact(fields);
  const progress = new Map<NodeId, Progress>();
  for (let left = fields.count('the followers', 13); left > 0; left -= 1) {
    progress.set(fields.node('a follower'), takeProgress(fields));
  }
  const reads = { waiting, attached };
  const membership = takeMembership(fields);
  const office = { round, beatAt, told, uncommittedBytes, clockAt };
  return { name: 'leader', progress, ...office, reads, contact, hasNominated, ...membership };
}

function takeContact(fields: Fields): Contact {
  const electedAt = fields.millis('the election');
  const at = fields.millis('the last contact');
  const length = fields.count('the beats', 2);
  const beats = Array.from({ length }, () => {
    return { round: fields.index('the round of a beat'), sentAt: fields.millis('its moment') };
  });
  return { electedAt, at, beats };
}

function takeProgress(fields: Fields): Progress {
  const mode = MODES[fields.uint('the mode', 0, MODES.length - 1)] ?? 'probe';
  const match = fields.index('the match');
  const next = fields.index('the next');
  const waiting = fields.boolean('whether it waits');
  const loading = fields.boolean('whether it loads');
  const pending = fields.index('the snapshot on its way');
  const attempts = fields.index('the attempts');
  const inflightBytes = fields.index('the bytes in flight');
  const sentAt = fields.millis('the last message');
  const heardAt = fields.millis('the last answer');
  const round = fields.index('the round');
  const inflight: { last: number; bytes: number }[] = [];
  for (let left = fields.count('the messages in flight', 2); left > 0; left -= 1) {
    inflight.push({ last: fields.index('its last'), bytes: fields.index('its bytes') });
  }
  const flight = { inflight, inflightBytes };
  const snapshots = { pending, attempts };
  return { mode, match, next, waiting, loading, ...snapshots, ...flight, sentAt, heardAt, round };
}

function takeNobody(fields: Fields): NodeId | null {
  return fields.uint('a node or nobody', 0, NODE_MAX) || null;
}

function putTokens(fields: unknown[], tokens: readonly number[]): void {
  fields.push(tokens.length);
  for (const token of tokens) fields.push(token);
}

function takeTokens(fields: Fields): number[] {
  const length = fields.count('the tokens', 1);
  return Array.from({ length }, () => fields.uint('a token', 0, Number.MAX_SAFE_INTEGER));
}
