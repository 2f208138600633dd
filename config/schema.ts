/**
 * The whole configuration of one node, checked (INTERFACE §2). Times in ms, sizes in bytes. What
 * each setting means, and which values it takes, stands in settings.ts; the default in
 * default.json; how settings depend on each other in relations.ts.
 */
export type Config = {
  readonly cluster: string;
  readonly nodes: readonly NodeAddress[];
  readonly data: string;
  /** `async`: a node is one thread. `threaded`: two, one of them for Raft alone. */
  readonly runtime: 'async' | 'threaded';
  readonly raft: RaftConfig;
  readonly wal: WalConfig;
  readonly db: DbConfig;
  readonly snapshot: SnapshotConfig;
  readonly client: ClientConfig;
  readonly record: RecordConfig;
  readonly log: LogConfig;
};

/** One node and where it listens; without `http` it does not listen there. */
export type NodeAddress = {
  readonly id: number;
  readonly peer: string;
  readonly client: string;
  readonly events: string;
  readonly http?: string;
};

export type RaftConfig = {
  readonly heartbeat: number;
  /** Shortest and longest wait of a follower that hears nothing. */
  readonly election: readonly [number, number];
  readonly inflightMessages: number;
  readonly inflightBytes: number;
  readonly messageBytes: number;
  readonly windowBytes: number;
  readonly uncommittedBytes: number;
  readonly diskStall: number;
  /** In percent. */
  readonly clockDrift: number;
};

export type WalConfig = {
  readonly segmentBytes: number;
};

export type DbConfig = {
  readonly historyRevs: number;
  readonly historyBytes: number;
};

export type SnapshotConfig = {
  readonly everyEntries: number;
  readonly everyBytes: number;
  readonly keepEntries: number;
  readonly chunkBytes: number;
};

export type ClientConfig = {
  readonly valueBytes: number;
  readonly pendingRequests: number;
  readonly pendingBytes: number;
  readonly sessions: number;
  readonly leases: number;
};

export type RecordConfig = {
  /** 0 for no recording. */
  readonly bytes: number;
};

export type LogConfig = {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** `auto`: coloured lines on a terminal, JSON elsewhere. */
  readonly format: 'auto' | 'pretty' | 'json';
};
