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
  leaseRead: 'a read is served by a lease, without a round',
  transferred: 'a leader has handed over to whom was wanted',
  refusedRead: 'a leader loses its lead with reads under way',
  tornTail: 'recovery drops the remains of an unfinished batch',
  survivingWrite: 'a write nobody heard of is found whole after a crash',
  refusedDisk: 'a server refuses its own disk',
  refusedWiped: 'a server that has lost its disk is refused by the others',
  leadershipLost: 'a client hears that the outcome is unknown, because a leader was lost',
  timeout: 'a client hears that the outcome is unknown, because its time was up',
  noLeader: 'a client hears that nobody leads',
  joint: 'a leader changes who votes',
  changed: 'other servers vote than before, for good',
  compacted: 'a client asks for history that is gone',
  snapshotSent: 'a leader sends a snapshot, because its log no longer has what a follower needs',
  snapshotAgain: 'a snapshot is sent to a follower once more, before it has caught up',
  snapshotResumed: 'a part of a snapshot does not follow, and the sender goes back',
  snapshotDropped: 'a snapshot that is on its way is lost, and a newer one sent',
  fastForward: 'a snapshot only tells a follower what is committed: its log goes on',
  logReplaced: 'a snapshot takes the place of a log that holds other entries',
  installed: 'a database is replaced by a snapshot, or gets one back at a start',
  sessionExpired: 'a client writes in a session that is forgotten',
  leaseExpired: 'a client writes with a lease that has ended',
  watchGap: 'a watch hears that it has missed something, and asks for it',
  watchReread: 'a watch has missed so much that it reads the keys anew',
} as const satisfies Record<string, string>;

export type Place = keyof typeof PLACES;

export const PLACE_NAMES = Object.keys(PLACES) as readonly Place[];

/** Refusals that show that a client came to one. */
export const PLACE_OF_CODE: Readonly<Record<string, Place>> = {
  LEADERSHIP_LOST: 'leadershipLost',
  TIMEOUT: 'timeout',
  NO_LEADER: 'noLeader',
  COMPACTED: 'compacted',
  SESSION_EXPIRED: 'sessionExpired',
  LEASE_EXPIRED: 'leaseExpired',
};

/** How often each was come to. */
export type PlaceCounts = Record<Place, number>;

export function noPlaces(): PlaceCounts {
  return Object.fromEntries(PLACE_NAMES.map((name) => [name, 0])) as PlaceCounts;
}

/** Counts what one turn came to: `before` is what was so when it began. */
export function countPlaces(
  counts: PlaceCounts,
  before: Facts,
  { inputs }: Turn,
  outcome: Outcome,
): void {
  const { state, loads, refused } = outcome;
  const { log } = state;
  if (outcome.transferred.some(({ leader }) => leader !== state.id)) counts.transferred += 1;
  if (inputs.some((input) => isServedByLease(input, outcome))) counts.leaseRead += 1;
  if (loads.length > 0) counts.readBack += 1;
  if (log.epoch > before.epoch) counts.replaced += 1;
  if (refused.some(({ reason }) => reason === 'Busy')) counts.busy += 1;
  for (const input of inputs) {
    if (input.kind === 'Stored' && input.epoch < log.epoch) counts.lateReceipt += 1;
  }
  countMembers(counts, before, outcome);
  countMail(counts, outcome);
  countSnapshots(counts, before, inputs, outcome);
  countOffice(counts, before, outcome);
  if (before.role === 'leader' && state.role.name !== 'leader') countLoss(counts, inputs, outcome);
}

/** A round takes more than the turn in which it was asked for. */
function isServedByLease(input: Turn['inputs'][number], { readable }: Outcome): boolean {
  return (
    input.kind === 'Asked' &&
    input.byLease === true &&
    readable.some(({ tokens }) => tokens === input.tokens)
  );
}

/** What came with the turn itself was not under way. */
function countLoss(counts: PlaceCounts, inputs: Turn['inputs'], { refused }: Outcome): void {
  const fresh = new Set(inputs.flatMap(tokensOf));
  if (refused.some(({ tokens }) => tokens.some((token) => !fresh.has(token))))
    counts.refusedRead += 1;
}

function tokensOf(input: Turn['inputs'][number]): readonly number[] {
  if (input.kind === 'Asked') return input.tokens;
  return input.kind === 'Proposed' ? input.proposals.map(({ token }) => token) : [];
}

function countMembers(counts: PlaceCounts, before: Facts, { state }: Outcome): void {
  const { configurations, configuration, role } = state;
  const { index = 0 } = configurations.at(-1) ?? {};
  if (role.name !== 'leader' || index <= before.configurationIndex) return;
  if (configuration.outgoing.length > 0) counts.joint += 1;
  else if (configurations.at(-2)?.configuration.outgoing.length) counts.changed += 1;
}

function countMail(counts: PlaceCounts, { sworn, free, view }: Outcome): void {
  for (const { message: m } of sworn) {
    if (m.kind === 'AppendEntriesReply' && m.result === 'conflict') counts.conflict += 1;
  }
  for (const { message: m } of free) {
    if (m.kind === 'HeartbeatReply' && m.round === 0) counts.staleLeader += 1;
    if (m.kind === 'PreVoteReply' && !m.granted && view.leader !== null) counts.refusedPreVote += 1;
  }
}

function countSnapshots(
  counts: PlaceCounts,
  before: Facts,
  inputs: Turn['inputs'],
  { shipments, release, state }: Outcome,
): void {
  for (const shipment of shipments) {
    if (shipment.kind === 'reply' && shipment.message.result === 'resume') {
      if (shipment.message.offset > 0) counts.snapshotResumed += 1;
    }
    if (shipment.kind !== 'send') continue;
    counts.snapshotSent += 1;
    if (shipment.attempt > 1) counts.snapshotAgain += 1;
  }
  const isReplaced = release?.install && before.last.index > before.released;
  if (isReplaced) counts.logReplaced += 1;
  for (const input of inputs) {
    if (input.kind === 'Delivered' && !input.ok) counts.snapshotDropped += 1;
    const isNews = input.kind === 'Fetched' && input.snapshot.index === state.commit;
    if (isNews && state.commit > before.commit && !release?.install) counts.fastForward += 1;
  }
}

function countOffice(counts: PlaceCounts, before: Facts, { state }: Outcome): void {
  const { hard, role, log, commit } = state;
  if (before.role === 'candidate' && role.name === 'precandidate') counts.splitVote += 1;
  if (role.name === 'leader') {
    const first = commit > before.commit ? log.termAt(before.commit + 1) : null;
    if (first !== null && first < hard.term) counts.indirectCommit += 1;
  } else if (before.role === 'leader') {
    if (hard.term > before.hard.term) counts.deposed += 1;
    else counts.resigned += 1;
  }
}
