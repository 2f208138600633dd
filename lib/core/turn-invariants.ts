import { latestConfiguration } from './configurations.ts';
import { check, checkState } from './invariants.ts';
import type { Lead } from './members-invariants.ts';
import { SWORN } from './message.ts';
import type { Outcome, Write } from './outcome.ts';
import type { Rule } from './rule.ts';
import type { RaftState } from './state.ts';
import { isClosedToProposals, isNominatedRightly } from './transfer-invariants.ts';
import type { EntryId, HardState, Index, NodeId } from './types.ts';

/** What must be true from one settled state of a server to the next, and of what a turn decides. */

/** What must be remembered of a state to judge the next one, because `step` edits it in place. */
export type Facts = {
  readonly id: NodeId;
  readonly role: RaftState['role']['name'];
  readonly hard: HardState;
  readonly now: number;
  readonly commit: Index;
  readonly released: Index;
  readonly stored: Index;
  readonly base: EntryId;
  readonly last: EntryId;
  readonly epoch: number;
  readonly windowFirst: Index;
  readonly round: number;
  /** Of the effective configuration. */
  readonly configurationIndex: Index;
  readonly matches: ReadonlyMap<NodeId, Index>;
};

export function factsOf(state: RaftState): Facts {
  const { id, role, hard, now, commit, released, log } = state;
  const matches = new Map<NodeId, Index>();
  if (role.name === 'leader')
    for (const [peer, { match }] of role.progress) matches.set(peer, match);
  const round = role.name === 'leader' ? role.round : 0;
  const { base, stored, last, epoch, windowFirst } = log;
  const logged = { base, stored, last, epoch, windowFirst };
  const { index: configurationIndex } = latestConfiguration(state);
  const facts = { id, role: role.name, hard, now, commit, released };
  return { ...facts, ...logged, round, configurationIndex, matches };
}

/**
 * Judges one turn: `before` is from the state it consumed, `outcome` what it gave.
 *
 * @throws {InvariantViolation} naming the first rule that does not hold.
 */
export function checkStep(before: Facts, outcome: Outcome): void {
  checkState(outcome.state);
  const { state } = outcome;
  const turn = { before, outcome, state };
  check(TURN_RULES, turn, state);
  const { role } = state;
  if (!keptOffice(turn) || role.name !== 'leader') return;
  check(OFFICE_RULES, { ...turn, role }, state);
}

type Judged = { readonly before: Facts; readonly outcome: Outcome; readonly state: RaftState };

function keptOffice({ before, state }: Judged): boolean {
  return (
    before.role === 'leader' && state.role.name === 'leader' && before.hard.term === state.hard.term
  );
}

