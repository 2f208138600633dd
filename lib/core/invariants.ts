import { InvariantViolation } from '../kit/errors.ts';
import { recordBytes } from './entry.ts';
import { type Lead, MANAGING_RULES, MEMBERS_RULES } from './members-invariants.ts';
import { hasRoom, type Progress } from './progress.ts';
import type { Rule } from './rule.ts';
import type { RaftState } from './state.ts';
import { tellState } from './tell.ts';
import { CONTACT_RULES, TRANSFER_RULES } from './transfer-invariants.ts';
import type { Index } from './types.ts';

/**
 * What must be true of one server in every state that it settles in, whatever happens to it. What
 * must be true from one turn to the next stands in turn-invariants.ts; what takes several servers
 * to see (election safety, log matching, state machine safety) is for whoever watches them all.
 */

/**
 * @throws {InvariantViolation} naming the first rule that `state`, as a turn left it, does not keep.
 */
export function checkState(state: RaftState): void {
  check(STATE_RULES, state, state);
  check(TRANSFER_RULES, state, state);
  const { role } = state;
  if (role.name !== 'leader') return;
  check(LEADER_RULES, { state, role }, state);
  check(CONTACT_RULES, { state, role }, state);
  for (const [id, progress] of role.progress) {
    check(PROGRESS_RULES, { state, role, progress }, state, `n${id}: `);
  }
}

/** @throws {InvariantViolation} naming the first of `rules` that `subject` does not keep. */
export function check<T>(rules: readonly Rule<T>[], subject: T, state: RaftState, of = ''): void {
  for (const [name, holds] of rules) {
    if (!holds(subject)) throw new InvariantViolation(`${of}${name}; but ${tellState(state)}`);
  }
}

const STATE_RULES: readonly Rule<RaftState>[] = [
  ...MEMBERS_RULES,
  ['stored is at most last', ({ log }) => log.stored <= log.last.index],
  ['commit is at most last', ({ commit, log }) => commit <= log.last.index],
  [
    'released is as far as the log is committed and stored',
    ({ released, commit, log }) => released === Math.min(commit, log.stored),
  ],
  [
    'a snapshot stands for whatever the log has let go, and all that was released',
    ({ log: { base }, snapshot, released }) =>
      base.index === 0 || ((snapshot?.index ?? 0) >= base.index && base.index <= released),
  ],
  [
    'the log holds whatever a snapshot stands for',
    ({ snapshot, log }) => (snapshot?.index ?? 0) <= log.last.index,
  ],
  ['no entry is of a term to come', ({ log, hard }) => log.last.term <= hard.term],
  ['memory holds whatever is not stored', ({ log }) => log.windowFirst <= log.stored + 1],
  ['only a vote of a term can be cast', ({ hard }) => hard.vote === null || hard.term > 0],
  [
    'a candidate or leader has voted for itself',
    ({ role, hard, id }) =>
      (role.name !== 'candidate' && role.name !== 'leader') || hard.vote === id,
  ],
  [
    'a server that does not lead has a deadline ahead',
    ({ role, now, electionDeadline }) => role.name === 'leader' || electionDeadline > now,
  ],
];

const LEADER_RULES: readonly Rule<Lead>[] = [
  ...MANAGING_RULES,
  [
    'a leader has an entry of its own term at its end',
    ({ state: { log, hard } }) => log.last.term === hard.term,
  ],
  [
    'uncommittedBytes are those of the entries after commit',
    ({ state: { log, commit }, role }) =>
      role.uncommittedBytes === recordBytes(log.held(commit + 1, log.last.index)),
  ],
  ['a beat tells no more than is committed', ({ state, role }) => role.told <= state.commit],
  [
    'reads are attached to a beat that was published, at an index that is committed',
    ({ state, role: { reads, round } }) =>
      reads.attached === null ||
      (reads.attached.round <= round && reads.attached.index <= state.commit),
  ],
  [
    'reads are attached only once an entry of the term is committed',
    ({ state: { log, commit, hard }, role: { reads } }) =>
      reads.attached === null || log.termAt(commit) === hard.term,
  ],
];

type Follow = Lead & { readonly progress: Progress };

const PROGRESS_RULES: readonly Rule<Follow>[] = [
  ['match is less than next', ({ progress: { match, next } }) => match < next],
  ['next is at most one past the end', ({ state, progress }) => progress.next <= end(state) + 1],
  ['nobody answers a beat to come', ({ role, progress }) => progress.round <= role.round],
  ['nobody is heard in the future', ({ state, progress }) => progress.heardAt <= state.now],
  [
    'inflightBytes are those of the messages in flight',
    ({ progress: { inflight, inflightBytes } }) =>
      inflightBytes === inflight.reduce((sum, { bytes }) => sum + bytes, 0),
  ],
  [
    'messages in flight are as many as may be',
    ({ state, progress }) => progress.inflight.length <= state.settings.inflightMessagesMax,
  ],
  [
    'messages in flight end after match, rise, and end before next',
    ({ progress: { match, next, inflight } }) =>
      inflight.every(({ last }, i) => last > (inflight[i - 1]?.last ?? match)) &&
      (inflight.at(-1)?.last ?? next - 1) === next - 1,
  ],
  [
    'a snapshot is on its way to whoever waits for one, and nothing else',
    ({ progress: { mode, pending } }) => (mode === 'snapshot') === pending > 0,
  ],
  [
    'the log goes on where a snapshot on its way ends',
    ({ state, progress: { mode, pending } }) =>
      mode !== 'snapshot' || pending >= state.log.base.index,
  ],
  [
    'a probe has nothing else in flight',
    ({ progress: { mode, inflight } }) => mode === 'replicate' || inflight.length === 0,
  ],
  [
    'only a probe waits for its answer',
    ({ progress: { mode, waiting } }) => mode === 'probe' || !waiting,
  ],
  [
    'whoever lacks entries and has room was sent some',
    ({ state, progress }) => progress.next > end(state) || !hasRoom(progress, state.settings),
  ],
];

function end({ log }: RaftState): Index {
  return log.last.index;
}
