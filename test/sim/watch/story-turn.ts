import type { Turn } from '../../../lib/core/input.ts';
import type { RequestVote } from '../../../lib/core/message.ts';
import type { Outcome } from '../../../lib/core/outcome.ts';
import type { RaftState } from '../../../lib/core/state.ts';
import {
  type EntryId,
  type Index,
  type NodeId,
  type Term,
  upToDate,
} from '../../../lib/core/types.ts';
import type { RoleName, View } from '../../../lib/core/view.ts';

/** How much a line matters: `detail` only where it is about what went wrong. */
export type Weight = 'event' | 'step' | 'detail';

/** What a turn is worth to a person, in a sentence, and what it is about. */
export type Tale = {
  readonly weight: Weight;
  readonly text: string;
  readonly term: Term | null;
  /** The entries that it is about, or null. */
  readonly entries: readonly [first: Index, last: Index] | null;
};

/** What is kept of a server between its turns, because the state itself moves on. */
export type Past = {
  readonly role: RoleName;
  readonly term: Term;
  readonly vote: NodeId | null;
  readonly leader: NodeId | null;
  readonly commit: Index;
  readonly last: Index;
  /** Who has voted for it in its term. */
  readonly voters: readonly NodeId[];
};

export function pastOf({ role, term, leader, commit, last }: View, vote: NodeId | null): Past {
  return { role, term, vote, leader, commit, last, voters: [] };
}

/** What a server has become by a turn, for the next. */
export function pastAfter(past: Past, { inputs }: Turn, { view, state }: Outcome): Past {
  const votes = inputs.flatMap((input) => {
    if (input.kind !== 'Received' || input.message.kind !== 'RequestVoteReply') return [];
    return input.message.granted && input.message.term === view.term ? [input.from] : [];
  });
  const before = past.term === view.term ? past.voters : [];
  const voters = [...new Set([...before, ...votes])].sort((a, b) => a - b);
  return { ...pastOf(view, state.hard.vote), voters };
}

/** The sentences of one turn, in the order of cause and effect. */
export function talesOf(past: Past, turn: Turn, outcome: Outcome): readonly Tale[] {
  const now = pastAfter(past, turn, outcome);
  return [
    ...tellRole(past, now, turn, outcome),
    ...tellVotes(past, turn, outcome),
    ...tellLog(past, outcome),
    ...tellMail(outcome),
    ...tellCommit(past, outcome),
    ...outcome.alarms.map((alarm) => tale('event', `n${outcome.view.id} is alarmed: ${alarm}`)),
  ];
}

function tale(
  weight: Weight,
  text: string,
  term: Term | null = null,
  entries: Tale['entries'] = null,
): Tale {
  return { weight, text, term, entries };
}

function tellRole(past: Past, now: Past, turn: Turn, { view, state }: Outcome): readonly Tale[] {
  const { id, role, term, leader } = view;
  const isNew = role !== past.role || term !== past.term;
  const { last } = state.log;
  const end = `its log ends at ${tellId(last)}`;
  if (role === 'leader') {
    if (!isNew) return [];
    const voters = [id, ...now.voters].map((voter) => `n${voter}`).join(' ');
    return [tale('event', `n${id} leads term ${term}, elected by ${voters}; ${end}`, term)];
  }
  if (role === 'candidate')
    return isNew ? [tale('step', `n${id} stands for election in term ${term}; ${end}`, term)] : [];
  if (role === 'precandidate') {
    return isNew && past.role !== 'precandidate'
      ? [
          tale(
            'step',
            `n${id} hears no leader and asks who would vote for it in term ${term + 1}`,
            term,
          ),
        ]
      : [];
  }
  const lost = past.role === 'leader' ? [tellFall(past, turn, state)] : [];
  if (leader !== null && (leader !== past.leader || term !== past.term))
    return [...lost, tale('step', `n${id} follows n${leader} in term ${term}`, term)];
  if (lost.length > 0 || term === past.term) return lost;
  return [
    tale('step', `n${id} goes from term ${past.term} to ${term}${causeOf(past, turn)}`, term),
  ];
}

function tellFall(
  past: Past,
  turn: Turn,
  { id, hard, unstoredSince, settings, now }: RaftState,
): Tale {
  const isStalled = unstoredSince !== null && now - unstoredSince >= settings.diskStallMs;
  const silence = isStalled ? ': its disk has stalled' : ': no majority has answered in time';
  const why = hard.term === past.term ? silence : causeOf(past, turn);
  return tale('event', `n${id} no longer leads term ${past.term}${why}`, past.term);
}

