import type { EntryId, HardState } from '../../../lib/core/types.ts';
import type { History } from './history.ts';
import type { Promised } from './oracle.ts';

/**
 * True for a log that has made way for a snapshot that was received: the process ended before it was
 * told to. Who never heard of the snapshot's term has not voted in it.
 */
export function isAnew(
  promised: readonly Promised[],
  hard: HardState,
  base: EntryId,
  found: History,
): boolean {
  return (
    found.last === base.index &&
    promised.some(({ hard: past, log }) => {
      const isPast = past.term === hard.term && past.vote === hard.vote;
      const isNew = hard.term === base.term && hard.term > past.term && hard.vote === null;
      return log.hashAt(base.index) !== found.hashAt(base.index) && (isPast || isNew);
    })
  );
}

/** True if a disk holds what was promised, no more and no less. */
export function isSame(promised: Promised, hard: HardState, log: History): boolean {
  return (
    promised.hard.term === hard.term &&
    promised.hard.vote === hard.vote &&
    promised.log.last === log.last &&
    promised.log.hashAt(log.last) === log.hashAt(log.last)
  );
}

export function tellPromised({ hard, log }: Promised): string {
  return `term ${hard.term}, vote ${hard.vote} and ${log.last} entries`;
}
