import { Arguments, type Expectation, type Key } from './arguments.ts';
import type { Refusal, Request, RequestLimits } from './client.ts';
import { refuse } from './client.ts';
import type { Raw } from './raw.ts';
import { readString, scanArray, scanMap } from './scan.ts';
import { shown } from './shown.ts';
import { type InSession, TIMED_PARSERS, type TimedCommand } from './timed-command.ts';

/**
 * The commands of the key-value database (INTERFACE §3), checked. One function reads them where a
 * leader looks at a request and where any node applies it, so it depends on nothing but the bytes.
 */
export type Command = Write | Read;
export type Write = Put | Delete | Cas | Txn | TimedCommand;
export type Read = Get | Range | Changes;

/** With a `lease`, the key goes when that ends; without one, it stays. */
export type Put = {
  readonly op: 'put';
  readonly key: Key;
  readonly value: Raw;
  readonly lease: number | null;
};
export type Delete = { readonly op: 'delete'; readonly key: Key };
export type Cas = Condition & { readonly op: 'cas'; readonly value: Raw };
export type Get = { readonly op: 'get'; readonly key: Key };

/** Keys from `from` to before `to` that start with `prefix`, in byte order; null is no bound. */
export type Range = {
  readonly op: 'range';
  readonly from: string | null;
  readonly to: string | null;
  readonly prefix: string | null;
  readonly limit: number;
};

/** Changes after the rev `since`, oldest first. */
export type Changes = {
  readonly op: 'changes';
  readonly since: number;
  readonly prefix: string | null;
  readonly limit: number;
};

/** The members `if`, `then` and `else`: steps are done in order, each seeing those before it. */
export type Txn = {
  readonly op: 'txn';
  readonly conditions: readonly Condition[];
  /** Done if all conditions hold. */
  readonly thenSteps: readonly Step[];
  /** Done if one does not. */
  readonly elseSteps: readonly Step[];
};
export type Step = Put | Delete | Cas | Get | Range;

export type Condition = { readonly key: Key; readonly expect: Expectation };
/** Entries or changes in one reply unless the client says otherwise, and at most. */
export const LIMIT_DEFAULT = 1_000;
export const LIMIT_MAX = 10_000;
/** The same for a range within a txn, which every node has to carry out. */
export const STEP_LIMIT_MAX = 100;
/** Conditions, and steps of either branch, in one txn. */
export const TXN_ITEMS_MAX = 128;

type Parser = (args: Arguments, within: InSession) => Command;

const PARSERS: ReadonlyMap<string, Parser> = new Map<string, Parser>([
  ['put', takePut],
  ['delete', takeDelete],
  ['cas', takeCas],
  ['txn', takeTxn],
  ['get', takeGet],
  ['range', takeRange],
  ['changes', takeChanges],
  ...TIMED_PARSERS,
]);

const READS: ReadonlySet<string> = new Set<Read['op']>(['get', 'range', 'changes']);

export function isWrite(command: Command): command is Write {
  return !READS.has(command.op);
}

/**
 * Reads a command of the database. Total: any arguments give a command or a refusal that names what
 * is wrong. Keys and values of the command are views of the request's frame.
 *
 * @param limits left out for what is in the log, so that applying does not depend on a setting.
 */
export function parseCommand(
  { op, args, session, seq }: Pick<Request, 'op' | 'args' | 'session' | 'seq'>,
  limits?: RequestLimits,
): Command | Refusal {
  const parser = PARSERS.get(op);
  if (!parser) return refuse('UNKNOWN_OP', `the database has no operation ${shown(op)}`);
  const taken = new Arguments(args, op, limits?.valueBytes ?? Number.POSITIVE_INFINITY);
  const command = parser(taken, { session, seq });
  const isBare = session !== null && seq === null && isWrite(command);
  // of the operations on sessions themselves, those that need a session have refused to go without
  if (isBare && !op.startsWith('session.')) {
    taken.refuse('a write within a session has a seq as well');
  }
  return taken.refusal ?? command;
}

