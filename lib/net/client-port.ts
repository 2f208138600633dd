import type { Context, Router } from 'zeromq';
import type { Logger } from '../kit/logger.ts';
import { rateLimited } from '../kit/rate-limit.ts';
import { closed, listenAt, type Place } from './listen.ts';
import type { Client, ClientMessage } from './network.ts';
import { fitToKeep, messages } from './receive.ts';
import { clientPort, type NetworkLimits } from './sockets.ts';

/** How often it is worth a line that clients do not take their replies. */
const TROUBLE_INTERVAL_MS = 10_000;
const DELIMITER = Buffer.alloc(0);

/** Where clients ask and get their replies. */
export class ClientPort {
  readonly received: AsyncIterable<ClientMessage>;
  readonly #socket: Router;
  readonly #logger: Logger;

  /** @throws {TransportError} if it cannot be bound. */
  constructor(context: Context, place: Place, limits: NetworkLimits, logger: Logger) {
    this.#socket = listenAt(place, (ipv6) => clientPort(context, ipv6, limits));
    this.#logger = rateLimited(logger, { intervalMs: TROUBLE_INTERVAL_MS, by: ['reason'] });
    this.received = messages(this.#socket, readClientMessage);
  }

  send({ route, delimited }: Client, frames: readonly Uint8Array[]): void {
    if (this.#socket.closed || frames.length === 0) return;
    const head = delimited ? [route, DELIMITER] : [route];
    this.#socket.send([...head, ...frames]).catch(this.#onRefused);
  }

  close(): Promise<void> {
    return closed(this.#socket);
  }

  /**
   * A client that left does not miss its replies. One that is there and does not read them waits
   * for what is lost now, until its time is up.
   */
  readonly #onRefused = ({ code }: NodeJS.ErrnoException): void => {
    if (code === 'EHOSTUNREACH') this.#logger.debug('reply.undelivered', { reason: 'gone' });
    else this.#logger.warn('reply.undelivered', { reason: 'full' });
  };
}

/** Routing id, an empty delimiter if it is a REQ, requests. Null if there are none. */
function readClientMessage(received: Buffer[]): ClientMessage | null {
  const delimited = received[1]?.length === 0;
  const head = delimited ? 2 : 1;
  if (received.length <= head) return null;
  const kept = fitToKeep(received);
  return { client: { route: kept[0] as Buffer, delimited }, frames: kept.slice(head) };
}
