import type { Config, NodeAddress } from './schema.ts';
import { valueAt } from './settings.ts';

/** What must hold between settings. It is looked at only if all settings in `of` are sound. */
export type Relation = {
  readonly of: readonly string[];
  /** Sentences about what does not hold: what was found, what must hold, and why. */
  check(config: Config): readonly string[];
};

/** The key, the names in the request's map and the head of the log record, with room to spare. */
const REQUEST_OVERHEAD_BYTES = 4096;
const RECORD_BYTES_MIN = 1 << 20;

export const RELATIONS: readonly Relation[] = [
  relation(['raft.heartbeat', 'raft.election'], ({ raft }) =>
    unless(
      raft.heartbeat * 3 <= raft.election[0],
      `raft.election begins at ${raft.election[0]} ms, which is less than 3 heartbeats of ${raft.heartbeat} ms: one lost heartbeat must not start an election; raise raft.election or lower raft.heartbeat`,
    ),
  ),
  relation(['raft.election'], ({ raft }) =>
    unless(
      raft.election[0] < raft.election[1],
      `raft.election is [${raft.election.join(', ')}]: its second number must be the larger one, because nodes that all wait equally long split every vote`,
    ),
  ),
  relation(['nodes'], ({ nodes }) =>
    repeated(nodes.map(({ id }) => id)).map(
      (id) => `nodes: the id ${id} is there twice; give every node its own`,
    ),
  ),
  relation(['nodes'], ({ nodes }) =>
    repeated(nodes.flatMap(listeners)).map(
      (place) => `nodes: ${place} is there twice; everything that listens needs its own port`,
    ),
  ),
  relation(['record.bytes'], ({ record }) =>
    unless(
      record.bytes === 0 || record.bytes >= RECORD_BYTES_MIN,
      `record.bytes is ${record.bytes}, but must be 0 for no recording, or at least ${RECORD_BYTES_MIN}, or it would hold no more than a moment`,
    ),
  ),
  atMost('raft.messageBytes', 'raft.inflightBytes', 'or no message could be sent'),
  atMost(
    'raft.messageBytes',
    'raft.windowBytes',
    'or followers that keep up would be fed from the disk',
  ),
  ...['raft.messageBytes', 'raft.uncommittedBytes', 'wal.segmentBytes', 'client.pendingBytes'].map(
    (path) =>
      atMost(
        'client.valueBytes',
        path,
        'or the largest value could not be written',
        REQUEST_OVERHEAD_BYTES,
      ),
  ),
];

function relation(of: readonly string[], check: Relation['check']): Relation {
  return { of, check };
}

/** The size at `less`, and `extra` bytes, must fit into the size at `more`. */
function atMost(less: string, more: string, why: string, extra = 0): Relation {
  return relation([less, more], (config) => {
    const [small, large] = [size(config, less), size(config, more)];
    const needs = extra === 0 ? `${small}` : `${small} and ${extra} for what is around it`;
    return unless(
      small + extra <= large,
      `${more} is ${large}, but must be at least ${less} (${needs}), ${why}`,
    );
  });
}

function size(config: Config, path: string): number {
  return valueAt(config, path) as number;
}

/** Host and port of all that a node listens on, however it is spelled. */
function listeners({ peer, client, events, http }: NodeAddress): readonly string[] {
  return [peer, client, events, ...(http === undefined ? [] : [http])].map((address) =>
    address
      .replace(/^\w+:\/\//, '')
      .replace(/\/$/, '')
      .toLowerCase(),
  );
}

function repeated<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values.filter((value, place) => values.indexOf(value) !== place))];
}

function unless(holds: boolean, otherwise: string): readonly string[] {
  return holds ? [] : [otherwise];
}
