import type { Input, Proposal, Received, Turn } from '../../core/input.ts';
import type { AppendEntries, InstallSnapshot, Message } from '../../core/message.ts';
import type { NodeId } from '../../core/types.ts';
import { unreachable } from '../../kit/assert.ts';
import { Fields, INDEX_MAX, NODE_MAX } from '../../wire/fields.ts';
import { fieldsOf, fieldsOfSnapshot, takeMessage, takeSnapshot } from '../../wire/message.ts';
import { OPCODES } from '../../wire/peer.ts';
import { encodeChanges, readChanges } from './change-code.ts';
import { blank, putEntries, takeEntries } from './entry-runs.ts';

/**
 * A turn in a recording: its moment, then each input as a list that begins with its code. Messages
 * have the fields that they have on the wire, with the entries as in entry-runs.ts. Of commands only
 * the length is kept: a recording shows what a node decided, not what its clients stored.
 */
const CODES = {
  Tick: 0,
  Received: 1,
  Proposed: 2,
  Asked: 3,
  Stored: 4,
  Loaded: 5,
  Unreachable: 6,
  TransferAsked: 7,
  Reconfigured: 8,
  Snapshotted: 9,
  Fetched: 10,
  Delivered: 11,
  Elapsed: 12,
} as const satisfies Record<Input['kind'], number>;

const KINDS = Object.keys(CODES) as readonly Input['kind'][];

type Mail = Message['kind'];

const MAIL: ReadonlyMap<number, Mail> = new Map(
  Object.entries(OPCODES)
    .filter(([, opcode]) => opcode < OPCODES.Forward)
    .map(([kind, opcode]) => [opcode, kind as Mail]),
);
const OPCODE_MAX = Math.max(...MAIL.keys());
const TOKEN_MAX = Number.MAX_SAFE_INTEGER;
/** Messages come without bytes here. */
const NO_RUN = { recordBytes: 0 };

export function itemsOfTurn({ now, inputs }: Turn): readonly unknown[] {
  const items: unknown[] = [now];
  for (const input of inputs) items.push(fieldsOfInput(input));
  return items;
}

function fieldsOfInput(input: Input): readonly unknown[] {
  const fields: unknown[] = [CODES[input.kind]];
  switch (input.kind) {
    case 'Tick':
    case 'Elapsed':
      break;
    case 'Received':
      putReceived(fields, input);
      break;
    case 'Proposed':
      putRising(fields, input.proposals, ({ token }) => token);
      for (const proposal of input.proposals) fields.push(lengthOf(proposal));
      break;
    case 'Asked':
      fields.push(input.byLease === true);
      putRising(fields, input.tokens, (token) => token);
      break;
    case 'TransferAsked':
      fields.push(input.token, input.to ?? 0);
      break;
    case 'Stored':
      fields.push(input.term, input.last, input.epoch);
      break;
    case 'Loaded':
      fields.push(input.to);
      putEntries(fields, input.entries[0]?.index ?? 0, input.entries);
      break;
    case 'Unreachable':
      fields.push(input.peer);
      break;
    case 'Snapshotted':
    case 'Fetched':
      fields.push(...fieldsOfSnapshot(input.snapshot));
      break;
    case 'Delivered':
      fields.push(input.to, input.term, input.index, input.ok);
      break;
    case 'Reconfigured':
      fields.push(input.token, encodeChanges(input.changes));
      break;
    default:
      unreachable(input);
  }
  return fields;
}

/** @returns the turn, or a sentence saying why `value`, some msgpack, is none. */
export function takeTurn(value: unknown): Turn | string {
  if (!Array.isArray(value)) return 'a turn that is not a list';
  const [now, ...items] = value as unknown[];
  if (typeof now !== 'number' || !Number.isFinite(now)) return 'a turn without a moment';
  const inputs: Input[] = [];
  for (const item of items) {
    if (!Array.isArray(item)) return 'an input that is not a list';
    const fields = new Fields(item, 0);
    const input = takeInput(fields);
    if (typeof input === 'string') return input;
    if (fields.fault !== null) return `${input.kind}: ${fields.fault}`;
    inputs.push(input);
  }
  return { now, inputs };
}

