import type { Step } from '../../wire/command.ts';
import { answerRange, STEP_REPLY_BYTES } from './answer-read.ts';
import type { KeyValueState } from './key-value-state.ts';

/**
 * About how many bytes of values the results of one txn may hold together. A single step that reads
 * always fits.
 */
export const TXN_REPLY_BYTES = 1 << 20;

/**
 * True if carrying out `steps` could make a reply that is too large for those who must pass it on:
 * a request of 2 KB can ask 128 times for a value of 1 MiB. Looked at before anything is done, so
 * that such a txn has no effect; the same on every node.
 *
 * It is a bound: what the txn itself writes counts for every step that could read it.
 */
export function isReplyTooLarge(state: KeyValueState, steps: readonly Step[]): boolean {
  const readings = steps.filter(({ op }) => op === 'get' || op === 'cas' || op === 'range');
  if (readings.length < 2) return false;
  const written = new Map<string, number>();
  let writtenBytes = 0;
  for (const step of steps) {
    if (step.op !== 'put' && step.op !== 'cas') continue;
    const bytes = step.value.bytes.length;
    written.set(step.key.text, Math.max(bytes, written.get(step.key.text) ?? 0));
    writtenBytes += bytes;
  }
  let bytes = 0;
  for (const step of readings) {
    if (step.op === 'range') bytes += rangeBytes(state, step) + writtenBytes;
    else if (step.op === 'get' || step.op === 'cas') {
      const before = state.get(step.key)?.value.bytes.length ?? 0;
      bytes += Math.max(before, written.get(step.key.text) ?? 0);
    }
    if (bytes > TXN_REPLY_BYTES) return true;
  }
  return false;
}

function rangeBytes(state: KeyValueState, step: Extract<Step, { op: 'range' }>): number {
  const { entries } = answerRange(state, step, STEP_REPLY_BYTES);
  let bytes = 0;
  for (const { key, value } of entries) bytes += key.length + value.bytes.length;
  return bytes;
}
