import {
  checkKeyValueLinearizable,
  checkKeyValueWitness,
} from '../../sim/history/key-value-history.ts';
import type { Ask, History } from '../../sim/history/operation.ts';
import { tellHistory } from '../../sim/history/tell-history.ts';
import { keyValues } from '../../sim/key-values.ts';
import type { Subject } from '../../sim/subject.ts';

/** What clients of the key-value database may find wrong besides; null if nothing is. */
export type Claim = (history: History) => string | null;

/**
 * The key-value database, asked in a way of its own. The whole history is always searched for an
 * order, and has to be decided.
 */
export function searched(asking: Subject<Ask>['asking'], claim: Claim = () => null): Subject<Ask> {
  const { openMachine, digest } = keyValues;
  return {
    openMachine,
    digest,
    asking,
    checkHistory: (history) => wrongIn(history) ?? claim(history),
  };
}

function wrongIn(history: History): string | null {
  const [violation] = checkKeyValueWitness(history);
  if (violation) return `${violation.rule}: ${violation.sentence}`;
  const { operations, committed } = history;
  const verdict = checkKeyValueLinearizable(operations, { committed });
  return verdict.result === 'linearizable' ? null : tellHistory(verdict).join('\n');
}
