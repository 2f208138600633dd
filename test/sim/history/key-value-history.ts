import { DatabaseModel } from './database-model.ts';
import { KEY_MODEL, kindOf } from './key-model.ts';
import { KeyValueModel } from './key-value-model.ts';
import { checkLinearizable, type Options, type Verdict } from './linearizable.ts';
import type { Ask, History, Operation } from './operation.ts';
import type { Violation } from './violation.ts';
import { checkWitness } from './witness.ts';

/** Checks a history of the key-value database by the order it claims (see `checkWitness`). */
export function checkKeyValueWitness(history: History): readonly Violation[] {
  return checkWitness(history, new KeyValueModel());
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