/** Who brought a later term. */
function causeOf({ term }: Past, { inputs }: Turn): string {
  for (const input of inputs) {
    if (input.kind === 'Received' && input.message.term > term)
      return `, by ${input.message.kind} of n${input.from}`;
  }
  return '';
}

function tellVotes(past: Past, turn: Turn, outcome: Outcome): readonly Tale[] {
  const { view, state, sworn } = outcome;
  const { id, term } = view;
  const { vote } = state.hard;
  const isNew = vote !== null && vote !== id && (vote !== past.vote || term !== past.term);
  const given = isNew
    ? [tale('step', `n${id} votes for n${vote} in term ${term}${compare(vote, turn, state)}`, term)]
    : [];
  const refused = sworn.flatMap(({ to, message: m }) => {
    if (m.kind !== 'RequestVoteReply' || m.granted) return [];
    const why = whyNot(requestOf(to, turn), state);
    return [tale('step', `n${id} refuses n${to} its vote: ${why}`, term)];
  });
  return [...given, ...refused];
}

/** What a candidate asked a vote with, or null. */
function requestOf(candidate: NodeId, { inputs }: Turn): RequestVote | null {
  for (const input of inputs) {
    if (input.kind !== 'Received' || input.from !== candidate) continue;
    if (input.message.kind === 'RequestVote') return input.message;
  }
  return null;
}

/** Whose log is longer: a vote for a shorter one is what a person looks for first. */
function compare(candidate: NodeId, turn: Turn, { log }: RaftState): string {
  const request = requestOf(candidate, turn);
  return request
    ? `, whose log ends at ${tellId(request.last)}; its own at ${tellId(log.last)}`
    : '';
}

function whyNot(request: RequestVote | null, { id, hard, log }: RaftState): string {
  const { term, vote } = hard;
  if (request === null) return 'it was not asked in this turn';
  if (request.term < term) return `it is in term ${term} and not ${request.term}`;
  if (vote !== null) return `it has voted for ${vote === id ? 'itself' : `n${vote}`}`;
  return upToDate(request.last, log.last)
    ? 'it follows a leader'
    : `its own log ends at ${tellId(log.last)}, later than ${tellId(request.last)}`;
}

function tellLog(past: Past, { view, write }: Outcome): readonly Tale[] {
  const first = write?.entries[0];
  const last = write?.entries.at(-1);
  if (!first || !last) return [];
  const { id, term } = view;
  const range = tellRange(first.index, last.index);
  const entries = [first.index, Math.max(last.index, past.last)] as const;
  if (first.index <= past.last) {
    const old = tellRange(first.index, past.last);
    return [
      tale(
        'event',
        `n${id} throws away ${old} and writes ${range} of term ${last.term}`,
        term,
        entries,
      ),
    ];
  }
  return [tale('detail', `n${id} writes ${range} of term ${last.term}`, last.term, entries)];
}

function tellMail({ view: { id }, sworn }: Outcome): readonly Tale[] {
  return sworn.flatMap(({ to, message: m }) => {
    if (m.kind !== 'AppendEntriesReply') return [];
    if (m.result === 'matched')
      return [
        tale('detail', `n${id} acknowledges all up to ${m.index} to n${to}`, null, [
          m.index,
          m.index,
        ]),
      ];
    return [
      tale(
        'step',
        `n${id} lacks what n${to} appends to: conflict at ${m.rejected}, hint ${tellId(m.hint)}`,
        null,
        [m.rejected, m.rejected],
      ),
    ];
  });
}

function tellCommit({ commit: before }: Past, { view, readable }: Outcome): readonly Tale[] {
  const { id, role, commit, term } = view;
  const reads = readable.map(({ index }) =>
    tale('detail', `n${id} may serve reads at ${index}`, null, [index, index]),
  );
  if (commit === before) return reads;
  const range = tellRange(before + 1, commit);
  const text =
    role === 'leader'
      ? `n${id} commits ${range}`
      : `n${id} learns that all up to ${commit} is committed`;
  return [tale('detail', text, term, [before + 1, commit]), ...reads];
}

function tellId({ index, term }: EntryId): string {
  return `${index}/${term}`;
}

function tellRange(first: Index, last: Index): string {
  return first === last ? `${first}` : `${first}..${last}`;
}
