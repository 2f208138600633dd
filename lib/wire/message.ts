import { encodeConfiguration, readConfiguration } from '../core/configuration-code.ts';
import { type Entry, readRun } from '../core/entry.ts';
import type {
  AppendEntries,
  AppendEntriesReply,
  InstallSnapshot,
  InstallSnapshotReply,
  Message,
} from '../core/message.ts';
import { votersOnly } from '../core/quorum.ts';
import type { Snapshot } from '../core/snapshot.ts';
import { unreachable } from '../kit/assert.ts';
import { type Fields, INDEX_MAX } from './fields.ts';

/** What one message from a peer may weigh. */
export type MailLimits = {
  /** Longest record of an entry, in bytes. */
  readonly recordBytes: number;
};

/** The fields of a message in the order in which `takeMessage` takes them. */
export function fieldsOf(m: Message): readonly unknown[] {
  switch (m.kind) {
    case 'PreVote':
      return [m.term, m.last.index, m.last.term];
    case 'RequestVote':
      return [m.term, m.last.index, m.last.term, m.isTransfer === true];
    case 'PreVoteReply':
    case 'RequestVoteReply':
      return [m.term, m.granted];
    case 'AppendEntries':
      return [m.term, m.prev.index, m.prev.term, m.commit, m.entries.length];
    case 'AppendEntriesReply':
      return m.result === 'matched'
        ? [m.term, true, m.index]
        : [m.term, false, m.rejected, m.hint.index, m.hint.term];
    case 'Heartbeat':
      return [m.term, m.commit.index, m.commit.term, m.round];
    case 'HeartbeatReply':
      return [m.term, m.round, m.last.index, m.last.term];
    case 'InstallSnapshot':
      return [m.term, ...fieldsOfSnapshot(m.snapshot), m.offset, m.chunk.length];
    case 'InstallSnapshotReply':
      return [m.term, m.index, m.checksum, m.offset, m.granted, RESULTS.indexOf(m.result)];
    case 'TimeoutNow':
      return [m.term];
    default:
      return unreachable(m);
  }
}

const RESULTS: readonly InstallSnapshotReply['result'][] = ['continue', 'resume', 'complete'];

/** A snapshot in a message, a recording or anywhere else that has fields. */
export function fieldsOfSnapshot(snapshot: Snapshot): readonly unknown[] {
  const { index, term, configuration, rev, bytes, checksum } = snapshot;
  return [index, term, encodeConfiguration(configuration), rev, bytes, checksum];
}

export function takeSnapshot(fields: Fields): Snapshot {
  const { index, term } = fields.entryId('the snapshot', Number.POSITIVE_INFINITY);
  const configuration = readConfiguration(fields.bytes('the configuration'));
  const rev = fields.index('the rev');
  const bytes = fields.index('the bytes of the snapshot');
  const checksum = fields.uint('the checksum', 0, 0xffff_ffff);
  fields.require(index > 0, 'a snapshot of nothing');
  if (typeof configuration !== 'string') {
    return { index, term, configuration, rev, bytes, checksum };
  }
  fields.require(false, configuration);
  return { index, term, configuration: votersOnly([]), rev, bytes, checksum };
}

/** Followers mostly get the same entries in the same turn, so the last run is kept. */
let lastEntries: readonly Entry[] = [];
let lastRun: Uint8Array = Buffer.alloc(0);

/** The records of a message's entries in one piece, or its chunk; null if it has none. */
export function runOf(m: Message): Uint8Array | null {
  if (m.kind === 'InstallSnapshot') return m.chunk.length > 0 ? m.chunk : null;
  if (m.kind !== 'AppendEntries' || m.entries.length === 0) return null;
  const { entries } = m;
  if (entries !== lastEntries) {
    const [first] = entries;
    lastRun =
      entries.length === 1 && first
        ? first.record
        : Buffer.concat(entries.map(({ record }) => record));
    lastEntries = entries;
  }
  return lastRun;
}

/**
 * Reads a message of the core. What could not be true of any server is refused: entries that do not
 * follow `prev`, terms that fall along a log, entries of terms to come.
 *
 * @param run a copy of what came besides the header, which the entries may keep.
 * @returns a sentence saying what is wrong, if anything is.
 */
