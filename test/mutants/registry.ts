import type { Mutant } from './mutant.ts';
import { COMMIT_MUTANTS } from './planted/commit.ts';
import { DATABASE } from './planted/database.ts';
import { DESK_MUTANTS } from './planted/desk.ts';
import { DISK } from './planted/disk.ts';
import { ELECTIONS } from './planted/elections.ts';
import { LEADERSHIP } from './planted/leadership.ts';
import { LOG_MUTANTS } from './planted/log.ts';
import { MEMBERSHIP_MUTANTS } from './planted/membership.ts';
import { PROGRESS_MUTANTS } from './planted/progress.ts';
import { READS_MUTANTS } from './planted/reads.ts';
import { RECOVERY } from './planted/recovery.ts';
import { REPLICATION_MUTANTS } from './planted/replication.ts';
import { SESSIONS } from './planted/sessions.ts';
import { SNAPSHOTS } from './planted/snapshots.ts';
import { STREAMS } from './planted/streams.ts';
import { TRANSFER_MUTANTS } from './planted/transfer.ts';
import { TURNS } from './planted/turns.ts';
import { WATCH } from './planted/watch.ts';
import { WIRE } from './planted/wire.ts';

/**
 * Every bug that is planted. They were collected from two lists that were made before the first
 * line of this program: `m13` is a number in a list of mutants that every checker of a Raft must
 * kill, `bug 28` a number in a catalogue of bugs that other implementations really had. What
 * these lists name and is not here stands in not-planted.ts, with the reason.
 */
export const MUTANTS: readonly Mutant[] = [
  ...ELECTIONS,
  ...LEADERSHIP,
  ...REPLICATION_MUTANTS,
  ...PROGRESS_MUTANTS,
  ...COMMIT_MUTANTS,
  ...READS_MUTANTS,
  ...TRANSFER_MUTANTS,
  ...MEMBERSHIP_MUTANTS,
  ...LOG_MUTANTS,
  ...TURNS,
  ...DISK,
  ...RECOVERY,
  ...STREAMS,
  ...DESK_MUTANTS,
  ...WIRE,
  ...SNAPSHOTS,
  ...WATCH,
  ...DATABASE,
  ...SESSIONS,
];

/**
 * The mutants that `wanted` names: by id, by name or by chapter; all if it is empty.
 *
 * @throws {Error} if one of the words names none.
 */
export function choose(wanted: readonly string[]): readonly Mutant[] {
  if (wanted.length === 0) return MUTANTS;
  const isNamed = (mutant: Mutant, word: string): boolean =>
    mutant.id === word || mutant.name === word || mutant.chapter === word;
  const unknown = wanted.filter((word) => !MUTANTS.some((mutant) => isNamed(mutant, word)));
  if (unknown.length > 0) throw new Error(`no mutant is called ${unknown.join(', ')}`);
  return MUTANTS.filter((mutant) => wanted.some((word) => isNamed(mutant, word)));
}

/** The same, the first of each chapter first, then the second of each, and so on. */
export function byTurns(mutants: readonly Mutant[]): Mutant[] {
  const seen = new Map<string, number>();
  const ranked = mutants.map((mutant) => {
    const rank = seen.get(mutant.chapter) ?? 0;
    seen.set(mutant.chapter, rank + 1);
    return { mutant, rank };
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ mutant }) => mutant);
}
