/**
 * One node's sockets, as plain functions and async iterables (DESIGN §3.9, §3.10).
 *
 *     peer port    ROUTER  binds     mail from peers arrives here; nothing is ever sent from it
 *     peer links   DEALER  connects  one to each peer's port, anonymous; nothing ever arrives here
 *     client port  ROUTER  binds     requests in, replies out
 *     event port   XPUB    binds     beats and events out; tells us what anyone subscribes to
 *     beat feeds   SUB     connects  one to each peer's event port, for `raft.heartbeat`
 *
 * Each iterable has one consumer, and ends when the network is closed. Messages of peers and clients
 * are only received when they are asked for: a consumer that does not ask makes ZeroMQ and TCP slow
 * down the senders. Frames that are sent must not be changed afterwards: ZeroMQ's own thread reads
 * them later.
 */
export interface Network {
  /**
   * Frames of each message from a peer, routing id removed. A frame may hold on to the memory it
   * was received in, about 8 KiB: what is kept of a smaller one must be copied.
   */
  readonly fromPeers: AsyncIterable<readonly Buffer[]>;
  readonly fromClients: AsyncIterable<ClientMessage>;
  /** Topic and body of each beat that a peer published. Of beats that nobody reads the oldest are dropped. */
  readonly beats: AsyncIterable<readonly Buffer[]>;
  /**
   * A link to a peer went up or down; all are down at first. The latest state of each link is never
   * lost, nor that it broke. Throws if a socket fails, which is a bug.
   */
  readonly links: AsyncIterable<Link>;

  /**
   * Who is dialled from now on: all of them, and nobody else. A peer that is new, or that has moved,
   * is dialled at its address; links to whoever is not named any more go down and are closed.
   *
   * @returns a sentence about each endpoint that is none; those peers are left out.
   */
  setPeers(peers: readonly Peer[]): readonly string[];
  /**
   * Never waits.
   *
   * @returns false if the message was not taken: no such peer, no link, or the link is full. What
   *   was taken is lost only if the link breaks, which `links` tells.
   */
  toPeer(peer: number, frames: readonly Uint8Array[]): boolean;
  /**
   * Never waits. What the client does not take, because it is gone or does not read, is lost; the
   * operator is told, the caller is not: by the time ZeroMQ says so the caller has moved on.
   */
  toClient(client: Client, frames: readonly Uint8Array[]): void;
  /** True if anyone may have subscribed to a prefix of `topic`: publishing to nobody costs nothing. */
  wants(topic: string): boolean;
  /**
   * The prefixes that begin with `start` and that somebody has subscribed to; too many of them are
   * not all told. The same array until something changes.
   */
  subscribed(start: string): readonly string[];
  /** Drops for subscribers that do not keep up, as PUB does. */
  publish(topic: string, body: Uint8Array): void;

  /** Resolves when nothing is left and the ports are free. At any time, and more than once. */
  close(): Promise<void>;
}

/**
 * Another node: where it takes mail, and where it publishes its beats. `id` names the link to it:
 * its own id, or any other number that no peer has.
 */
export type Peer = { readonly id: number; readonly peer: string; readonly events: string };

/** Where replies go. */
export type Client = {
  readonly route: Buffer;
  /** A REQ socket sent an empty frame first, and wants it back. */
  readonly delimited: boolean;
};

/** `frames` are the requests, at least one: delimiter and routing id removed. They may be kept. */
export type ClientMessage = { readonly client: Client; readonly frames: readonly Buffer[] };

export type Link = { readonly peer: number; readonly up: boolean };

/** The part of it that Raft itself needs: all but the clients. */
export type LoopNetwork = Omit<Network, 'fromClients' | 'toClient'>;

/** The same, where changes come from afar: they are only sent for if somebody watches. */
export type WatchedNetwork = LoopNetwork & {
  /** True if anyone may have subscribed to a topic that begins with `prefix`. */
  wantsWithin(prefix: string): boolean;
};

/** The same, with whom it dials. */
export type ServiceSide = ServiceNetwork & { setPeers(peers: readonly Peer[]): void };

/** The part of it that serves clients; mail to peers passes their requests on, and answers them. */
export type ServiceNetwork = Pick<
  Network,
  'fromClients' | 'toClient' | 'toPeer' | 'links' | 'close'
>;
