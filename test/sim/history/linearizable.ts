import { boundByLog } from './bound-by-log.ts';
import type { Interval } from './event-list.ts';
import type { Model } from './model.ts';
import { type Exchange, ModelSteps } from './model-steps.ts';
import type { Committed, Members, Operation } from './operation.ts';
import { search } from './search.ts';

export type Verdict<A> = {
  readonly result: 'linearizable' | 'violated' | 'undecided';
  /** Which part of the history the rest is of; null if it is one part, or linearizable. */
  readonly partition: string | null;
  /** The operations of the part, but for those that say nothing. */
  readonly part: readonly Operation<A>[];
  /** The longest order that was found for the operations of the part. */
  readonly longest: readonly Operation<A>[];
  /** The operation that had to be next and fits nowhere; null unless the result is `violated`. */
  readonly stuck: Operation<A> | null;
  /** How many steps it took. */
  readonly steps: number;
};

export type Options<A> = {
  /** The log of the run, to bound writes of unknown outcome (see `boundByLog`); not used if left out. */
  readonly committed?: readonly Committed<A>[];
  /** After about so many steps in one part the result is `undecided`: 2 million if left out. */
  readonly stepsMax?: number;
};

const STEPS_MAX = 2_000_000;

/**
 * Whether a history is linearizable: whether all that was acknowledged can be put into one order
 * that keeps to real time and that the model can have gone through. Looks at what was asked and
 * replied only, so it knows nothing of what a run was told about its own order (`checkWitness` does).
 *
 * A write of unknown outcome may take effect at any time after its call, or never. What was rejected
 * has no effect, a read without an answer no meaning: both are left out.
 *
 * Deciding takes exponential time in the number of operations that overlap, those of unknown outcome
 * above all. `undecided` is no success: make the history smaller.
 *
 * @returns what was found in the first part that is violated, else in the first that is undecided.
 * @see Horn and Kroening, "Faster linearizability checking via P-compositionality"
 */
export function checkLinearizable<State, A>(
  operations: readonly Operation<A>[],
  model: Model<State, A, Members>,
  { committed, stepsMax = STEPS_MAX }: Options<A> = {},
): Verdict<A> {
  const bounds = committed
    ? boundByLog({ operations, committed }, (ask) => model.isCertain(ask))
    : new Map<number, number | null>();
  const calls = operations.flatMap((operation) => callOf(operation, model, bounds));
  let verdict: Verdict<A> = {
    result: 'linearizable',
    partition: null,
    part: [],
    longest: [],
    stuck: null,
    steps: 0,
  };
  for (const [partition, part] of split(calls, model)) {
    const found = checkPart(part, partition, model, stepsMax);
    const steps = verdict.steps + found.steps;
    if (found.result === 'violated') return { ...found, steps };
    const isFirst = found.result === 'undecided' && verdict.result === 'linearizable';
    verdict = { ...(isFirst ? found : verdict), steps };
  }
  return verdict;
}

type Call<A> = Interval & Exchange<A, Members> & { readonly operation: Operation<A> };

/** None for what is left out. */
function callOf<State, A>(
  operation: Operation<A>,
  model: Model<State, A, Members>,
  bounds: ReadonlyMap<number, number | null>,
): readonly Call<A>[] {
  const { id, ask, calledAt, returnedAt, answer } = operation;
  const kind = model.kind(ask);
  if (kind === null || answer.kind === 'rejected') return [];
  if (answer.kind === 'ok') return [{ operation, ask, reply: answer.reply, calledAt, returnedAt }];
  const bound = bounds.has(id) ? bounds.get(id) : Number.POSITIVE_INFINITY;
  if (kind === 'read' || bound === null) return [];
  const by = bound === Number.POSITIVE_INFINITY ? null : (bound ?? null);
  return [{ operation, ask, reply: null, calledAt, returnedAt: by }];
}

/** The calls of each part, or all of them as one if one call has to do with several. */
function split<State, A>(
  calls: readonly Call<A>[],
  model: Model<State, A, Members>,
): ReadonlyMap<string | null, readonly Call<A>[]> {
  const parts = new Map<string, Call<A>[]>();
  for (const call of calls) {
    const partition = model.partition(call.ask);
    if (partition === null) return new Map([[null, calls]]);
    const part = parts.get(partition);
    if (part) part.push(call);
    else parts.set(partition, [call]);
  }
  return parts;
}

function checkPart<State, A>(
  part: readonly Call<A>[],
  partition: string | null,
  model: Model<State, A, Members>,
  stepsMax: number,
): Verdict<A> {
  const musts = part.filter(({ returnedAt }) => returnedAt !== null);
  const calls = [...musts, ...part.filter(({ returnedAt }) => returnedAt === null)];
  const steps = new ModelSteps(model, calls);
  const { result, order, stuck } = search(calls, musts.length, steps, stepsMax);
  const operationOf = (call: number): Operation<A> => (calls[call] as Call<A>).operation;
  return {
    result,
    partition,
    part: part.map(({ operation }) => operation),
    longest: order.map(operationOf),
    stuck: result === 'violated' && stuck !== null ? operationOf(stuck) : null,
    steps: steps.asked,
  };
}
