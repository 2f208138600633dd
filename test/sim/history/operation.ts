import { assert } from '../../../lib/kit/assert.ts';
import { InvariantViolation } from '../../../lib/kit/errors.ts';

/** What a history writes; unique for every write of a run, so that a value names its write. */
export type Value = number | string;

export type Expect =
  | { readonly value: Value }
  | { readonly rev: number }
  | { readonly absent: true };
export type Condition = { readonly key: string; readonly expect: Expect };

/** `linearizable` if left out. */
export type ReadOptions = {
  readonly read?: 'linearizable' | 'lease' | 'stale';
  readonly atLeast?: number;
};

type Bounds = {
  readonly from?: string;
  readonly to?: string;
  readonly prefix?: string;
  readonly limit?: number;
};

export type Put = {
  readonly op: 'put';
  readonly key: string;
  readonly value: Value;
  readonly lease?: number;
};
export type Delete = { readonly op: 'delete'; readonly key: string };
export type Cas = Condition & { readonly op: 'cas'; readonly value: Value };
export type Get = ReadOptions & { readonly op: 'get'; readonly key: string };
export type Range = ReadOptions & Bounds & { readonly op: 'range' };
export type Changes = ReadOptions & {
  readonly op: 'changes';
  readonly since: number;
  readonly prefix?: string;
  readonly limit?: number;
};
export type Step = Put | Delete | Cas | Get | Range;
export type Txn = {
  readonly op: 'txn';
  readonly if?: readonly Condition[];
  readonly then?: readonly Step[];
  readonly else?: readonly Step[];
};

export type Write = Put | Delete | Cas | Txn;
export type Read = Get | Range | Changes;
/** What a client asks of the key-value database: the arguments of a request (INTERFACE §3). */
export type Ask = Write | Read;

/** What begins, prolongs or ends the life of a session or a lease. */
export type TimedAsk =
  | { readonly op: 'session.open'; readonly ttl: number }
  | { readonly op: 'session.close'; readonly session: number }
  | { readonly op: 'lease.grant'; readonly ttl: number }
  | { readonly op: 'lease.keep'; readonly lease: number }
  | { readonly op: 'lease.revoke'; readonly lease: number };

/** Of a write: where it stands in a session, if it does. */
export type InSession = {
  readonly session?: number;
  readonly seq?: number;
  readonly acked?: number;
};
export type AnyAsk = (Ask | TimedAsk) & InSession;

/** Members of a reply by name, as `decodeReply` gives them; `ok` may be among them. */
export type Members = { readonly [member: string]: unknown };

/** How an operation ended for its client. A refusal with outcome `unknown` is `unknown` as well. */
export type Answer =
  | { readonly kind: 'ok'; readonly reply: Members }
  | { readonly kind: 'rejected'; readonly code: string }
  | { readonly kind: 'unknown' };

/**
 * One request of one client, from its call to its answer. `A` is what is asked: of the key-value
 * database, unless another state machine is under test.
 */
export type Operation<A = Ask> = {
  /** Unique in a run; the `id` of the request's frame, so an entry of the log names its operation. */
  readonly id: number;
  /** Has one operation at a time, and none after one whose outcome is unknown. */
  readonly client: number;
  readonly ask: A;
  /** Places in the order of all events of a run: whole numbers, rising, none given twice. */
  readonly calledAt: number;
  /** Null if no answer came. */
  readonly returnedAt: number | null;
  readonly answer: Answer;
  /** Who answered: one node in one of its lives. Its stale reads must not go back in time. */
  readonly servedBy?: string;
};

/**
 * An entry of the authoritative log of a run. `id` and `ask` are null for a noop, and for a clock
 * entry, which says how much time has passed.
 */
export type Committed<A = Ask> = {
  readonly clockMs?: number;
  readonly index: number;
  readonly id: number | null;
  readonly ask: A | null;
};

/** All that clients saw of a run, and what was committed in it, by index from 1. */
export type History<A = Ask> = {
  readonly operations: readonly Operation<A>[];
  readonly committed: readonly Committed<A>[];
};

/**
 * States that a history is one at all; what is wrong here is wrong in who wrote it down.
 *
 * @throws {InvariantViolation} if ids or places are not unique, an operation returns before it is
 *   called, or a client asks before it has an answer.
 */
export function assertWellFormed(operations: readonly Operation<unknown>[]): void {
  const ids = new Set<number>();
  const places = new Set<number>();
  const clients = new Map<number, Operation<unknown>>();
  let events = 0;
  for (const operation of [...operations].sort((a, b) => a.calledAt - b.calledAt)) {
    const { id, client, calledAt, returnedAt } = operation;
    ids.add(id);
    places.add(calledAt);
    if (returnedAt !== null) places.add(returnedAt);
    events += returnedAt === null ? 1 : 2;
    const wrong = wrongWith(operation, clients.get(client));
    if (wrong !== null) throw new InvariantViolation(`${tellOperation(operation)} ${wrong}`);
    clients.set(client, operation);
  }
  assert(ids.size === operations.length, 'two operations have one id');
  assert(places.size === events, 'two events have one place');
}

/** @param before what its client asked before. */
function wrongWith(
  { calledAt, returnedAt, answer }: Operation<unknown>,
  before: Operation<unknown> | undefined,
): string | null {
  if (returnedAt === null && answer.kind !== 'unknown') return 'has an answer without a place';
  if (returnedAt !== null && returnedAt < calledAt) return 'returns before it is called';
  if (!before) return null;
  if (before.answer.kind === 'unknown') return `follows ${before.id}, whose outcome is unknown`;
  return Number(before.returnedAt) < calledAt ? null : `is asked while ${before.id} is under way`;
}

/** An operation in a few words: who asked what. */
export function tellOperation({ id, client, ask }: Operation<unknown>): string {
  return `client ${client}'s ${tellAsk(ask)} (operation ${id})`;
}

/** What is asked, as a person would type it: the operation, then its arguments. */
export function tellAsk(ask: unknown): string {
  if (typeof ask !== 'object' || ask === null) return JSON.stringify(ask);
  const words = Object.entries(ask).map(([name, argument]) => {
    const text = typeof argument === 'string' ? argument : JSON.stringify(argument);
    return name === 'op' || name === 'key' ? text : `${name}=${text}`;
  });
  return words.join(' ');
}
