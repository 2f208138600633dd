import { isQuorum } from '../../lib/core/quorum.ts';
import type { Configuration, NodeId, Term } from '../../lib/core/types.ts';
import { rule } from './act.ts';
import { commandOf } from './keys.ts';
import type { Names } from './rename.ts';
import { type Still, termAt } from './still.ts';

/** A committed entry, and the term whose leader committed it. */
export type Committed = { readonly term: Term; readonly value: number; readonly by: Term };

/** What must be remembered of the past of a world to judge its next step. */
export type Past = {
  /** Who has led each term, from term 1; 0 if nobody has. */
  readonly leaders: readonly NodeId[];
  readonly committed: readonly Committed[];
};

export const NO_PAST: Past = { leaders: [], committed: [] };

export function renamePast({ leaders, committed }: Past, names: Names): Past {
  return { leaders: leaders.map((id) => names[id] as NodeId), committed };
}

export function keyOfPast({ leaders, committed }: Past): string {
  const entries = committed.map(({ term, value, by }) => `${term}.${value}.${by}`);
  return `${leaders.join()}|${entries.join()}`;
}

/** True if a step of this server is nothing to those who watch them all. */
export function isPrivate(before: Still, after: Still): boolean {
  return (
    before.commit >= after.commit &&
    before.released >= after.released &&
    (after.role.name !== 'leader' ||
      (before.role.name === 'leader' && before.hard.term === after.hard.term)) &&
    before.log.length === after.log.length &&
    before.log.every((_, i) => isSame(before, after, i + 1))
  );
}

/**
 * Judges what one server did by what takes several of them, or the past, to be seen as wrong
 * (thesis figure 3.2). `all` are the servers after the step.
 *
 * @returns the past of the next step.
 * @throws {InvariantViolation}
 */
export function judge(
  past: Past,
  before: Still,
  after: Still,
  all: readonly Still[],
  configuration: Configuration,
): Past {
  for (const other of all) if (other.id !== after.id) matches(after, other);
  let { leaders, committed } = past;
  if (after.role.name === 'leader') {
    const { term } = after.hard;
    const other = leaders[term - 1] ?? 0;
    if (other !== after.id) {
      rule(other === 0, `election safety: n${other} and n${after.id} both lead term ${term}`);
      isComplete(after, committed);
      leaders = Array.from({ length: Math.max(term, leaders.length) }, (_, i) =>
        i === term - 1 ? after.id : (leaders[i] ?? 0),
      );
    }
  }
  if (after.commit > before.commit) {
    if (after.commit > committed.length) {
      mayCommit(after, all, configuration);
      committed = [...committed, ...newlyCommitted(after, committed.length)];
    }
    for (let index = before.commit + 1; index <= after.commit; index += 1) {
      agrees(after, after.log, index, committed, 'its log');
    }
  }
  for (let index = before.released + 1; index <= after.released; index += 1) {
    rule(index <= committed.length, `n${after.id} applies ${index}, which nobody has committed`);
    agrees(after, after.disk.log, index, committed, 'state machine safety: its disk');
  }
  return leaders === past.leaders && committed === past.committed ? past : { leaders, committed };
}

/** Two logs that hold an entry of the same index and term are equal up to it. */
function matches(a: Still, b: Still): void {
  let index = Math.min(a.log.length, b.log.length);
  while (index > 0 && termAt(a.log, index) !== termAt(b.log, index)) index -= 1;
  for (; index > 0; index -= 1) {
    const isEqual = isSame(a, b, index);
    rule(isEqual, `log matching: n${a.id} and n${b.id} differ at ${index}, before an equal entry`);
  }
}

function isSame(a: Still, b: Still, index: number): boolean {
  const [mine, other] = [a.log[index - 1], b.log[index - 1]];
  if (mine === other) return true;
  return !!mine && !!other && mine.term === other.term && commandOf(mine) === commandOf(other);
}

/** Of what leaders of later terms have committed an old term's leader need know nothing. */
function isComplete(leader: Still, committed: readonly Committed[]): void {
  const { term } = leader.hard;
  const whose = `leader completeness: its log, leader of term ${term},`;
  for (let index = 1; index <= committed.length; index += 1) {
    if ((committed[index - 1]?.by ?? 0) >= term) return;
    agrees(leader, leader.log, index, committed, whose);
  }
}

function mayCommit(leader: Still, all: readonly Still[], configuration: Configuration): void {
  const { id, commit, log, role } = leader;
  rule(role.name === 'leader', `n${id}, a ${role.name}, is the first to call ${commit} committed`);
  const isDurable = isQuorum(configuration, (voter) => {
    const disk = all.find((one) => one.id === voter)?.disk.log ?? [];
    return log.slice(0, commit).every(({ term }, i) => termAt(disk, i + 1) === term);
  });
  rule(isDurable, `n${id} commits ${commit}, which is not on the disks of a quorum`);
}

function newlyCommitted({ log, commit, hard }: Still, known: number): readonly Committed[] {
  return log
    .slice(known, commit)
    .map((entry) => ({ term: entry.term, value: commandOf(entry), by: hard.term }));
}

function agrees(
  { id }: Still,
  log: Still['log'],
  index: number,
  committed: readonly Committed[],
  whose: string,
): void {
  const known = committed[index - 1];
  const entry = log[index - 1];
  const holds = !!known && !!entry && entry.term === known.term && commandOf(entry) === known.value;
  rule(holds, `n${id}: ${whose} does not hold the committed entry ${index}/${known?.term}`);
}
