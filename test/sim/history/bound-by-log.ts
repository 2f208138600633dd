import type { History, Operation } from './operation.ts';

/**
 * What the committed log knows of writes whose outcome their clients do not know, as etcd's tests
 * ask it of the files of their servers: one that is not in the log never took effect, and one that
 * is took effect before anybody was answered about a later entry.
 *
 * @param mayBound whether a time may be set for an operation.
 * @returns by when each operation of unknown outcome has taken effect: infinity if that may be at
 *   any time, null if it never did.
 */
export function boundByLog<A>(
  { operations, committed }: History<A>,
  mayBound: (ask: A) => boolean,
): ReadonlyMap<number, number | null> {
  const byId = new Map(operations.map((operation) => [operation.id, operation]));
  const bounds = new Map<number, number | null>();
  for (const { id, answer } of operations) if (answer.kind === 'unknown') bounds.set(id, null);
  let answered = Number.POSITIVE_INFINITY;
  for (const { id } of committed.toReversed()) {
    const operation = byId.get(id ?? Number.NaN);
    if (!operation) continue;
    if (operation.answer.kind === 'unknown')
      bounds.set(operation.id, boundOf(operation, answered, mayBound));
    else answered = Math.min(answered, operation.returnedAt ?? answered);
  }
  return bounds;
}

function boundOf<A>(
  { ask, calledAt }: Operation<A>,
  answered: number,
  mayBound: (ask: A) => boolean,
): number {
  // in the log before it was called: the log is wrong, so it is no help
  const isPossible = calledAt < answered;
  return mayBound(ask) && isPossible ? answered : Number.POSITIVE_INFINITY;
}