const TURN_RULES: readonly Rule<Judged>[] = [
  ['time never goes back', ({ before, state }) => before.now <= state.now],
  ['the term never falls', ({ before, state }) => before.hard.term <= state.hard.term],
  [
    'a vote stands as long as its term',
    ({ before: { hard }, state }) =>
      hard.term !== state.hard.term || hard.vote === null || hard.vote === state.hard.vote,
  ],
  ['commit never falls', ({ before, state }) => before.commit <= state.commit],
  ['released never falls', ({ before, state }) => before.released <= state.released],
  [
    'what was committed is never replaced',
    ({ before, state }) =>
      state.log.last.index >= before.commit && state.log.stored >= before.released,
  ],
  [
    'entries are replaced only in a new epoch of the log',
    ({ before, state: { log } }) => log.epoch !== before.epoch || log.has(before.last),
  ],
  [
    'what replaces entries is not stored yet, unless it is a snapshot',
    ({ before, outcome: { write }, state: { log } }) =>
      log.epoch === before.epoch ||
      log.stored === write?.base?.index ||
      log.stored < (write?.entries[0]?.index ?? 0),
  ],
  [
    'memory lets go of nothing that is not released',
    ({ before, state: { log, released } }) =>
      log.windowFirst <= Math.max(before.windowFirst, released + 1),
  ],
  [
    'a new term or vote is written down in its turn',
    ({ before, outcome: { write }, state: { hard } }) =>
      (hard.term === before.hard.term && hard.vote === before.hard.vote) || write?.hard === hard,
  ],
  [
    'new entries are written down in their turn, to the end of the log',
    ({ before, outcome: { write }, state: { log } }) =>
      (log.epoch === before.epoch && log.last.index === before.last.index) ||
      (write?.entries.at(-1)?.index === log.last.index &&
        endsWhereItBegan(before, write.entries)) ||
      (write?.base !== undefined && isWhole(write, log.last.index)),
  ],
  [
    'a receipt speaks of the state that its write left',
    ({ outcome: { write }, state: { log, hard } }) =>
      write === null ||
      (write.receipt.term === hard.term &&
        write.receipt.last === log.last.index &&
        write.receipt.epoch === log.epoch),
  ],
  ['free mail is free', ({ outcome }) => outcome.free.every(({ message }) => !SWORN[message.kind])],
  [
    'sworn mail is sworn',
    ({ outcome }) => outcome.sworn.every(({ message }) => SWORN[message.kind]),
  ],
  [
    'nobody speaks for a term ahead of its own, but to ask before an election',
    ({ outcome: { free, sworn, beat }, state: { hard } }) =>
      [...free, ...sworn].every(
        ({ message: { kind, term } }) =>
          term <= hard.term || kind === 'PreVote' || kind === 'PreVoteReply',
      ) &&
      (beat === null || beat.term === hard.term),
  ],
  [
    'a vote that is granted is the vote that is cast',
    ({ outcome: { sworn }, state: { hard } }) =>
      sworn.every(
        ({ to, message: m }) =>
          m.kind !== 'RequestVoteReply' || !m.granted || m.term < hard.term || hard.vote === to,
      ),
  ],
  [
    'an acknowledgement is of entries that are in the log',
    ({ outcome: { sworn }, state }) =>
      sworn.every(
        ({ message: m }) =>
          m.kind !== 'AppendEntriesReply' ||
          m.term < state.hard.term ||
          m.result === 'conflict' ||
          m.index <= state.log.last.index,
      ),
  ],
  [
    'entries are released in order, none twice',
    ({ before, outcome: { release }, state }) =>
      (release?.upTo ?? before.released) === state.released &&
      (release === null ||
        release.entries.every((entry, i) => {
          const index = release.upTo - release.entries.length + 1 + i;
          const past = Math.max(before.released, release.install?.index ?? 0);
          return index > past && entry.index === index && state.log.has(entry);
        })),
  ],
  [
    'a log begins anew after a snapshot of more than was committed, which is installed',
    ({ before, outcome: { write, release }, state }) =>
      (write?.base ?? null) === null
        ? !release?.install
        : release?.install === state.snapshot &&
          write?.base?.index === release?.install?.index &&
          (write?.base?.index ?? 0) > before.commit,
  ],
  [
    'the log lets go only of what it says, in its turn',
    ({ before, outcome: { compact, write }, state: { log } }) =>
      log.base === (compact ?? write?.base ?? before.base),
  ],
  [
    'a committed configuration stays',
    ({ before, state: { configurations } }) =>
      before.configurationIndex > before.commit ||
      configurations.some(({ index }) => index >= before.configurationIndex),
  ],
  [
    'who is told to stand holds all, and all is committed',
    ({ outcome }) => isNominatedRightly(outcome),
  ],
  ['who hands over takes nothing new', ({ outcome }) => isClosedToProposals(outcome)],
  [
    'the next turn is due after this one',
    ({ outcome: { wakeAt }, state }) => wakeAt > state.now && wakeAt < Number.POSITIVE_INFINITY,
  ],
  [
    'the view shows the state',
    ({ outcome: { view }, state: { id, role, hard, commit, log, configuration } }) =>
      view.id === id &&
      view.role === role.name &&
      view.term === hard.term &&
      view.commit === commit &&
      view.first === log.first &&
      view.last === log.last.index &&
      view.configuration === configuration,
  ],
];

/** A log that begins anew is written down from its base to its end. */
function isWhole({ base, entries }: Write, last: Index): boolean {
  const from = base?.index ?? 0;
  return from + entries.length === last && entries.every(({ index }, i) => index === from + 1 + i);
}

/** Entries to write begin at the old end, or replace a part of it. */
function endsWhereItBegan(before: Facts, entries: readonly { readonly index: Index }[]): boolean {
  const from = entries[0]?.index ?? 0;
  return from > before.commit && from <= before.last.index + 1;
}

const OFFICE_RULES: readonly Rule<Judged & Lead>[] = [
  [
    'a leader only appends to its log',
    ({ before, state: { log } }) => log.epoch === before.epoch && log.has(before.last),
  ],
  [
    'a leader changes who takes part only once the change before is committed, and an entry of its term',
    ({ before, state: { configurations, commit, log, hard } }) =>
      configurations.every(({ index }, i) => {
        if (index <= before.last.index) return true;
        const past = configurations[i - 1]?.index ?? 0;
        return past <= commit && log.termAt(commit) === hard.term;
      }),
  ],
  ['rounds never fall', ({ before, role }) => before.round <= role.round],
  [
    'a leader commits by counting only entries of its own term',
    ({ before, state: { commit, log, hard } }) =>
      commit === before.commit || log.termAt(commit) === hard.term,
  ],
  [
    'no match is taken back',
    ({ before, role }) =>
      [...role.progress].every(([id, { match }]) => match >= (before.matches.get(id) ?? 0)),
  ],
];