function takeInput(fields: Fields): Input | string {
  const kind = KINDS[fields.uint('the kind of input', 0, KINDS.length - 1)] ?? 'Tick';
  switch (kind) {
    case 'Tick':
    case 'Elapsed':
      return { kind };
    case 'Received':
      return takeReceived(fields);
    case 'Proposed': {
      const tokens = takeRising(fields);
      const proposals = tokens.map((token) => takeProposal(fields, token));
      return { kind, proposals };
    }
    case 'Asked': {
      const byLease = fields.boolean('the lease');
      const tokens = takeRising(fields);
      return byLease ? { kind, byLease, tokens } : { kind, tokens };
    }
    case 'TransferAsked': {
      const token = fields.uint('the token', 0, TOKEN_MAX);
      return { kind, token, to: fields.uint('the target', 0, NODE_MAX) || null };
    }
    case 'Stored': {
      const term = fields.term(0);
      return { kind, term, last: fields.index('the last'), epoch: fields.index('the epoch') };
    }
    case 'Loaded':
      return { kind, to: fields.node('whom it is for'), entries: takeEntries(fields) };
    case 'Unreachable':
      return { kind, peer: fields.node('the peer') };
    case 'Snapshotted':
    case 'Fetched':
      return { kind, snapshot: takeSnapshot(fields) };
    case 'Delivered': {
      const to = fields.node('whom it was for');
      const term = fields.term();
      const index = fields.index('the snapshot');
      return { kind, to, term, index, ok: fields.boolean('whether it arrived') };
    }
    case 'Reconfigured': {
      const token = fields.uint('the token', 0, TOKEN_MAX);
      const changes = readChanges(fields.bytes('the changes'));
      return changes === null ? `${kind}: changes that are none` : { kind, token, changes };
    }
    default:
      return unreachable(kind);
  }
}

/** Larger than any request that a configuration allows. */
const PAYLOAD_MAX = 1 << 28;

/** The bytes of the payload, doubled, and one more if it is timed. */
function lengthOf({ payload, timed }: Proposal): number {
  return payload.length * 2 + (timed ? 1 : 0);
}

function takeProposal(fields: Fields, token: number): Proposal {
  const length = fields.uint('the payload', 0, PAYLOAD_MAX);
  const payload = blank(length >>> 1);
  return length % 2 === 0 ? { token, payload } : { token, payload, timed: true };
}

function putReceived(fields: unknown[], { from, message }: Received): void {
  fields.push(from, OPCODES[message.kind]);
  for (const field of fieldsOf(message)) fields.push(field);
  if (message.kind === 'AppendEntries') {
    putEntries(fields, message.prev.index + 1, message.entries);
  }
}

function takeReceived(fields: Fields): Input | string {
  const from = fields.node('the sender');
  const kind = MAIL.get(fields.uint('the message', 1, OPCODE_MAX));
  if (kind === undefined) return 'a message of an unknown kind';
  if (kind === 'InstallSnapshot') return received(from, takeInstallSnapshot(fields));
  const message =
    kind === 'AppendEntries'
      ? takeAppendEntries(fields)
      : takeMessage(kind, fields, undefined, NO_RUN);
  return typeof message === 'string' ? `${kind}: ${message}` : received(from, message);
}

function received(from: NodeId, message: Message): Input {
  return { kind: 'Received', from, message };
}

function takeAppendEntries(fields: Fields): AppendEntries {
  const term = fields.term();
  const prev = fields.entryId('the entry before', term);
  const commit = fields.index('the commit');
  const count = fields.uint('the number of entries', 0, INDEX_MAX - prev.index);
  const entries = takeEntries(fields);
  fields.require(entries.length === count, `${entries.length} entries where ${count} were sent`);
  entries.forEach((entry, i) => {
    const before = entries[i - 1] ?? prev;
    const follows = entry.index === before.index + 1 && entry.term >= before.term;
    fields.require(follows && entry.term <= term, 'entries that do not follow each other');
  });
  return { kind: 'AppendEntries', term, prev, entries, commit };
}

/** Of a chunk the length is kept. */
function takeInstallSnapshot(fields: Fields): InstallSnapshot {
  const term = fields.term();
  const snapshot = takeSnapshot(fields);
  const offset = fields.index('the offset');
  const chunk = blank(fields.uint('the length of the chunk', 0, PAYLOAD_MAX));
  return { kind: 'InstallSnapshot', term, snapshot, offset, chunk };
}

/** Tokens count up, mostly by one: each is written as what it is more than the one before. */
function putRising<T>(fields: unknown[], items: readonly T[], tokenOf: (item: T) => number): void {
  fields.push(items.length);
  let before = 0;
  for (const item of items) {
    const token = tokenOf(item);
    fields.push(token - before);
    before = token;
  }
}

function takeRising(fields: Fields): number[] {
  const tokens: number[] = [];
  let token = 0;
  for (let left = fields.count('the tokens', 1); left > 0; left -= 1) {
    token += fields.uint('a token', -TOKEN_MAX, TOKEN_MAX);
    fields.require(Number.isSafeInteger(token), 'a token that is no integer');
    tokens.push(token);
  }
  return tokens;
}
