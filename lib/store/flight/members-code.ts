import type { CatchUp } from '../../core/catch-up.ts';
import { encodeConfiguration, readConfiguration } from '../../core/configuration-code.ts';
import { votersOnly } from '../../core/quorum.ts';
import type { Leader } from '../../core/state.ts';
import type { Configuration, ConfigurationAt, Millis, NodeId } from '../../core/types.ts';
import type { Fields } from '../../wire/fields.ts';

/** Who takes part, as a part of a state in a recording (state-code.ts). */

type Configurations = {
  readonly configurations: readonly ConfigurationAt[];
  readonly configuration: Configuration;
};

export function putConfigurations(fields: unknown[], all: readonly ConfigurationAt[]): void {
  fields.push(all.length);
  for (const { index, configuration } of all) {
    fields.push(index, encodeConfiguration(configuration));
  }
}

export function takeConfigurations(fields: Fields): Configurations {
  const configurations: ConfigurationAt[] = [];
  for (let left = fields.count('the configurations', 2); left > 0; left -= 1) {
    const index = fields.index('the index of a configuration');
    const before = configurations.at(-1)?.index ?? -1;
    fields.require(index > before, 'configurations that do not rise');
    configurations.push({ index, configuration: takeConfiguration(fields) });
  }
  const effective = configurations.at(-1);
  fields.require(effective !== undefined, 'a state without a configuration');
  return { configurations, configuration: effective?.configuration ?? votersOnly([]) };
}

function takeConfiguration(fields: Fields): Configuration {
  const configuration = readConfiguration(fields.bytes('the configuration'));
  if (typeof configuration !== 'string') return configuration;
  fields.require(false, configuration);
  return votersOnly([]);
}

type Membership = Pick<Leader, 'change' | 'catchUps' | 'departing'>;

const UNCOMMITTED = Number.POSITIVE_INFINITY;

export function putMembership(
  fields: unknown[],
  { change, catchUps, departing }: Membership,
): void {
  fields.push(change !== null);
  if (change) fields.push(change.token, change.index);
  fields.push(catchUps.length);
  for (const { id, round, match, target, startedAt } of catchUps) {
    fields.push(id, round, match, target, startedAt);
  }
  fields.push(departing.size);
  for (const [id, until] of departing) fields.push(id, until ?? UNCOMMITTED);
}

export function takeMembership(fields: Fields): Membership {
  const change = fields.boolean('whether a change is under way')
    ? {
        token: fields.uint('the token of a change', 0, Number.MAX_SAFE_INTEGER),
        index: fields.index('the index of a change'),
      }
    : null;
  const catchUps: CatchUp[] = [];
  for (let left = fields.count('who catches up', 5); left > 0; left -= 1) {
    catchUps.push({
      id: fields.node('a learner'),
      round: fields.index('its round'),
      match: fields.index('its match'),
      target: fields.index('its target'),
      startedAt: fields.millis('its start'),
    });
  }
  const departing = new Map<NodeId, Millis | null>();
  for (let left = fields.count('who departs', 2); left > 0; left -= 1) {
    const id = fields.node('who departs');
    const until = fields.millis('until when it is told');
    departing.set(id, until === UNCOMMITTED ? null : until);
  }
  return { change, catchUps, departing };
}
