import type { Lead } from './members-invariants.ts';
import type { Outcome } from './outcome.ts';
import type { Rule } from './rule.ts';
import type { RaftState } from './state.ts';

/** What must be true of handing over an office, and of what is known of a quorum. */

export const TRANSFER_RULES: readonly Rule<RaftState>[] = [
  [
    'a transfer is given up in time',
    ({ transfer, now }) => transfer === null || transfer.until > now,
  ],
  [
    'only an office that was held is handed over',
    ({ transfer, hard }) => transfer === null || transfer.term <= hard.term,
  ],
  [
    'who is told to stand has a name',
    ({ transfer }) => transfer === null || !transfer.isSent || transfer.to !== null,
  ],
];

export const CONTACT_RULES: readonly Rule<Lead>[] = [
  [
    'contact is not of the future',
    ({ state: { now }, role: { contact } }) => contact.electedAt <= now && contact.at <= now,
  ],
  [
    'beats are noted in their order, and were published',
    ({ state: { now }, role: { contact, round } }) =>
      contact.beats.every((beat, i) => {
        const before = contact.beats[i - 1];
        const isLater = !before || (before.round < beat.round && before.sentAt <= beat.sentAt);
        return isLater && beat.round <= round && beat.sentAt <= now;
      }),
  ],
  [
    'whoever was told to stand is remembered',
    ({ state: { transfer, hard }, role }) =>
      transfer === null || transfer.term !== hard.term || !transfer.isSent || role.hasNominated,
  ],
];

/** Nothing is proposed to a leader that has begun to hand over, but in the turn in which it begins. */
export function isClosedToProposals({ accepted, state }: Outcome): boolean {
  const { transfer, settings, now } = state;
  if (transfer === null || accepted.length === 0) return true;
  return transfer.until - settings.electionMsMax >= now;
}

/** Only who holds all, when all is committed, is told to stand: at least by a leader that stays. */
export function isNominatedRightly({ free, state }: Outcome): boolean {
  const { role, log, commit } = state;
  return free.every(({ to, message }) => {
    if (message.kind !== 'TimeoutNow' || role.name !== 'leader') return true;
    return commit === log.last.index && role.progress.get(to)?.match === log.last.index;
  });
}
