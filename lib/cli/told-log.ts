import { type Entry, RECORD_HEADER_BYTES } from '../core/entry.ts';
import { membersOf } from '../store/doctor/check-snapshots.ts';
import type { ReadableLog } from '../store/doctor/read-log.ts';
import type { ReplayedBatch } from '../store/log/scan.ts';
import type { Paint } from './colours.ts';
import { toJson } from './json.ts';
import { requestIn, showCommand } from './show-command.ts';

/** A write-ahead log in words, and as members of JSON. */

/** What there is to say of a whole log. */
export type ToldLog = {
  readonly kind: 'log';
  readonly path: string;
  readonly cluster: string | null;
  readonly node: number | null;
  readonly incarnation: number | null;
  /** Pid of the node that runs and writes to it, maybe empty; null if none does. */
  readonly held_by: string | null;
  readonly segments: number;
  /** Of all segments, and how much of the last one is written. */
  readonly bytes: number;
  readonly end: number;
  readonly batches: number;
  /** How many of them say nothing new: marks, the first one, and those that end a segment. */
  readonly empty: number;
  readonly first: number;
  readonly last: number;
  readonly terms: number;
  readonly term: number;
  readonly vote: number | null;
  /** The last batch is a mark: all before it is known to be durable. */
  readonly marked: boolean;
  readonly snapshots: readonly ToldSnapshot[];
  readonly torn: { readonly bytes: number; readonly why: string } | null;
  readonly fault: string | null;
};

/** What a snapshot beside the log says about itself. */
export type ToldSnapshot = {
  readonly index: number;
  readonly term: number;
  readonly rev: number;
  readonly bytes: number;
  readonly received: boolean;
  readonly members: string;
};

export function tellSummary(path: string, log: ReadableLog): ToldLog {
  const { scan, owner, holder, torn, fault } = log;
  const { base, last, terms } = scan?.positions ?? NOTHING;
  const segments = scan?.segments ?? [];
  return {
    kind: 'log',
    path,
    cluster: owner?.cluster ?? null,
    node: owner?.node ?? null,
    incarnation: owner?.incarnation ?? null,
    held_by: holder,
    segments: segments.length,
    bytes: segments.reduce((sum, { bytes }) => sum + bytes, 0),
    end: scan?.end ?? 0,
    batches: scan?.sequence ?? 0,
    empty: scan?.empty ?? 0,
    first: base.index + 1,
    last: last.index,
    terms: terms.length,
    term: scan?.hard.term ?? 0,
    vote: scan?.hard.vote ?? null,
    marked: scan?.hasMark ?? false,
    snapshots: log.labels.map(tellSnapshot),
    torn,
    fault: fault?.message ?? null,
  };
}

function tellSnapshot({ snapshot, isReceived }: ReadableLog['labels'][number]): ToldSnapshot {
  const { index, term, rev, bytes, configuration } = snapshot;
  return { index, term, rev, bytes, received: isReceived, members: membersOf(configuration) };
}

function showSnapshot({ index, term, rev, bytes, received, members }: ToldSnapshot): string {
  const from = received ? 'received' : 'taken here';
  return `  snapshot  entry ${index} of term ${term}, rev ${rev}, ${bytes} bytes, ${from}; ${members}`;
}

const NOTHING = { base: { index: 0 }, last: { index: 0 }, terms: [] };

/** A log, for people. */
export function showSummary(told: ToldLog, paint: Paint): string {
  const { node, cluster, incarnation, segments, bytes, batches, empty, first, last } = told;
  const owner =
    node === null
      ? `${told.path}: whose log it is cannot be told, since no identity.json beside it can be read`
      : `${told.path}: log of node ${node} of cluster ${JSON.stringify(cluster)}, incarnation ${incarnation}`;
  const held = last < first ? 'none' : `${span(first, last)}, terms: ${told.terms}`;
  const mark = told.marked ? 'the last batch is a mark' : 'the last batch is covered by no mark';
  return [
    paint('bold', owner),
    ...(told.held_by === null
      ? []
      : [
          `  running   held by pid ${told.held_by || 'unknown'}: it may write on, and its very end is not judged`,
        ]),
    ...told.snapshots.map(showSnapshot),
    `  segments  ${segments}, ${bytes} bytes in all; the last one is written up to offset ${told.end}`,
    `  batches   ${batches}, of which ${empty} say nothing new; ${mark}`,
    `  entries   ${held}`,
    `  term      ${told.term}, ${told.vote === null ? 'no vote' : `vote for node ${told.vote}`}`,
    `  end       ${endOf(told)}`,
  ].join('\n');
}