export function takeMessage(
  kind: Message['kind'],
  fields: Fields,
  run: Buffer | undefined,
  limits: MailLimits,
): Message | string {
  if (kind === 'AppendEntries') return takeAppendEntries(fields, run, limits);
  if (kind === 'InstallSnapshot') return takeInstallSnapshot(fields, run);
  const message = takeSmall(kind, fields);
  if (fields.fault !== null) return fields.fault;
  return run ? 'a run of entries with a message that has none' : message;
}

type Small = Exclude<Message['kind'], 'AppendEntries' | 'InstallSnapshot'>;

function takeSmall(kind: Small, fields: Fields): Message {
  // a server that has never voted refuses a pre-vote in term 0
  const term = fields.term(kind === 'PreVoteReply' ? 0 : 1);
  switch (kind) {
    case 'PreVote':
      return { kind, term, last: fields.entryId('the last entry', term - 1) };
    case 'RequestVote': {
      const last = fields.entryId('the last entry', term - 1);
      const isTransfer = fields.boolean('the wish of the leader');
      return isTransfer ? { kind, term, last, isTransfer } : { kind, term, last };
    }
    case 'PreVoteReply':
    case 'RequestVoteReply':
      return { kind, term, granted: fields.boolean('the vote') };
    case 'AppendEntriesReply':
      return takeAppendEntriesReply(term, fields);
    case 'Heartbeat': {
      const commit = fields.entryId('the commit', term);
      return { kind, term, commit, round: fields.index('the round') };
    }
    case 'HeartbeatReply': {
      const round = fields.index('the round');
      return { kind, term, round, last: fields.entryId('the last entry', term) };
    }
    case 'InstallSnapshotReply': {
      const index = fields.index('the snapshot');
      const checksum = fields.uint('the checksum', 0, 0xffff_ffff);
      const offset = fields.index('the offset');
      const granted = fields.index('what is granted');
      const result = RESULTS[fields.uint('the result', 0, RESULTS.length - 1)] ?? 'continue';
      return { kind, term, index, checksum, offset, granted, result };
    }
    case 'TimeoutNow':
      return { kind, term };
    default:
      return unreachable(kind);
  }
}

function takeAppendEntriesReply(term: number, fields: Fields): AppendEntriesReply {
  const kind = 'AppendEntriesReply';
  if (fields.boolean('the result')) {
    return { kind, term, result: 'matched', index: fields.index('the matched index') };
  }
  const rejected = fields.index('the rejected index');
  return { kind, term, result: 'conflict', rejected, hint: fields.entryId('the hint', term) };
}

function takeAppendEntries(
  fields: Fields,
  run: Buffer | undefined,
  { recordBytes }: MailLimits,
): AppendEntries | string {
  const term = fields.term();
  const prev = fields.entryId('the entry before', term);
  const commit = fields.index('the commit');
  const count = fields.uint('the number of entries', 0, INDEX_MAX - prev.index);
  if (fields.fault !== null) return fields.fault;
  if ((count === 0) === (run !== undefined)) return `${count} entries, and ${run ? 'a' : 'no'} run`;
  const entries = run ? readRun(run, recordBytes) : NO_ENTRIES;
  if (typeof entries === 'string') return entries;
  if (entries.length !== count) return `${entries.length} entries in a run of ${count}`;
  const [first] = entries;
  if (first && (first.index !== prev.index + 1 || first.term < prev.term)) {
    return `entry ${first.index} of term ${first.term} does not follow ${prev.index} of ${prev.term}`;
  }
  const last = entries.at(-1);
  if (last && last.term > term) return `an entry of term ${last.term}, above the term ${term}`;
  if (first && first.term === 0) return 'an entry of term 0';
  return { kind: 'AppendEntries', term, prev, entries, commit };
}

const NO_ENTRIES: readonly Entry[] = [];

function takeInstallSnapshot(fields: Fields, run: Buffer | undefined): InstallSnapshot | string {
  const kind = 'InstallSnapshot';
  const term = fields.term();
  const snapshot = takeSnapshot(fields);
  const offset = fields.index('the offset');
  const length = fields.index('the length of the chunk');
  if (fields.fault !== null) return fields.fault;
  const chunk = run ?? NO_BYTES;
  if (chunk.length !== length) return `a chunk of ${chunk.length} bytes, where it says ${length}`;
  if (snapshot.term > term) return `a snapshot of term ${snapshot.term}, above the term ${term}`;
  if (offset + length > snapshot.bytes) return `a chunk beyond the ${snapshot.bytes} bytes`;
  return { kind, term, snapshot, offset, chunk };
}

const NO_BYTES = new Uint8Array(0);
