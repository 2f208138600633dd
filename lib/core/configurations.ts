import { readConfiguration } from './configuration-code.ts';
import { type Entry, payloadOf } from './entry.ts';
import { isVoter } from './quorum.ts';
import type { RaftState } from './state.ts';
import type { Configuration, ConfigurationAt, Index, NodeId } from './types.ts';

/**
 * Which configuration is effective from which entry on. A server uses the latest one in its log,
 * whether committed or not, from the moment it appends it, and falls back to the one before when
 * that entry is replaced (thesis §4.1).
 *
 *     index   0            7          8              12
 *             base ······· joint ···· final ········ learner added
 *                                                    └ effective: the last of them
 *
 * The first is the one the log starts from: it can be followed, never replaced.
 */
type Known = Pick<RaftState, 'configurations'>;
type KnownAndCommitted = Pick<RaftState, 'configurations' | 'commit'>;

/** The configuration in which the entry at `index` stands, with its own index. */
export function configurationAt({ configurations }: Known, index: Index): ConfigurationAt {
  for (let i = configurations.length - 1; i > 0; i -= 1) {
    const one = configurations[i] as ConfigurationAt;
    if (one.index <= index) return one;
  }
  return configurations[0] as ConfigurationAt;
}

/** The effective configuration, with the index of its entry. */
export function latestConfiguration({ configurations }: Known): ConfigurationAt {
  return configurations.at(-1) as ConfigurationAt;
}

/** The latest configuration that is known to be committed. */
export function committedConfiguration(state: KnownAndCommitted): ConfigurationAt {
  return configurationAt(state, state.commit);
}

/** The configuration in which the entry at `index` stands, and all later ones. */
export function configurationsSince(known: Known, index: Index): readonly ConfigurationAt[] {
  return known.configurations.slice(known.configurations.indexOf(configurationAt(known, index)));
}

/** The configuration takes effect with its entry, which ends the log. */
export function adoptConfiguration(state: RaftState, configuration: Configuration): void {
  setConfigurations(state, [
    ...state.configurations,
    { index: state.log.last.index, configuration },
  ]);
}

/** The log now starts from `base`: what was effective there is what it starts from. */
export function forgetConfigurations(state: RaftState, base: Index): void {
  const first = configurationAt(state, base);
  if (first === state.configurations[0]) return;
  setConfigurations(state, state.configurations.slice(state.configurations.indexOf(first)));
}

/** A snapshot takes the place of the log: its configuration is all that is known. */
export function beginConfigurations(state: RaftState, first: ConfigurationAt): void {
  setConfigurations(state, [first]);
}

function setConfigurations(state: RaftState, all: readonly ConfigurationAt[]): void {
  state.configurations = all;
  state.configuration = (all.at(-1) as ConfigurationAt).configuration;
}

/**
 * The configurations that a leader's entries carry; mostly none.
 *
 * @returns a sentence if one of them cannot be one that takes effect.
 */
export function configurationsIn(entries: readonly Entry[]): readonly ConfigurationAt[] | string {
  let found: ConfigurationAt[] | null = null;
  for (const entry of entries) {
    if (entry.kind !== 'config') continue;
    const configuration = readConfiguration(payloadOf(entry));
    if (typeof configuration === 'string') return `entry ${entry.index} is ${configuration}`;
    if (configuration.voters.length === 0) {
      return `entry ${entry.index} is a configuration without voters`;
    }
    found ??= [];
    found.push({ index: entry.index, configuration });
  }
  return found ?? NONE;
}

const NONE: readonly ConfigurationAt[] = [];

/**
 * A leader's entries, which carry `found`, were attached. What they replaced is effective no more.
 *
 * @param isNewEpoch entries of the log were replaced by them.
 */
export function followConfigurations(
  state: RaftState,
  entries: readonly Entry[],
  found: readonly ConfigurationAt[],
  isNewEpoch: boolean,
): void {
  const first = entries[0]?.index;
  if (first === undefined || (found.length === 0 && !isNewEpoch)) return;
  const last = first + entries.length - 1;
  const isKept = ({ index }: ConfigurationAt): boolean =>
    index < first || (index > last && !isNewEpoch);
  const kept = state.configurations.filter(isKept);
  if (kept.length === state.configurations.length && found.length === 0) return;
  const before = kept.filter(({ index }) => index < first);
  setConfigurations(state, [...before, ...found, ...kept.slice(before.length)]);
}

/** True if `id` is in any of the sets. */
export function isMember(configuration: Configuration, id: NodeId): boolean {
  return isVoter(configuration, id) || configuration.learners.includes(id);
}

/**
 * True if this server may stand for election: it votes, or it still did in the configuration that
 * is known to be committed. Without the second, a server that removes itself could leave behind
 * others that cannot win without its longer log (thesis §4.2.2).
 */
export function mayCampaign(state: RaftState): boolean {
  return (
    isVoter(state.configuration, state.id) ||
    isVoter(committedConfiguration(state).configuration, state.id)
  );
}

/** True if a committed configuration leaves this server out, and one before it did not. */
export function isRemoved(state: KnownAndCommitted & Pick<RaftState, 'id'>): boolean {
  const { index, configuration } = committedConfiguration(state);
  if (isMember(configuration, state.id)) return false;
  return state.configurations.some(
    (one) => one.index < index && isMember(one.configuration, state.id),
  );
}