function endOf({ torn, fault, held_by }: ToldLog): string {
  if (fault !== null) return 'it cannot be read any further';
  if (torn !== null) {
    return `torn: ${torn.bytes} bytes of an unfinished batch (${torn.why}), which a start drops`;
  }
  return held_by === null ? 'nothing follows' : 'in motion';
}

export type ToldBatch = {
  readonly kind: 'batch';
  readonly segment: number;
  readonly offset: number;
  readonly bytes: number;
  readonly sequence: number;
  readonly first: number;
  readonly entries: number;
  /** How many of them, from the first on, no later batch has replaced. */
  readonly kept: number;
  /** Last entry of those it replaces, which begin with its first; null if it replaces none. */
  readonly replaces: number | null;
  readonly term: number;
  readonly vote: number | null;
  /** Everything before this place was durable when it was written. */
  readonly durable: { readonly segment: number; readonly offset: number };
  readonly mark: boolean;
  /** The segment that the log goes on in after it, or null. */
  readonly next: number | null;
};

export function tellBatch({ header, isMark }: ReplayedBatch, kept: number): ToldBatch {
  const { place, bytes, sequence, first, count, before, hard, mark, next } = header;
  return {
    kind: 'batch',
    ...place,
    bytes,
    sequence,
    first,
    entries: count,
    kept,
    replaces: count > 0 && first <= before.index ? before.index : null,
    ...hard,
    durable: mark,
    mark: isMark,
    next: next === 0 ? null : next,
  };
}

export function showBatch(told: ToldBatch): string {
  const { segment, offset, bytes, sequence, term, vote, durable } = told;
  return [
    `${segment}@${offset}`.padEnd(14),
    `batch ${sequence}`.padEnd(12),
    `${bytes} bytes`,
    `term ${term} vote ${vote ?? 'none'}`,
    `mark ${durable.segment}@${durable.offset}`,
    contentOf(told),
  ].join('  ');
}

function contentOf(told: ToldBatch): string {
  const { sequence, first, entries, kept, replaces, mark, next } = told;
  if (sequence === 1) return 'the log begins';
  if (next !== null) return `goes on in segment ${next}`;
  if (entries === 0) return mark ? 'a mark' : 'term and vote';
  const last = first + entries - 1;
  return [
    `${last === first ? 'entry' : 'entries'} ${span(first, last)}`,
    ...(replaces === null ? [] : [`replaces ${span(first, replaces)}`]),
    ...(kept === entries ? [] : [`of which ${span(first + kept, last)} was replaced later`]),
  ].join(', ');
}

function span(first: number, last: number): string {
  return first === last ? `${first}` : `${first} to ${last}`;
}

/** An entry as a line of JSON; a command with all that it asks for. */
export function tellEntry(entry: Entry): string {
  const { index, term, kind, record } = entry;
  const asked = kind === 'command' ? requestIn(entry) : null;
  const bytes = record.length;
  const told = { kind: 'entry', index, term, type: kind, bytes };
  return toJson(
    typeof asked === 'string' ? { ...told, fault: asked } : { ...told, request: asked },
  );
}

export function showEntry(entry: Entry): string {
  const { index, term, kind, record } = entry;
  const bytes = record.length - RECORD_HEADER_BYTES;
  return `${`${index}/${term}`.padEnd(12)}  ${kind.padEnd(7)}  ${`${bytes} bytes`.padStart(11)}  ${showCommand(entry)}`;
}
