import { nearest } from '../kit/nearest.ts';
import { type Word, Words } from './words.ts';

/** What a line asks for. */
export type CommandLine =
  | {
      readonly kind: 'Request';
      readonly op: string;
      readonly args: Arguments;
      readonly id?: number;
    }
  /** Nothing but white space, or a comment (`# …`). */
  | { readonly kind: 'Blank' }
  | { readonly kind: 'Problem'; readonly message: string };

type Arguments = { readonly [name: string]: unknown };

/** One command that people type (INTERFACE §1): the table is parser, help and completion at once. */
export type LineCommand = {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly help: string;
  /** True if the first parameter is a key of the database. */
  readonly takesKey: boolean;
  readonly op: string;
  readonly args: (...given: readonly unknown[]) => Arguments;
};

type Parameter = { readonly name: string; readonly optional?: true; readonly read: Reader };
/** Reads an argument off the line. @returns a problem as text. */
type Reader = (words: Words, name: string) => { readonly value: unknown } | Missing | string;
type Missing = null;

const text: Reader = withWord(({ text: value }) => ({ value }));
const count: Reader = withWord(({ text: value }, name) => {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number)) return { value: number };
  return `${name} must be a whole number, found ${JSON.stringify(value)}`;
});
/** All that is left of the line. JSON where it is JSON, else the text itself. */
const value: Reader = (words) => {
  const rest = words.rest();
  return rest === null ? null : { value: jsonOrText(rest) };
};
const expectation: Reader = withWord((word) => ({ value: expectOf(word) }));

/** The command that is no request of the protocol: it goes on until it is told to stop. */
export const WATCH = 'watch';

const KEY: Parameter = { name: 'KEY', read: text };
const VALUE: Parameter = { name: 'VALUE', read: value };
const LEASE: Parameter = { name: 'LEASE', read: count };
const ID: Parameter = { name: 'ID', read: count };

export const LINE_COMMANDS: readonly LineCommand[] = [
  {
    ...{ name: 'put', op: 'put', takesKey: true, parameters: [KEY, VALUE] },
    help: 'write VALUE, which is JSON or else plain text, under KEY',
    args: (key, value) => ({ key, value }),
  },
  {
    ...{ name: 'get', op: 'get', takesKey: true, parameters: [KEY] },
    help: 'read KEY',
    args: (key) => ({ key }),
  },
  {
    ...{ name: 'delete', op: 'delete', takesKey: true, parameters: [KEY] },
    help: 'remove KEY',
    args: (key) => ({ key }),
  },
  {
    ...{ name: 'cas', op: 'cas', takesKey: true },
    parameters: [KEY, { name: 'EXPECT', read: expectation }, VALUE],
    help: 'write VALUE under KEY if it is as expected: absent, rev:N, or the value it must have',
    args: (key, expect, value) => ({ key, expect, value }),
  },
  {
    ...{ name: 'range', op: 'range', takesKey: true },
    parameters: [
      { name: 'FROM', read: text },
      { name: 'TO', read: text },
    ],
    help: 'list the keys from FROM on and before TO, in the order of their bytes',
    args: (from, to) => ({ from, to }),
  },
  {
    ...{ name: 'prefix', op: 'range', takesKey: true },
    parameters: [{ name: 'P', read: text }],
    help: 'list the keys that start with P',
    args: (prefix) => ({ prefix }),
  },
  {
    ...{ name: 'changes', op: 'changes', takesKey: false },
    parameters: [{ name: 'SINCE', read: count }],
    help: 'list what was written after the rev SINCE',
    args: (since) => ({ since }),
  },
  {
    ...{ name: 'watch', op: WATCH, takesKey: true },
    parameters: [
      { name: 'PREFIX', optional: true, read: text },
      { name: 'SINCE', optional: true, read: count },
    ],
    help: 'show changes of the keys that start with PREFIX, from now or the rev SINCE on',
    args: (prefix, since) => ({ prefix, since }),
  },
  {
    ...{ name: 'grant', op: 'lease.grant', takesKey: false },
    parameters: [{ name: 'TTL', read: count }],
    help: 'grant a lease that lives for TTL ms unless it is kept',
    args: (ttl) => ({ ttl }),
  },
  {
    ...{ name: 'lease', op: 'put', takesKey: false, parameters: [LEASE, KEY, VALUE] },
    help: 'write VALUE under KEY until the lease LEASE ends',
    args: (lease, key, value) => ({ key, value, lease }),
  },
  {
    ...{ name: 'keep', op: 'lease.keep', takesKey: false, parameters: [LEASE] },
    help: 'let a lease live for its ttl again',
    args: (lease) => ({ lease }),
  },
  {
    ...{ name: 'revoke', op: 'lease.revoke', takesKey: false, parameters: [LEASE] },
    help: 'end a lease now, and delete its keys',
    args: (lease) => ({ lease }),
  },
  {
    ...{ name: 'status', op: 'status', takesKey: false, parameters: [] },
    help: 'what a node, the leader if possible, says of itself',
    args: () => ({}),
  },
  {
    ...{ name: 'members', op: 'members', takesKey: false, parameters: [] },
    help: 'the nodes of the cluster',
    args: () => ({}),
  },
  {
    ...{ name: 'add', op: 'member.add', takesKey: false },
    parameters: [
      ID,
      { name: 'PEER', read: text },
      { name: 'CLIENT', read: text },
      { name: 'EVENTS', read: text },
    ],
    help: 'add the node ID, which listens on these three endpoints; it votes once it has caught up',
    args: (id, peer, client, events) => ({ node: { id, peer, client, events } }),
  },
  {
    ...{ name: 'promote', op: 'member.promote', takesKey: false, parameters: [ID] },
    help: 'let the learner ID vote',
    args: (id) => ({ node: id }),
  },
  {
    ...{ name: 'remove', op: 'member.remove', takesKey: false, parameters: [ID] },
    help: 'remove the node ID, which stops',
    args: (id) => ({ node: id }),
  },
  {
    ...{ name: 'transfer', op: 'transfer', takesKey: false },
    parameters: [{ ...ID, optional: true }],
    help: 'let another node lead: ID, or the one that is furthest along',
    args: (to) => (to === undefined ? {} : { to }),
  },
  {
    ...{ name: 'snapshot', op: 'snapshot', takesKey: false, parameters: [] },
    help: 'make a node take a snapshot of its database now',
    args: () => ({}),
  },
];

