import { unreachable } from '../../kit/assert.ts';
import { type Refusal, refuse } from '../../wire/client.ts';
import type { Cas, Condition, Delete, Put, Step, Txn } from '../../wire/command.ts';
import { sameValue } from '../../wire/same-value.ts';
import { answerGet, answerRange, type Members, STEP_REPLY_BYTES } from './answer-read.ts';
import type { KeyValueState } from './key-value-state.ts';
import type { KeyValue } from './key-values.ts';
import { leaseObjection } from './lease-objection.ts';
import { isReplyTooLarge, TXN_REPLY_BYTES } from './txn-size.ts';

/**
 * Does a write. Depends on nothing but the command and the state, so that every node does the same;
 * a condition that does not hold is a result and no failure.
 *
 * @returns what a client is told (INTERFACE §3), but for the index; or a refusal, and then nothing
 *   was done.
 */
export function doWrite(state: KeyValueState, command: OneKey | Txn): Members | Refusal {
  if (command.op === 'txn') return txn(state, command);
  return leaseObjection(state, [command]) ?? doOneKey(state, command);
}

type OneKey = Put | Delete | Cas;

function doOneKey(state: KeyValueState, command: OneKey): Members {
  switch (command.op) {
    case 'put':
      state.put(command.key, command.value, command.lease);
      return { rev: state.rev };
    case 'delete': {
      const deleted = state.delete(command.key);
      return { deleted, rev: state.rev };
    }
    case 'cas':
      return cas(state, command);
    default:
      return unreachable(command);
  }
}

function cas(state: KeyValueState, { key, expect, value }: Cas): Members {
  const found = state.get(key);
  if (!holds(found, expect)) return { swapped: false, current: found?.value, rev: state.rev };
  state.put(key, value, null);
  return { swapped: true, rev: state.rev };
}

/** All conditions are compared with the state before; the steps see those before them. */
function txn(state: KeyValueState, command: Txn): Members | Refusal {
  const succeeded = command.conditions.every(({ key, expect }) => holds(state.get(key), expect));
  const steps = succeeded ? command.thenSteps : command.elseSteps;
  if (isReplyTooLarge(state, steps)) {
    const message = `the results of this txn could hold more than ${TXN_REPLY_BYTES} bytes: read less in one txn`;
    return refuse('TOO_LARGE', message);
  }
  const objection = leaseObjection(state, steps);
  if (objection) return objection;
  const results = steps.map((step) => doStep(state, step));
  return { succeeded, results, rev: state.rev };
}

function doStep(state: KeyValueState, step: Step): Members {
  if (step.op === 'get') return answerGet(state, step);
  if (step.op === 'range') return answerRange(state, step, STEP_REPLY_BYTES);
  return doOneKey(state, step);
}

function holds(found: KeyValue | null, expect: Condition['expect']): boolean {
  switch (expect.kind) {
    case 'absent':
      return found === null;
    case 'rev':
      return found?.rev === expect.rev;
    case 'value':
      return found !== null && sameValue(found.value, expect.value);
    default:
      return unreachable(expect);
  }
}
