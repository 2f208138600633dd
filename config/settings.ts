import { choice, count, NODES, range, text, type ValueKind } from './values.ts';

/** One setting: the table that checks, help and docs/operations.md are made from. */
export type Setting = {
  /** Its place in the file, and its name on the command line: `raft.heartbeat`. */
  readonly path: string;
  readonly kind: ValueKind;
  readonly means: string;
};

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** Every setting there is, in the order of default.json. */
export const SETTINGS: readonly Setting[] = [
  setting(
    'cluster',
    text('1 to 64 letters, digits, ".", "_" or "-"', /^[\w.-]{1,64}$/),
    'Name of the cluster. Nodes and data of another cluster are refused.',
  ),
  setting(
    'nodes',
    NODES,
    'The nodes and where each listens. A list replaces the default one as a whole.',
  ),
  setting(
    'data',
    text('the path of a directory', /^[^\0]+$/),
    'Directory of all data. Node N keeps its files in DATA/N.',
  ),
  setting(
    'runtime',
    choice(['async', 'threaded']),
    'async: a node is one thread. threaded: clients and the database have a thread of their own beside it.',
  ),
  setting('raft.heartbeat', count(1, 60_000, 'ms'), 'Time between two heartbeats of a leader.'),
  setting(
    'raft.election',
    range(3, 600_000, 'ms'),
    'A follower that hears nothing for a random time between these two stands for election.',
  ),
  setting(
    'raft.inflightMessages',
    count(1, 65_536),
    'Messages with entries that a leader sends to one follower ahead of its answers.',
  ),
  setting(
    'raft.inflightBytes',
    count(64 * KIB, 4 * GIB, 'bytes'),
    'Entries that a leader sends to one follower ahead of its answers.',
  ),
  setting(
    'raft.messageBytes',
    count(16 * KIB, 256 * MIB, 'bytes'),
    'Largest run of entries in one message to a follower.',
  ),
  setting(
    'raft.windowBytes',
    count(64 * KIB, 16 * GIB, 'bytes'),
    'Newest entries kept in memory, for followers that are a little behind. Older ones are read from disk.',
  ),
  setting(
    'raft.uncommittedBytes',
    count(64 * KIB, 16 * GIB, 'bytes'),
    'Entries without a majority that a leader holds. Beyond that clients get BUSY.',
  ),
  setting(
    'raft.diskStall',
    count(100, 600_000, 'ms'),
    'A leader whose disk has not finished a write for so long resigns.',
  ),
  setting(
    'raft.clockDrift',
    count(0, 100, '%'),
    'How much faster the clock of one node may run than that of another. Reads by lease rely on it.',
  ),
  setting(
    'wal.segmentBytes',
    count(64 * KIB, 4 * GIB, 'bytes'),
    'Size of one file of the log. Files are made full size in advance.',
  ),
  setting(
    'db.historyRevs',
    count(0, 1_000_000_000),
    'Changes kept for the request `changes` and for watchers that come back.',
  ),
  setting(
    'db.historyBytes',
    count(0, 1024 * GIB, 'bytes'),
    'Bytes of keys and values that those changes may hold, all in all.',
  ),
  setting(
    'snapshot.everyEntries',
    count(1, 1_000_000_000),
    'A node takes a snapshot of its database after so many entries of the log.',
  ),
  setting(
    'snapshot.everyBytes',
    count(64 * KIB, 1024 * GIB, 'bytes'),
    'The same in bytes of entries: whichever comes first.',
  ),
  setting(
    'snapshot.keepEntries',
    count(0, 1_000_000_000),
    'Entries before a snapshot that stay in the log, for followers that are a little behind.',
  ),
  setting(
    'snapshot.chunkBytes',
    count(KIB, 16 * MIB, 'bytes'),
    'A snapshot is sent to a follower in messages of this size, eight of them ahead of its answers.',
  ),
  setting(
    'client.valueBytes',
    count(KIB, 64 * MIB, 'bytes'),
    'Largest value of a key, as msgpack.',
  ),
  setting(
    'client.pendingRequests',
    count(1, 10_000_000),
    'Requests that a node holds unanswered. Beyond that clients get BUSY.',
  ),
  setting(
    'client.pendingBytes',
    count(64 * KIB, 16 * GIB, 'bytes'),
    'The same in bytes of requests.',
  ),
  setting(
    'client.sessions',
    count(1, 1_000_000),
    'Sessions of clients beyond which no more are opened: clients get BUSY.',
  ),
  setting(
    'client.leases',
    count(1, 1_000_000),
    'Leases beyond which no more are granted: clients get BUSY.',
  ),
  setting(
    'record.bytes',
    count(0, 1024 * GIB, 'bytes'),
    'Size of the flight recording in DATA/N/flight, which the newest turns of the node overwrite. 0: none.',
  ),
  setting(
    'log.level',
    choice(['debug', 'info', 'warn', 'error']),
    'What is logged: events of this level and above.',
  ),
  setting(
    'log.format',
    choice(['auto', 'pretty', 'json']),
    'Lines for people, or JSON. auto: lines for people on a terminal, JSON elsewhere.',
  ),
];

function setting(path: string, kind: ValueKind, means: string): Setting {
  return { path, kind, means };
}

/** The sections of the file: `raft`, `wal` and so on. */
export const SECTIONS: readonly string[] = [
  ...new Set(SETTINGS.flatMap(({ path }) => path.split('.').slice(0, -1))),
];

export const PATHS: readonly string[] = SETTINGS.map(({ path }) => path);

/** The value at a setting's path, or undefined. */
export function valueAt(tree: unknown, path: string): unknown {
  let value = tree;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name))
      return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