export function findCommand(name: string): LineCommand | null {
  return LINE_COMMANDS.find((command) => command.name === name) ?? null;
}

/** How a command is written: `cas KEY EXPECT VALUE`. */
export function usage({ name, parameters }: LineCommand): string {
  const words = parameters.map((parameter) =>
    parameter.optional ? `[${parameter.name}]` : parameter.name,
  );
  return [name, ...words].join(' ');
}

/** Reads one line: a command, or a raw request as JSON. Never throws. */
export function parseLine(line: string): CommandLine {
  const trimmed = line.trim();
  if (trimmed === '' || trimmed.startsWith('#')) return { kind: 'Blank' };
  if (trimmed.startsWith('{')) return parseRaw(trimmed);
  const words = new Words(trimmed);
  const first = words.next();
  if (first === null || typeof first === 'string') return problem(first ?? 'no command');
  const command = findCommand(first.text.toLowerCase());
  return command === null ? unknown(first.text) : readArguments(command, words);
}

function readArguments(command: LineCommand, words: Words): CommandLine {
  const given: unknown[] = [];
  const wrong = (what: string) => problem(`${command.name}: ${what}; usage: ${usage(command)}`);
  for (const { name, optional, read } of command.parameters) {
    const argument = read(words, name);
    if (typeof argument === 'string') return wrong(argument);
    if (argument === null && !optional) return wrong(`${name} is missing`);
    given.push(argument?.value);
  }
  if (!words.atEnd) {
    return wrong(`${JSON.stringify(words.rest())} is too much (quote what holds white space)`);
  }
  return { kind: 'Request', op: command.op, args: command.args(...given) };
}

const MEMBER_OPS = new Set(['member.promote', 'member.demote', 'member.remove']);

/** A request as it would be on the wire, with an id of its own if it likes. */
function parseRaw(line: string): CommandLine {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return problem(`a line that starts with { must be a request as JSON: ${reason}`);
  }
  const { op, id, ...others } = request as Record<string, unknown>;
  // the requests that are about a member may name it by their id, and get one of their own
  const isOfMember = typeof op === 'string' && MEMBER_OPS.has(op) && others['node'] === undefined;
  const args = isOfMember ? { node: id, ...others } : others;
  if (typeof op !== 'string') return problem('a request as JSON needs an "op", such as "get"');
  if (id === undefined) return { kind: 'Request', op, args };
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) {
    return problem('the "id" of a request must be a whole number');
  }
  return { kind: 'Request', op, args, id };
}

function unknown(word: string): CommandLine {
  const names = LINE_COMMANDS.map(({ name }) => name);
  const near = nearest(word, names);
  const hint = near === null ? `there are ${names.join(', ')}` : `did you mean ${near}?`;
  return problem(`${JSON.stringify(word)} is no command; ${hint}`);
}

function problem(message: string): CommandLine {
  return { kind: 'Problem', message };
}

function withWord(
  read: (word: Word, name: string) => { readonly value: unknown } | string,
): Reader {
  return (words, name) => {
    const word = words.next();
    return word === null || typeof word === 'string' ? word : read(word, name);
  };
}

function jsonOrText(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return written; // what is not JSON is meant as it is
  }
}

/**
 * What a key must be: `absent`, `rev:N`, one of the three expectations of the protocol as JSON, or
 * else the value itself. A value that looks like one of these is written as `{"value": …}`.
 */
function expectOf({ text: written, quoted }: Word): object {
  if (quoted) return { value: written };
  if (written === 'absent') return { absent: true };
  const rev = /^rev:(\d+)$/.exec(written)?.[1];
  if (rev !== undefined) return { rev: Number(rev) };
  const parsed = jsonOrText(written);
  return isExpectation(parsed) ? parsed : { value: parsed };
}

function isExpectation(parsed: unknown): parsed is object {
  if (typeof parsed !== 'object' || parsed === null || Object.keys(parsed).length !== 1)
    return false;
  if ('value' in parsed) return true;
  if ('rev' in parsed) return Number.isSafeInteger(parsed.rev);
  return 'absent' in parsed && parsed.absent === true;
}
