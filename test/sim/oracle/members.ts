import type { RaftState } from '../../../lib/core/state.ts';
import type { Facts } from '../../../lib/core/turn-invariants.ts';
import type { Configuration, ConfigurationAt, Index, NodeId } from '../../../lib/core/types.ts';
import type { Watched } from './oracle.ts';
import { rule } from './rule.ts';

/**
 * Who takes part, as the logs of the servers tell it: each uses the latest configuration in its own
 * log, and a log without one goes by the configuration that the cluster was founded with.
 */
export class Members {
  readonly #founded: ConfigurationAt;

  constructor(configuration: Configuration) {
    this.#founded = { index: 0, configuration };
  }

  /** The configuration in which the entry at `index` of that log stands, and all later ones. */
  since({ log: { configurations } }: Watched, index: Index): readonly ConfigurationAt[] {
    const first = configurations.findLastIndex((one) => one.index <= index);
    return first >= 0 ? configurations.slice(first) : [this.#founded, ...configurations];
  }

  /** The one that is effective. */
  latest({ log }: Watched): ConfigurationAt {
    return log.configurations.at(-1) ?? this.#founded;
  }

  /** A server may lead if it votes, or if nobody has committed yet that it does not. */
  mayLead(server: Watched, commit: Index): boolean {
    return this.since(server, commit).some(({ configuration }) => votes(configuration, server.id));
  }

  /** A client is told that the change of who takes part is complete at `index`. */
  isComplete(server: Watched, index: Index, { commit, log }: RaftState): void {
    const [at] = this.since(server, index) as [ConfigurationAt];
    const isIts = isOfSnapshot(index, log) ? at.index <= index : at.index === index;
    const isLeft = at.configuration.outgoing.length === 0;
    rule(index <= commit && isIts && isLeft, `n${server.id} calls the change at ${index} complete`);
  }

  /** What a turn did to the configurations of a server follows the rules of the thesis, chapter 4. */
  judge(server: Watched, before: Facts, state: RaftState): void {
    const { id, log } = server;
    const { index, configuration } = state.configurations.at(-1) as ConfigurationAt;
    const known = log.configurations.at(-1);
    rule(
      isOfSnapshot(index, state.log) ? index >= (known?.index ?? 0) : index === (known?.index ?? 0),
      `n${id} goes by the configuration of ${index}, its log by another`,
    );
    rule(
      known === undefined || isSame(configuration, known.configuration),
      `n${id} goes by another configuration than the entry ${index} has`,
    );
    if (state.role.name !== 'leader' || before.role !== 'leader') return;
    if (before.hard.term !== state.hard.term || index <= before.last.index) return;
    const [past, ...added] = this.since(server, before.last.index) as [
      ConfigurationAt,
      ...ConfigurationAt[],
    ];
    let last = past;
    for (const one of added) {
      rule(
        last.index <= state.commit,
        `n${id} changes who takes part at ${one.index}, before ${last.index} is committed`,
      );
      rule(
        log.termAt(state.commit) === state.hard.term,
        `n${id} changes who takes part before it has committed an entry of its term`,
      );
      follows(last.configuration, one);
      last = one;
    }
  }
}

/**
 * A log that begins with a snapshot goes by the configuration that was in force at its end, and does
 * not know at which entry that began.
 */
function isOfSnapshot(index: Index, { base }: RaftState['log']): boolean {
  return index > 0 && index <= base.index;
}

function follows(past: Configuration, { index, configuration: now }: ConfigurationAt): void {
  rule(!isSame(past, now), `the configuration at ${index} changes nothing`);
  if (past.outgoing.length > 0) {
    const isLeft = now.outgoing.length === 0 && isEqual(past.voters, now.voters);
    rule(isLeft, `the configuration at ${index} does not leave the joint one before it`);
    return;
  }
  const isDirect = now.outgoing.length === 0;
  rule(
    isEqual(past.voters, isDirect ? now.voters : now.outgoing),
    `the voters change at ${index} without those before having a say`,
  );
}

function votes({ voters, outgoing }: Configuration, id: NodeId): boolean {
  return voters.includes(id) || outgoing.includes(id);
}

function isEqual(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return [...a].sort().join() === [...b].sort().join();
}

function isSame(a: Configuration, b: Configuration): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
