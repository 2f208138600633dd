import type { Socket } from 'zeromq';
import { endpointProblem } from '../kit/endpoint.ts';
import { TransportError } from '../kit/errors.ts';
import { uninterrupted } from '../kit/uninterrupted.ts';

/** An endpoint and the setting that it comes from, for messages. */
export type Place = { readonly endpoint: string; readonly setting: string };

/** A sentence about an endpoint that is none, or null: ZeroMQ takes nonsense without a word. */
export function placeProblem({ endpoint, setting }: Place): string | null {
  const problem = endpointProblem(endpoint);
  return problem === null ? null : `${setting}: ${problem}`;
}

/** IPv6 is for addresses only: a name is looked up as IPv4, wherever it stands. */
export function isIpv6({ endpoint }: Place): boolean {
  return endpoint.startsWith('tcp://[');
}

/**
 * A socket that listens at `place`.
 *
 * @throws {TransportError} naming endpoint, setting and remedy.
 */
export function listenAt<S extends Socket>(place: Place, make: (ipv6: boolean) => S): S {
  const problem = placeProblem(place);
  if (problem !== null) throw new TransportError(problem);
  const socket = make(isIpv6(place));
  try {
    // at once: while `bind` waits, every other call throws EBUSY
    socket.bindSync(place.endpoint);
    return socket;
  } catch (cause) {
    socket.close();
    const { endpoint, setting } = place;
    const why = remedy(cause as NodeJS.ErrnoException);
    throw new TransportError(`cannot listen on ${endpoint} (${setting}): ${why}`, { cause });
  }
}

function remedy({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'the port is in use; stop what listens there (another node?), or give this node another port';
    case 'EADDRNOTAVAIL':
    case 'ENODEV': // what libzmq makes of a name that it cannot look up, and of IPv6 where there is none
      return 'that address is not on this machine; give one that is, or start this node where it is';
    case 'EACCES':
      return 'this user may not listen there; give this node a port above 1023';
    default:
      return `${message}; give this node another address`;
  }
}

/** Closes `socket`; resolves when ZeroMQ's own thread has let go of it, and its port is free. */
export async function closed(socket: Socket): Promise<void> {
  if (socket.closed) return;
  const events = uninterrupted(() => socket.events);
  socket.close();
  while (!events.closed) await events.receive();
}