function takePut(args: Arguments): Put {
  args.only('key', 'value', 'lease');
  const lease = args.optional('lease') ? args.uint('lease', 1, Number.MAX_SAFE_INTEGER) : null;
  return { op: 'put', key: args.key(), value: args.value(), lease };
}

function takeDelete(args: Arguments): Delete {
  args.only('key');
  return { op: 'delete', key: args.key() };
}

function takeCas(args: Arguments): Cas {
  args.only('key', 'expect', 'value');
  return { op: 'cas', key: args.key(), expect: args.expectation(), value: args.value() };
}

function takeGet(args: Arguments): Get {
  args.only('key', 'read', 'atLeast');
  args.readOptions();
  return { op: 'get', key: args.key() };
}

function takeRange(args: Arguments): Range {
  args.only('from', 'to', 'prefix', 'limit', 'read', 'atLeast');
  args.readOptions();
  return range(args, LIMIT_DEFAULT, LIMIT_MAX);
}

function range(args: Arguments, limitDefault: number, limitMax: number): Range {
  return {
    op: 'range',
    from: args.bound('from'),
    to: args.bound('to'),
    prefix: args.bound('prefix'),
    limit: args.uint('limit', 1, limitMax, limitDefault),
  };
}

function takeChanges(args: Arguments): Changes {
  args.only('since', 'prefix', 'limit', 'read', 'atLeast');
  args.readOptions();
  return {
    op: 'changes',
    since: args.uint('since', 0, Number.MAX_SAFE_INTEGER),
    prefix: args.bound('prefix'),
    limit: args.uint('limit', 1, LIMIT_MAX, LIMIT_DEFAULT),
  };
}

function takeTxn(args: Arguments): Txn {
  args.only('if', 'then', 'else');
  return {
    op: 'txn',
    conditions: takeList(args, 'if', takeCondition),
    thenSteps: takeList(args, 'then', takeStep),
    elseSteps: takeList(args, 'else', takeStep),
  };
}

/** A list of maps; left out, it is empty. */
function takeList<T>(
  txn: Arguments,
  name: string,
  take: (item: Arguments, members: Map<string, Raw>) => T,
): readonly T[] {
  const raw = txn.optional(name);
  if (!raw) return [];
  const items = scanArray(raw, TXN_ITEMS_MAX);
  if (typeof items === 'string') {
    txn.refuse(`${name} must be a list of at most ${TXN_ITEMS_MAX} maps (${items})`);
    return [];
  }
  const taken: T[] = [];
  for (let i = 0; i < items.length && txn.refusal === null; i++) {
    const members = scanMap((items[i] as Raw).bytes);
    if (typeof members === 'string') txn.refuse(`${name}[${i}] must be a map: ${members}`);
    else taken.push(txn.within(members, `${name}[${i}]`, (item) => take(item, members)));
  }
  return taken;
}

function takeCondition(item: Arguments): Condition {
  item.only('key', 'expect');
  return { key: item.key(), expect: item.expectation() };
}

const STEPS: ReadonlyMap<string, (step: Arguments) => Step> = new Map<
  string,
  (step: Arguments) => Step
>([
  ['put', takePut],
  ['delete', takeDelete],
  ['cas', takeCas],
  ['get', takeStepGet],
  ['range', takeStepRange],
]);

/** Every other member is an argument of the step. */
function takeStep(item: Arguments, members: Map<string, Raw>): Step {
  const raw = members.get('op');
  members.delete('op');
  const op = raw ? readString(raw) : null;
  const take = op === null ? undefined : STEPS.get(op);
  if (!take) {
    const found = op === null ? '' : `, not ${shown(op)}`;
    item.refuse(`op must be one of ${[...STEPS.keys()].join(', ')}${found}`);
  }
  return (take ?? takeDelete)(item);
}

function takeStepGet(step: Arguments): Get {
  step.only('key');
  return { op: 'get', key: step.key() };
}

function takeStepRange(step: Arguments): Range {
  step.only('from', 'to', 'prefix', 'limit');
  return range(step, STEP_LIMIT_MAX, STEP_LIMIT_MAX);
}
