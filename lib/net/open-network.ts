import { Context } from 'zeromq';
import { TransportError } from '../kit/errors.ts';
import type { Logger } from '../kit/logger.ts';
import { ClientPort } from './client-port.ts';
import { EventPort } from './event-port.ts';
import { closed, listenAt, type Place } from './listen.ts';
import type { Network, Peer, ServiceSide, WatchedNetwork } from './network.ts';
import { Parts } from './parts.ts';
import { PeerLinks } from './peer-links.ts';
import { messages } from './receive.ts';
import { type NetworkLimits, peerPort } from './sockets.ts';

/** A node and the endpoints of its ports, `tcp://HOST:PORT`. */
export type Addresses = {
  readonly id: number;
  readonly peer: string;
  readonly client: string;
  readonly events: string;
};

export type NetworkOptions = {
  readonly self: Addresses;
  /** Those that are dialled first; they come and go with `setPeers`. */
  readonly peers: readonly Peer[];
  readonly limits: NetworkLimits;
  readonly logger: Logger;
};

/**
 * Opens a node's sockets. Peers need not be there: they are dialled until they are, and again when
 * they are lost.
 *
 * @throws {TransportError} if a port cannot be bound or an endpoint is none. Nothing is left open.
 */
export function openNetwork(options: NetworkOptions): Promise<Network> {
  return Parts.open((parts) => {
    const context = newContext();
    const loop = openLoop(options, context, parts);
    return { ...loop, ...openClients(options, context, parts) };
  });
}

/** The same for a thread that serves no clients. */
export function openLoopNetwork(options: NetworkOptions): Promise<WatchedNetwork> {
  return Parts.open((parts) => openLoop(options, newContext(), parts));
}

/**
 * The same for a thread that does nothing but serve clients. Its links to peers are its own, and
 * beside those of the loop: what it sends over them and what the loop sends have no order.
 */
export function openServiceNetwork(options: NetworkOptions): Promise<ServiceSide> {
  return Parts.open((parts) => {
    const { peers, limits } = options;
    const context = newContext();
    const clients = openClients(options, context, parts);
    const links = parts.add(new PeerLinks(context, limits));
    links.set(peers, 'mail');
    return {
      ...clients,
      links: links.links,
      setPeers: (all) => void links.set(all, 'mail'),
      toPeer: (peer, frames) => links.send(peer, frames),
      close: parts.close,
    };
  });
}

/** One for each node, and each of its threads: what several in one process do does not mix. */
function newContext(): Context {
  const context = new Context();
  context.blocky = false;
  return context;
}

function openLoop(
  { self, peers, limits }: NetworkOptions,
  context: Context,
  parts: Parts,
): WatchedNetwork {
  const mailPort = listenAt(place(self, 'peer'), (ipv6) => peerPort(context, ipv6, limits));
  parts.add({ close: () => closed(mailPort) });
  const links = parts.add(new PeerLinks(context, limits));
  const events = parts.add(new EventPort(context, place(self, 'events'), links.fail));
  const [problem] = links.set(peers);
  if (problem !== undefined) throw new TransportError(problem);
  return {
    fromPeers: messages(mailPort, ([, ...frames]) => (frames.length > 0 ? frames : null)),
    beats: links.beats,
    links: links.links,
    setPeers: (all) => links.set(all),
    toPeer: (peer, frames) => links.send(peer, frames),
    wants: (topic) => events.wants(topic),
    wantsWithin: (prefix) => events.wantsWithin(prefix),
    subscribed: (start) => events.subscribed(start),
    publish: (topic, body) => events.publish(topic, body),
    close: parts.close,
  };
}

function openClients(
  { self, limits, logger }: NetworkOptions,
  context: Context,
  parts: Parts,
): Pick<Network, 'fromClients' | 'toClient'> {
  const clients = parts.add(new ClientPort(context, place(self, 'client'), limits, logger));
  return {
    fromClients: clients.received,
    toClient: (client, frames) => clients.send(client, frames),
  };
}

function place(node: Addresses, port: 'peer' | 'client' | 'events'): Place {
  return { endpoint: node[port], setting: `${port} of node ${node.id}` };
}
