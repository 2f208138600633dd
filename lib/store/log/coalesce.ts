import type { Entry } from '../../core/entry.ts';
import type { Write } from '../../core/outcome.ts';
import type { EntryId, HardState } from '../../core/types.ts';
import { assert } from '../../kit/assert.ts';

/** What a batch stores: the hard state as it then is, and one run of entries. */
export type Content = { readonly hard: HardState; readonly entries: readonly Entry[] };

/** Several writes in one. With a `base` the log begins anew after it, and the entries follow it. */
export type Coalesced = Content & { readonly base: EntryId | null };

/**
 * What several writes come to when they become durable together: the last hard state, and one run
 * of entries, because a later write replaces what an earlier one put at or past its first entry, and
 * one with a base all that any put.
 *
 * @param hard as stored now. @param last entry as stored now.
 * @returns null if there is nothing to store.
 */
export function coalesce(
  writes: readonly Write[],
  hard: HardState,
  last: EntryId,
): Coalesced | null {
  const entries: Entry[] = [];
  let base: EntryId | null = null;
  let changed = false;
  for (const write of writes) {
    if (write.hard !== null) {
      checkHardState(hard, write.hard);
      hard = write.hard;
      changed = true;
    }
    if (write.base) {
      base = write.base;
      entries.length = 0;
    }
    splice(entries, write.entries);
  }
  if (!changed && entries.length === 0 && base === null) return null;
  checkRun(entries, hard, base ?? last);
  return { hard, entries, base };
}

function splice(run: Entry[], added: readonly Entry[]): void {
  const first = added[0];
  if (first === undefined) return;
  const kept = first.index - (run[0]?.index ?? first.index);
  assert(kept <= run.length, `entry ${first.index} does not follow the write before it`);
  run.length = Math.max(0, kept);
  for (const entry of added) run.push(entry);
}

function checkHardState(before: HardState, after: HardState): void {
  const same = after.term === before.term && (before.vote === null || after.vote === before.vote);
  assert(
    after.term > before.term || same,
    `hard state went back from term ${before.term}, vote ${before.vote} to ${after.term}, ${after.vote}`,
  );
}

function checkRun(entries: readonly Entry[], hard: HardState, last: EntryId): void {
  let before = entries[0];
  if (before === undefined) return;
  assert(
    before.index <= last.index + 1,
    `entry ${before.index} would leave a gap after ${last.index}`,
  );
  for (let i = 1; i < entries.length; i += 1) {
    const entry = entries[i] as Entry;
    assert(
      entry.index === before.index + 1 && entry.term >= before.term,
      `entry ${entry.index} does not follow entry ${before.index}`,
    );
    before = entry;
  }
  assert(before.term <= hard.term, `entry ${before.index} is of a term that is not stored yet`);
}
