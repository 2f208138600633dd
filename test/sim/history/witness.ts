import { isDeepStrictEqual } from 'node:util';
import {
  assertWellFormed,
  type Committed,
  type History,
  type Members,
  type Operation,
  tellAsk,
  tellOperation,
} from './operation.ts';
import { checkRealTime, type Place } from './real-time.ts';
import type { Replay } from './replay.ts';
import type { Rule, Violation } from './violation.ts';

/**
 * Checks a history against the order that the replies themselves claim: every write tells its place
 * in the log, every read the rev it saw, so nothing has to be searched for. Takes n log n time.
 *
 * If no rule is broken, the history is linearizable but for its stale reads, and
 *
 * - the log is whole, and all that is in it was asked, once each;
 * - what was acknowledged is in it, and what was rejected is not;
 * - carrying out the log gives every reply, member for member, and every read the state it claims,
 *   never one in the middle of a transaction;
 * - who asks after another was answered sees what that one saw. That holds for writes of unknown
 *   outcome too, and stale reads, which may see the past, never saw the future;
 * - a read is as fresh as it asked to be, and no node goes back in time.
 *
 * @param replay the state machine before its first entry; it is used up.
 * @throws {InvariantViolation} if the operations are no history (see `assertWellFormed`).
 * @see Herlihy and Wing, "Linearizability: a correctness condition for concurrent objects"
 */
export function checkWitness<A>(history: History<A>, replay: Replay<A>): readonly Violation[] {
  assertWellFormed(history.operations);
  const witness = new Witness(history.operations, replay);
  witness.replay(history.committed);
  const places = witness.places;
  return [...witness.violations, ...checkRealTime(history.operations, replay, places)];
}

/** An acknowledged read, and the rev it saw. */
type Seen<A> = { readonly operation: Operation<A>; readonly reply: Members; readonly at: number };

/** Carries out the log, and compares on the way. */
class Witness<A> {
  readonly violations: Violation[] = [];
  /** Where operations took effect, by id; those that did not, or broke a rule, have no place. */
  readonly places = new Map<number, Place>();
  readonly #operations: readonly Operation<A>[];
  readonly #byId: ReadonlyMap<number, Operation<A>>;
  readonly #replay: Replay<A>;
  /** By the rev they saw. Those before `#nextRead` were looked at. */
  readonly #reads: readonly Seen<A>[];
  #nextRead = 0;
  /** Between which entries the state is as it is now. Shared by all who see it. */
  #now = { first: 0, last: Number.POSITIVE_INFINITY };

  constructor(operations: readonly Operation<A>[], replay: Replay<A>) {
    this.#operations = operations;
    this.#byId = new Map(operations.map((operation) => [operation.id, operation]));
    this.#replay = replay;
    this.#reads = this.#claims();
  }

  replay(committed: readonly Committed<A>[]): void {
    let last = 0;
    this.#look(0);
    for (const entry of committed) {
      if (entry.index !== last + 1)
        this.#breaks('log', [], `entry ${entry.index} of the log follows entry ${last}`);
      last = entry.index;
      const { rev } = this.#replay;
      this.#apply(entry);
      if (this.#replay.rev === rev) continue;
      this.#now.last = last - 1;
      this.#look(last);
    }
    for (const { operation, at } of this.#reads.slice(this.#nextRead)) {
      this.#says('reply', operation, `saw rev ${at}; the log ends with rev ${this.#replay.rev}`);
    }
    for (const operation of this.#operations) {
      if (operation.answer.kind !== 'ok' || this.#replay.freshness(operation.ask)) continue;
      if (this.places.has(operation.id)) continue;
      const { index } = operation.answer.reply;
      this.#says('acknowledged', operation, `was told index ${index}; no entry holds it`);
    }
  }

  #claims(): readonly Seen<A>[] {
    const claims: Seen<A>[] = [];
    for (const operation of this.#operations) {
      const { ask, answer } = operation;
      if (answer.kind !== 'ok' || !this.#replay.freshness(ask)) continue;
      const at = answer.reply['at'];
      if (typeof at === 'number') claims.push({ operation, reply: answer.reply, at });
      else this.#says('reply', operation, 'was not told which rev it saw');
    }
    return claims.sort((a, b) => a.at - b.at);
  }

  #apply({ index, id, ask, clockMs }: Committed<A>): void {
    if (clockMs !== undefined) this.#replay.pass?.(clockMs);
    if (id === null || ask === null) return;
    const reply = this.#replay.apply(ask, index);
    const operation = this.#byId.get(id);
    if (!operation) {
      this.#breaks('log', [id], `entry ${index} is request ${id}, which nobody asked`);
      return;
    }
    if (ask !== operation.ask && !isDeepStrictEqual(ask, operation.ask))
      this.#says('log', operation, `is ${tellAsk(ask)} in entry ${index}`);
    const before = this.places.get(id);
    if (before) {
      if (this.#replay.mayRepeat?.(ask)) return;
      this.#says('once', operation, `is in the log twice, at ${before.first} and at ${index}`);
      return;
    }
    this.places.set(id, { first: index, last: index });
    const { answer } = operation;
    if (answer.kind === 'ok') {
      this.#compare(operation, answer.reply, reply, `entry ${index} gives`);
    } else if (answer.kind === 'rejected' && reply['code'] !== answer.code) {
      this.#says('rejected', operation, `was told ${answer.code}, and took effect at ${index}`);
    }
  }

  /** Compares all who saw the state that entry `index` left. */
  #look(index: number): void {
    this.#now = { first: index, last: Number.POSITIVE_INFINITY };
    const { rev } = this.#replay;
    for (; this.#nextRead < this.#reads.length; this.#nextRead += 1) {
      const { operation, reply, at } = this.#reads[this.#nextRead] as Seen<A>;
      if (at > rev) return;
      if (at < rev) {
        this.#says('reply', operation, `saw rev ${at}, a state in the middle of entry ${index}`);
        continue;
      }
      this.places.set(operation.id, this.#now);
      const truth = this.#replay.read(operation.ask);
      this.#compare(operation, reply, truth, `the state after entry ${index} has`);
    }
  }

  #compare(operation: Operation<A>, told: Members, truth: Members, source: string): void {
    const wrong: string[] = [];
    for (const name in { ...told, ...truth }) {
      if (name === 'ok' || told[name] === truth[name]) continue;
      if (!isDeepStrictEqual(told[name], truth[name])) wrong.push(name);
    }
    if (wrong.length === 0) return;
    this.#says(
      'reply',
      operation,
      `was told ${some(told, wrong)}; ${source} ${some(truth, wrong)}`,
    );
  }

  #says(rule: Rule, operation: Operation<A>, what: string): void {
    this.#breaks(rule, [operation.id], `${tellOperation(operation)} ${what}`);
  }

  #breaks(rule: Rule, operationIds: readonly number[], sentence: string): void {
    this.violations.push({ rule, operationIds, sentence });
  }
}

/** Some members, as a person reads them. */
function some(members: Members, names: readonly string[]): string {
  return names.map((name) => `${name} ${JSON.stringify(members[name]) ?? 'left out'}`).join(', ');
}
