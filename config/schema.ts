/** The whole configuration of one node, checked (INTERFACE §2). Times in ms, sizes in bytes. */
export type Config = {
  readonly cluster: string;
  readonly nodes: readonly NodeAddress[];
  /** Directory of all data; node N keeps its files in `data`/N. */
  readonly data: string;
  readonly raft: RaftConfig;
  readonly wal: WalConfig;
  readonly db: DbConfig;
  readonly client: ClientConfig;
  readonly log: LogConfig;
};

/** One node and where it listens. `http` is kept for tools; nothing listens there yet. */
export type NodeAddress = {
  readonly id: number;
  readonly peer: string;
  readonly client: string;
  readonly events: string;
  readonly http?: string;
};

export type RaftConfig = {
  /** Between two heartbeats of a leader. */
  readonly heartbeat: number;
  /** A follower that hears nothing for a random time between these two stands for election. */
  readonly election: readonly [number, number];
  /** Entries in flight to one follower: messages and bytes. */
  readonly inflightMessages: number;
  readonly inflightBytes: number;
  /** Largest run of entries in one message; one entry always fits. */
  readonly messageBytes: number;
  /** Entries kept in memory for followers that are a little behind. */
  readonly windowBytes: number;
  /** Uncommitted entries a leader holds before it answers BUSY. */
  readonly uncommittedBytes: number;
  /** A leader whose disk has not finished a write for so long resigns. */
  readonly diskStall: number;
};

export type WalConfig = {
  /** Size of one segment file; files are made full size in advance. */
  readonly segmentBytes: number;
};

export type DbConfig = {
  /** Changes kept for `changes` and watchers that come back. */
  readonly historyRevs: number;
};

export type ClientConfig = {
  /** Largest value of a key. */
  readonly valueBytes: number;
  /** Requests that one node holds unanswered before it answers BUSY: count and bytes. */
  readonly pendingRequests: number;
  readonly pendingBytes: number;
};

export type LogConfig = {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** `auto`: coloured lines on a terminal, JSON elsewhere. */
  readonly format: 'auto' | 'pretty' | 'json';
};
