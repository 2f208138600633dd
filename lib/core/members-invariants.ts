import { isMember } from './configurations.ts';
import { peersOf } from './quorum.ts';
import type { Rule } from './rule.ts';
import type { Leader, RaftState } from './state.ts';

/** What must be true of who takes part, in every state that a server settles in. */
export const MEMBERS_RULES: readonly Rule<RaftState>[] = [
  [
    'the latest configuration is effective',
    ({ configuration, configurations }) => configurations.at(-1)?.configuration === configuration,
  ],
  [
    'configurations rise, up to the end of the log',
    ({ configurations, log }) =>
      configurations.every(({ index }, i) => index > (configurations[i - 1]?.index ?? -1)) &&
      (configurations.at(-1)?.index ?? 0) <= log.last.index,
  ],
  [
    'only learners are promoted, and nobody is a voter and a learner',
    ({ configuration: { voters, learners, promoting } }) =>
      promoting.every((id) => learners.includes(id)) &&
      learners.every((id) => !voters.includes(id)),
  ],
];

/** A state whose role is known to be the leader's. */
export type Lead = { readonly state: RaftState; readonly role: Leader };

export const MANAGING_RULES: readonly Rule<Lead>[] = [
  [
    'a leader replicates to every member but itself, and to nobody else but those that depart',
    ({ state: { configuration, id }, role: { progress, departing } }) => {
      const peers = peersOf(configuration, id);
      return (
        peers.every((peer) => progress.has(peer)) &&
        progress.size === peers.length + departing.size &&
        [...departing.keys()].every((peer) => progress.has(peer) && !peers.includes(peer))
      );
    },
  ],
  [
    'only learners catch up, each once',
    ({ state: { configuration }, role: { catchUps } }) =>
      catchUps.every(
        ({ id }, i) =>
          configuration.learners.includes(id) && catchUps.findIndex((one) => one.id === id) === i,
      ),
  ],
  [
    'nobody waits for a change that is complete',
    ({ state: { configuration, configurations, commit }, role: { change } }) =>
      change === null ||
      configuration.outgoing.length > 0 ||
      (configurations.at(-1)?.index ?? 0) > commit,
  ],
  [
    'a joint configuration is left as soon as it is committed',
    ({ state: { configuration, configurations, commit, log, hard } }) =>
      configuration.outgoing.length === 0 ||
      log.termAt(commit) !== hard.term ||
      (configurations.at(-1)?.index ?? 0) > commit,
  ],
  [
    'a leader takes part, until it is committed that it does not',
    ({ state: { configuration, configurations, commit, id } }) =>
      isMember(configuration, id) || (configurations.at(-1)?.index ?? 0) > commit,
  ],
];
