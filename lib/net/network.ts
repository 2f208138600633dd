/**
 * One node's sockets, as plain functions and async iterables (DESIGN §3.9, §3.10).
 *
 *     peer port    ROUTER  binds     mail from peers arrives here; nothing is ever sent from it
 *     peer links   DEALER  connects  one to each peer's port, anonymous; nothing ever arrives here
 *     client port  ROUTER  binds     requests in, replies out
 *     event port   XPUB    binds     beats and events out; tells us what anyone subscribes to
 *     beat feed    SUB     connects  to every peer's event port, for `raft.heartbeat`
 */
export interface Network {
  /** Frames of each message from a peer, routing id removed. Ends when the network is closed. */
  readonly fromPeers: AsyncIterable<readonly Buffer[]>;
  readonly fromClients: AsyncIterable<ClientMessage>;
  /** Topic and body of each beat that a peer published. */
  readonly beats: AsyncIterable<readonly Buffer[]>;
  /** A link to a peer went up or down. The latest state of each link is never lost. */
  readonly links: AsyncIterable<Link>;

  /** @returns false if the message was not taken: no link, or the link is full. Never waits. */
  toPeer(peer: number, frames: readonly Uint8Array[]): boolean;
  /** @returns false if the client is gone or does not read. Never waits. */
  toClient(client: Client, frames: readonly Uint8Array[]): boolean;
  /** True if anyone subscribes to a prefix of `topic`: publishing to nobody costs nothing. */
  wants(topic: string): boolean;
  /** Drops for subscribers that do not keep up, as PUB does. */
  publish(topic: string, body: Uint8Array): void;

  close(): Promise<void>;
}

/** Where replies go. */
export type Client = {
  readonly route: Buffer;
  /** A REQ socket sent an empty frame first, and wants it back. */
  readonly delimited: boolean;
};

/** `frames` are the requests: delimiter and routing id removed; copies, so they may be kept. */
export type ClientMessage = { readonly client: Client; readonly frames: readonly Buffer[] };

export type Link = { readonly peer: number; readonly up: boolean };
