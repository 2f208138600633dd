import {
  type Context,
  Dealer,
  Router,
  type Socket,
  type SocketOptions,
  Subscriber,
  XPublisher,
} from 'zeromq';

/**
 * What the sockets of a node must hold at most. Memory is bounded by these and by the high-water
 * marks below, which count messages: for each connection, on each side.
 */
export type NetworkLimits = {
  /** Largest frame from a peer, in bytes. Beyond it the connection is dropped without a word. */
  readonly peerFrameBytes: number;
  /**
   * Largest frame from a client, in bytes. Beyond it the connection is dropped without a word, and
   * the client connects again: what shall be refused with a reply must be well below.
   */
  readonly clientFrameBytes: number;
  /**
   * Messages on their way to one peer before `toPeer` says no. More than the leader's window, so
   * that the window closes first.
   */
  readonly peerMessages: number;
};

/** How long a connection may take from TCP to the end of the handshake, in ms. */
export const HANDSHAKE_MS = 3000;

/** Every socket. */
const COMMON = {
  // At close what has not left is dropped. The default, -1, would hang for ever.
  linger: 0,
  // Strangers that connect and say nothing.
  handshakeInterval: HANDSHAKE_MS,
  // Finds peers that vanished without closing, and keeps firewalls from forgetting the connection:
  // after 2 s without traffic the kernel asks, and gives up after another 3 s. Not ZeroMQ's own
  // heartbeats: they end this process when a peer goes whose messages wait behind a full inbox, for
  // the next one is written to a connection that libzmq 4.3.5 has given up already (`Assertion
  // failed: !_io_error`, stream_engine_base.cpp:310).
  tcpKeepalive: 1,
  tcpKeepaliveIdle: 2,
  tcpKeepaliveInterval: 1,
  tcpKeepaliveCount: 3,
} as const;

/** Sockets that send. With 0 `send` settles at once: it neither waits nor ever throws EBUSY. */
const SENDING = { sendTimeout: 0 } as const;

/** Sockets that connect. */
const CONNECTING = {
  connectTimeout: 2000,
  // 50, 100, 200, 200 ...: a node that comes back must be found well within an election timeout,
  // or a leader that needs it hears nothing from it and resigns.
  reconnectInterval: 50,
  reconnectMaxInterval: 200,
} as const;

/** Sockets that bind. */
const BINDING = {
  // After a failover all clients come at once.
  backlog: 512,
} as const;

/** Messages of one peer or client that wait to be read; then ZeroMQ stops reading, and TCP pushes back. */
const INBOUND_MESSAGES = 64;
/** What a node says last, to clients that wait and to watchers, gets so long to leave, in ms. */
const FAREWELL_MS = 500;

/** Replies that wait for one client. One that leaves so many unread loses the next. */
const REPLY_MESSAGES = 1024;
/**
 * Events that wait for one subscriber; it loses the next. A burst in one trip round the event loop
 * reaches ZeroMQ faster than it can leave, so this is how many changes can be applied at once
 * without a watcher that keeps up having to catch up.
 */
const EVENT_MESSAGES = 4096;
/** Beats are overtaken by the next one. */
const BEAT_MESSAGES = 16;
const BEAT_BYTES_MAX = 64 * 1024;
/** A subscription is a topic with one byte before it. */
const SUBSCRIPTION_BYTES_MAX = 4096;

/** Mail from peers arrives here; nothing is ever sent from it. */
export function peerPort(context: Context, ipv6: boolean, limits: NetworkLimits): Router {
  return make(Router, context, {
    ...COMMON,
    ...BINDING,
    ipv6,
    receiveHighWaterMark: INBOUND_MESSAGES,
    maxMessageSize: limits.peerFrameBytes,
    // A stranger that chooses the routing id of another cannot take its place.
    handover: false,
  });
}

/**
 * Mail to one peer; nothing ever arrives here. Anonymous: a chosen routing id can be stolen, or end
 * the other process.
 */
export function peerLink(context: Context, ipv6: boolean, limits: NetworkLimits): Dealer {
  return make(Dealer, context, {
    ...COMMON,
    ...SENDING,
    ...CONNECTING,
    ipv6,
    // The kernel only asks when nothing is on its way; this is for when something is.
    tcpMaxRetransmitTimeout: 3000,
    // Nothing is queued for a peer that is not there: stale mail would greet it when it returns.
    immediate: true,
    sendHighWaterMark: limits.peerMessages,
    // It is never read.
    receiveHighWaterMark: 1,
    // Only the greeting of ZeroMQ itself.
    maxMessageSize: 1024,
  });
}

export function clientPort(context: Context, ipv6: boolean, limits: NetworkLimits): Router {
  return make(Router, context, {
    ...COMMON,
    ...SENDING,
    ...BINDING,
    ipv6,
    linger: FAREWELL_MS,
    sendHighWaterMark: REPLY_MESSAGES,
    receiveHighWaterMark: INBOUND_MESSAGES,
    maxMessageSize: limits.clientFrameBytes,
    // A reply to a client that is gone or full is refused, where it would vanish without a word.
    mandatory: true,
    handover: false,
  });
}

/** Events. XPUB is PUB on the wire, and tells us what anybody subscribes to. */
export function eventPort(context: Context, ipv6: boolean): XPublisher {
  return make(XPublisher, context, {
    ...COMMON,
    ...SENDING,
    ...BINDING,
    ipv6,
    linger: FAREWELL_MS,
    sendHighWaterMark: EVENT_MESSAGES,
    maxMessageSize: SUBSCRIPTION_BYTES_MAX,
    // Drop for who is slow; with true one stuck subscriber would stop all.
    noDrop: false,
  });
}

/** Beats of one peer. */
export function beatFeed(context: Context, ipv6: boolean): Subscriber {
  return make(Subscriber, context, {
    ...COMMON,
    ...CONNECTING,
    ipv6,
    receiveHighWaterMark: BEAT_MESSAGES,
    maxMessageSize: BEAT_BYTES_MAX,
  });
}

/**
 * A socket with its options. They are assigned after construction: a constructor that throws over
 * one leaves a process that crashes when it exits.
 */
function make<S extends Socket>(
  Type: new (options: SocketOptions<Socket>) => S,
  context: Context,
  options: Partial<S>,
): S {
  const socket = new Type({ context });
  try {
    return Object.assign(socket, options);
  } catch (reason) {
    socket.close();
    throw reason;
  }
}
