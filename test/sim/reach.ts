import type { Turn } from '../../lib/core/input.ts';
import type { Outcome } from '../../lib/core/outcome.ts';
import type { Facts } from '../../lib/core/turn-invariants.ts';

/** Rare things that runs must come to, or they prove little: what each is, by name. */
export const PLACES = {
  conflict: 'a follower refuses entries because the logs part',
  replaced: 'entries give way to those of another leader',
  lateReceipt: 'a write is done that has been replaced meanwhile',
  readBack: 'entries are read back from disk for a follower',
  indirectCommit: 'entries of an earlier term are committed along with one of the own',
  deposed: 'a leader learns of another term',
  resigned: 'a leader stops without another one: nobody answers, or its disk does not',
  splitVote: 'a candidate stands again, in another term',
  refusedPreVote: 'a voter that hears a leader refuses a pre-vote',
  staleLeader: 'a server whose term ran ahead answers an older leader',
  busy: 'proposals are refused because too much is uncommitted',
  refusedRead: 'a leader loses its lead with reads under way',
  alarm: 'a server is told what cannot be true',
  tornTail: 'recovery drops the remains of an unfinished batch',
  survivingWrite: 'a write nobody heard of is found whole after a crash',
  refusedDisk: 'a server refuses its own disk',
  leadershipLost: 'a client hears that the outcome is unknown, because a leader was lost',
  timeout: 'a client hears that the outcome is unknown, because its time was up',
  noLeader: 'a client hears that nobody leads',
  compacted: 'a client asks for history that is gone',
} as const satisfies Record<string, string>;

export type Place = keyof typeof PLACES;

export const PLACE_NAMES = Object.keys(PLACES) as readonly Place[];

/** How often each was come to. */
export type PlaceCounts = Record<Place, number>;

export function noPlaces(): PlaceCounts {
  return Object.fromEntries(PLACE_NAMES.map((name) => [name, 0])) as PlaceCounts;
}

/** What one turn came to: `before` is what was so when it began. */
export function placesIn(before: Facts, { inputs }: Turn, outcome: Outcome): readonly Place[] {
  const { state, sworn, free, loads, refused, alarms } = outcome;
  const { hard, role, log, commit } = state;
  const wasLeader = before.role === 'leader';
  const isLeader = role.name === 'leader';
  const committed = commit > before.commit && isLeader && log.termAt(before.commit + 1);
  const all: readonly (readonly [Place, boolean])[] = [
    [
      'conflict',
      sworn.some(({ message: m }) => m.kind === 'AppendEntriesReply' && m.result === 'conflict'),
    ],
    ['replaced', log.epoch > before.epoch],
    ['lateReceipt', inputs.some((input) => input.kind === 'Stored' && input.epoch < log.epoch)],
    ['readBack', loads.length > 0],
    ['indirectCommit', typeof committed === 'number' && committed < hard.term],
    ['deposed', wasLeader && !isLeader && hard.term > before.hard.term],
    ['resigned', wasLeader && !isLeader && hard.term === before.hard.term],
    ['splitVote', before.role === 'candidate' && role.name === 'precandidate'],
    [
      'refusedPreVote',
      free.some(({ message: m }) => m.kind === 'PreVoteReply' && !m.granted) && isLed(outcome),
    ],
    ['staleLeader', free.some(({ message: m }) => m.kind === 'HeartbeatReply' && m.round === 0)],
    ['busy', refused.some(({ reason }) => reason === 'Busy')],
    ['refusedRead', wasLeader && !isLeader && refused.length > 0],
    ['alarm', alarms.length > 0],
  ];
  return all.flatMap(([place, isReached]) => (isReached ? [place] : []));
}

function isLed({ view }: Outcome): boolean {
  return view.leader !== null;
}
