import type { Outcome } from '../../lib/core/outcome.ts';

/** What went on, over all of a run. */
export type Counts = Record<
  | 'turns'
  | 'elections'
  | 'conflicts'
  | 'replaced'
  | 'loads'
  | 'acknowledged'
  | 'reads'
  | 'refused'
  | 'crashes'
  | 'snapshots'
  | 'installs'
  | 'compactions'
  | 'changes'
  | 'removed',
  number
>;

export function noCounts(): Counts {
  return {
    turns: 0,
    elections: 0,
    conflicts: 0,
    replaced: 0,
    loads: 0,
    acknowledged: 0,
    reads: 0,
    refused: 0,
    crashes: 0,
    snapshots: 0,
    installs: 0,
    compactions: 0,
    changes: 0,
    removed: 0,
  };
}

/** Adds what one turn of one server came to. */
export function count(counts: Counts, outcome: Outcome, wasLeader: boolean): void {
  const { state, loads, readable, refused, sworn, shipments, release, compact } = outcome;
  counts.changes += outcome.reconfigured.length;
  counts.turns += 1;
  if (!wasLeader && state.role.name === 'leader') counts.elections += 1;
  counts.loads += loads.length;
  counts.refused += refused.length;
  counts.snapshots += shipments.filter(({ kind }) => kind === 'send').length;
  if (release?.install) counts.installs += 1;
  if (compact) counts.compactions += 1;
  for (const { tokens } of readable) counts.reads += tokens.length;
  for (const { message: m } of sworn) {
    if (m.kind === 'AppendEntriesReply' && m.result === 'conflict') counts.conflicts += 1;
  }
}
