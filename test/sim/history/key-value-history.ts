import { DatabaseModel } from './database-model.ts';
import { KEY_MODEL, kindOf } from './key-model.ts';
import { checkLinearizable, type Options, type Verdict } from './linearizable.ts';
import { isTimed, MortalModel } from './mortal-model.ts';
import type { AnyAsk, Ask, History, Operation } from './operation.ts';
import type { Violation } from './violation.ts';
import { checkWitness } from './witness.ts';

/** Checks a history of the key-value database by the order it claims (see `checkWitness`). */
export function checkKeyValueWitness(history: History<AnyAsk>): readonly Violation[] {
  return checkWitness(history, new MortalModel());
}

/**
 * What a search for an order can be made of: what clients asked of the keys, each request at the
 * place in the log where it took effect, as if there were no sessions. A copy of it, and what came
 * when its session had ended, has none. Null if keys went on their own, which no request explains, or
 * if requests share their place in a session, and so their effect.
 */
export function withoutSessions({ operations, committed }: History<AnyAsk>): History | null {
  if (operations.some(({ ask }) => ask.op.startsWith('lease.'))) return null;
  const places = operations.flatMap(({ ask: { session, seq } }) =>
    seq ? [`${session}/${seq}`] : [],
  );
  if (new Set(places).size < places.length) return null;
  const seen = new Set<number>();
  const replay = new MortalModel();
  return {
    operations: operations.flatMap((operation) => {
      const { ask } = operation;
      return isTimed(ask) ? [] : [{ ...operation, ask }];
    }),
    committed: committed.map(({ index, id, ask, clockMs }) => {
      if (clockMs !== undefined) replay.pass(clockMs);
      const nothing = { index, id: null, ask: null };
      if (id === null || ask === null) return nothing;
      const isDone = replay.apply(ask, index)['ok'] !== false;
      if (!isDone || isTimed(ask) || seen.has(id)) return nothing;
      seen.add(id);
      return { index, id, ask };
    }),
  };
}

/**
 * Searches a history of the key-value database for an order (see `checkLinearizable`): key by key if
 * no operation has to do with several, else as a whole.
 */
export function checkKeyValueLinearizable(
  operations: readonly Operation[],
  options?: Options<Ask>,
): Verdict<Ask> {
  const isByKey = operations.every(({ ask }) => 'key' in ask || kindOf(ask) === null);
  return isByKey
    ? checkLinearizable(operations, KEY_MODEL, options)
    : checkLinearizable(operations, new DatabaseModel(), options);
}
