import { type Operation, tellOperation } from './operation.ts';
import type { Freshness, Replay } from './replay.ts';
import type { Rule, Violation } from './violation.ts';

/**
 * Where an operation took effect: a write at its entry of the log (`first` and `last` are its
 * index), a read anywhere after entry `first` and before the one that follows `last`.
 */
export type Place = { readonly first: number; readonly last: number };

/** What an answer has shown to be in the log already. */
type Shown = { readonly index: number; readonly by: Operation<unknown> };

/**
 * Checks that places in the log keep to real time: an operation takes effect after all that was
 * shown, by any answer, before it was asked. One pass over the events, in their order.
 *
 * With places in these bounds an order of all operations exists that keeps to real time: each read
 * stands as early as what it saw, and what was shown before its call, let it.
 *
 * @param places by id; operations without one are left out.
 */
export function checkRealTime<A>(
  operations: readonly Operation<A>[],
  replay: Replay<A>,
  places: ReadonlyMap<number, Place>,
): readonly Violation[] {
  const calls = [...operations].sort((a, b) => a.calledAt - b.calledAt);
  const returns = operations
    .filter(({ answer }) => answer.kind === 'ok')
    .sort((a, b) => Number(a.returnedAt) - Number(b.returnedAt));
  const order = new RealTime<A>();
  let next = 0;
  for (const operation of calls) {
    for (let past = returns[next]; past && isBefore(past, operation); past = returns[++next]) {
      const place = places.get(past.id);
      if (place) order.show(past, place);
    }
    const place = places.get(operation.id);
    if (!place) continue;
    const freshness = replay.freshness(operation.ask);
    if (!freshness) order.checkWrite(operation, place);
    else order.checkRead(operation, place, freshness);
  }
  return order.violations;
}

function isBefore({ returnedAt }: Operation<unknown>, { calledAt }: Operation<unknown>): boolean {
  return returnedAt !== null && returnedAt < calledAt;
}

/** What was shown so far, and who goes against it. */
class RealTime<A> {
  readonly violations: Violation[] = [];
  #highest: Shown | null = null;
  readonly #highestOf = new Map<string, Shown>();

  show(by: Operation<A>, { first: index }: Place): void {
    const shown = { index, by };
    this.#highest = higher(this.#highest, shown);
    const { servedBy } = by;
    if (servedBy === undefined) return;
    this.#highestOf.set(servedBy, higher(this.#highestOf.get(servedBy) ?? null, shown));
  }

  checkWrite(write: Operation<A>, { first: index }: Place): void {
    if (this.#highest && index <= this.#highest.index)
      this.#breaks('real time', write, `took effect at ${index}`, this.#highest);
  }

  checkRead(read: Operation<A>, { last }: Place, { isStale, atLeast }: Freshness): void {
    const at = read.answer.kind === 'ok' ? Number(read.answer.reply['at']) : 0;
    const saw = `saw rev ${at}`;
    if (at < atLeast) this.#breaks('fresh', read, `${saw}; it asked for ${atLeast} at least`);
    if (!isStale && this.#highest && last < this.#highest.index)
      this.#breaks('real time', read, `${saw}, which ends with entry ${last}`, this.#highest);
    const shown = this.#highestOf.get(read.servedBy ?? '');
    if (shown && last < shown.index)
      this.#breaks('monotone', read, `${saw} at ${read.servedBy}`, shown);
  }

  #breaks(rule: Rule, operation: Operation<A>, what: string, shown?: Shown): void {
    const { id } = operation;
    const operationIds = shown ? [id, shown.by.id] : [id];
    const before = shown
      ? `; before it was asked, ${tellOperation(shown.by)} had shown entry ${shown.index}`
      : '';
    const sentence = `${tellOperation(operation)} ${what}${before}`;
    this.violations.push({ rule, operationIds, sentence });
  }
}

function higher(a: Shown | null, b: Shown): Shown {
  return a && a.index >= b.index ? a : b;
}
