import { Context } from 'zeromq';
import { TransportError } from '../kit/errors.ts';
import type { Logger } from '../kit/logger.ts';
import { ClientPort } from './client-port.ts';
import { EventPort } from './event-port.ts';
import { closed, listenAt, type Place } from './listen.ts';
import type { Network, Peer } from './network.ts';
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
export async function openNetwork(options: NetworkOptions): Promise<Network> {
  const opened: { close(): Promise<void> }[] = [];
  const add = <T extends (typeof opened)[number]>(part: T): T => {
    opened.push(part);
    return part;
  };
  // together: each may take its time to say the last words
  const closeAll = async (): Promise<void> => {
    await Promise.all(opened.map((part) => part.close()));
  };
  try {
    return open(options, add, closeAll);
  } catch (reason) {
    await closeAll();
    throw reason;
  }
}

function open(
  { self, peers, limits, logger }: NetworkOptions,
  add: <T extends { close(): Promise<void> }>(part: T) => T,
  closeAll: () => Promise<void>,
): Network {
  // One for each node: what several nodes in one process do does not mix.
  const context = new Context();
  context.blocky = false;

  const mailPort = listenAt(place(self, 'peer'), (ipv6) => peerPort(context, ipv6, limits));
  add({ close: () => closed(mailPort) });
  const clients = add(new ClientPort(context, place(self, 'client'), limits, logger));
  const links = add(new PeerLinks(context, limits));
  const events = add(new EventPort(context, place(self, 'events'), links.fail));
  const [problem] = links.set(peers);
  if (problem !== undefined) throw new TransportError(problem);
  let closing: Promise<void> | null = null;

  return {
    fromPeers: messages(mailPort, ([, ...frames]) => (frames.length > 0 ? frames : null)),
    fromClients: clients.received,
    beats: links.beats,
    links: links.links,
    setPeers: (all) => links.set(all),
    toPeer: (peer, frames) => links.send(peer, frames),
    toClient: (client, frames) => clients.send(client, frames),
    wants: (topic) => events.wants(topic),
    subscribed: (start) => events.subscribed(start),
    publish: (topic, body) => events.publish(topic, body),
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };
}

function place(node: Addresses, port: 'peer' | 'client' | 'events'): Place {
  return { endpoint: node[port], setting: `${port} of node ${node.id}` };
}
