import type { Configuration, Member, NodeId } from './types.ts';

/**
 * A configuration as the payload of an entry, and in a snapshot: the JSON of its value. There are
 * few of them, and whoever looks into a log can read them.
 */
export function encodeConfiguration(configuration: Configuration): Uint8Array {
  const { voters, outgoing, learners, promoting, members } = configuration;
  return Buffer.from(JSON.stringify({ voters, outgoing, learners, promoting, members }));
}

/** Total: any bytes are a configuration, or a sentence saying what is wrong with them. */
export function readConfiguration(payload: Uint8Array): Configuration | string {
  const value = parse(payload);
  if (typeof value !== 'object' || value === null)
    return 'a configuration that is not a JSON object';
  const { voters, outgoing, learners, promoting, members } = value as Record<string, unknown>;
  if (!isIds(voters) || !isIds(outgoing) || !isIds(learners) || !isIds(promoting)) {
    return 'a configuration whose voters, outgoing, learners or promoting are not lists of distinct ids';
  }
  if (!Array.isArray(members) || !members.every(isMember)) {
    return 'a configuration with a member that is none';
  }
  if (!isIds(members.map(({ id }) => id))) return 'a configuration that names a member twice';
  if (learners.some((id) => voters.includes(id))) return 'a configuration with a voter that learns';
  if (!promoting.every((id) => learners.includes(id))) {
    return 'a configuration that promotes who is no learner';
  }
  return { voters, outgoing, learners, promoting, members: members.map(copyOf) };
}

function parse(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload).toString());
  } catch {
    return null;
  }
}

function isIds(value: unknown): value is readonly NodeId[] {
  return (
    Array.isArray(value) &&
    value.every((id) => Number.isSafeInteger(id) && id >= 1) &&
    new Set(value).size === value.length
  );
}

/** True for what has all that a member has. */
export function isMember(value: unknown): value is Member {
  if (typeof value !== 'object' || value === null) return false;
  const { id, peer, client, events, incarnation } = value as Record<string, unknown>;
  return (
    isIds([id]) &&
    [peer, client, events].every((endpoint) => typeof endpoint === 'string') &&
    (incarnation === null || Number.isSafeInteger(incarnation))
  );
}

/** A member as it stands in JSON, or null if `value` is none. */
export function readMember(value: unknown): Member | null {
  return isMember(value) ? copyOf(value) : null;
}

/** Without whatever else the value may have had. */
function copyOf({ id, peer, client, events, incarnation }: Member): Member {
  return { id, peer, client, events, incarnation };
}
