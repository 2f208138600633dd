import { unreachable } from '../../kit/assert.ts';
import { type Refusal, type Reply, refuse } from '../../wire/client.ts';
import type { Changes, Get, Range, Read } from '../../wire/command.ts';
import { Raw } from '../../wire/raw.ts';
import { keyRange } from './key-range.ts';
import type { KeyValueState } from './key-value-state.ts';
import type { KeyValue } from './key-values.ts';

/** Members of a reply. */
export type Members = { readonly [member: string]: unknown };

/**
 * About how many bytes of keys and values one reply holds; the one that reaches it is the last. A
 * client goes on after the last key or rev that it got.
 */
const REPLY_BYTES = 1 << 20;
/** The same for a range within a txn, of which one request may hold many. */
export const STEP_REPLY_BYTES = 64 * 1024;

/** Answers a read from the state as it is now. */
export function answerRead(state: KeyValueState, command: Read): Reply | Refusal {
  switch (command.op) {
    case 'get':
      return { ok: true, ...answerGet(state, command) };
    case 'range':
      return { ok: true, ...answerRange(state, command, REPLY_BYTES) };
    case 'changes':
      return answerChanges(state, command);
    default:
      return unreachable(command);
  }
}

export function answerGet(state: KeyValueState, { key }: Get): Members {
  const found = state.get(key);
  return found ? { found: true, ...found, at: state.rev } : { found: false, at: state.rev };
}

type FoundEntry = { readonly key: string } & KeyValue;
/** Some keys of a range, in order; `more` if there are others behind them. */
export type Page = {
  readonly entries: readonly FoundEntry[];
  readonly more: boolean;
  readonly at: number;
};

/** @param bytesMax about how much to answer; one entry always fits. */
export function answerRange(state: KeyValueState, range: Range, bytesMax: number): Page {
  const { from, to } = keyRange(range);
  const entries: FoundEntry[] = [];
  let more = false;
  let bytes = 0;
  for (const { key, ...found } of state.values.between(from, to)) {
    more = entries.length === range.limit || bytes >= bytesMax;
    if (more) break;
    entries.push({ key: key.toString('utf8'), ...found });
    bytes += key.length + found.value.bytes.length;
  }
  return { entries, more, at: state.rev };
}

function answerChanges(state: KeyValueState, command: Changes): Reply | Refusal {
  const { rev, history } = state;
  const oldest = history.oldest(rev) - 1;
  if (command.since < oldest) {
    const message = `the changes after rev ${command.since} are no longer kept: read the keys as they are, then go on from their rev`;
    return { ...refuse('COMPACTED', message), oldest };
  }
  if (command.since >= rev) return { ok: true, changes: [], at: rev, more: false };
  const prefix = Buffer.from(command.prefix ?? '');
  const changes: Members[] = [];
  let more = false;
  let bytes = 0;
  for (const { rev, key, value } of history.from(command.since + 1, prefix)) {
    more = changes.length === command.limit || bytes >= REPLY_BYTES;
    if (more) break;
    const name = key.toString('utf8');
    changes.push(
      value ? { rev, key: name, value: new Raw(value) } : { rev, key: name, deleted: true },
    );
    bytes += key.length + (value?.length ?? 0);
  }
  return { ok: true, changes, at: rev, more };
}
