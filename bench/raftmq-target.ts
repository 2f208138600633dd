import { Dealer } from 'zeromq';
import { BATCH_FRAMES_MAX } from '../lib/client/connection.ts';
import { decodeReply, encodeRequest, type Refusal, type Reply } from '../lib/wire/client.ts';
import { BenchFault } from './fault.ts';
import type { Settle, Target } from './target.ts';
import { type Ask, makeValue, type Workload } from './workload.ts';

const CONNECT_MS = 5_000;

/**
 * One DEALER and the plain client protocol: what any program with ZeroMQ and msgpack can do. The
 * client library is left out, because its promises, deadlines and retries cost time on the cores that
 * the nodes need too; its batches are the same.
 *
 * @param endpoint of the leader, where the client library would go as well.
 * @throws {BenchFault} if nobody listens there.
 */
export async function openRaftmq(
  endpoint: string,
  workload: Workload,
  settle: Settle,
): Promise<Target> {
  const socket = new Dealer();
  socket.linger = 0;
  socket.sendTimeout = 0;
  socket.immediate = true;
  socket.sendHighWaterMark = 0; // what is on its way is bounded by the loop
  socket.receiveHighWaterMark = 0;
  await connect(socket, endpoint);
  void receive(socket, settle);
  const value = makeValue(workload);
  return {
    send: (asks) => {
      for (let i = 0; i < asks.length; i += BATCH_FRAMES_MAX) {
        void send(socket, asks.slice(i, i + BATCH_FRAMES_MAX), value, settle);
      }
    },
    close: () => socket.close(),
  };
}

function connect(socket: Dealer, endpoint: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.close();
      reject(new BenchFault(`no node answers at ${endpoint}`));
    }, CONNECT_MS);
    socket.events.on('handshake', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.connect(endpoint); // last, because events are only seen from the first listener on
  });
}

async function send(
  socket: Dealer,
  asks: readonly Ask[],
  value: string,
  settle: Settle,
): Promise<void> {
  const frames = asks.map(({ id, op, key }) =>
    encodeRequest(id, op, op === 'put' ? { key, value } : { key }),
  );
  try {
    await socket.send(frames);
  } catch {
    // The connection is gone. A message is taken whole or not at all, so none of these was sent.
    for (const { id } of asks) settle(id, 'NOT_CONNECTED');
  }
}

/** Ends when the socket is closed. */
async function receive(socket: Dealer, settle: Settle): Promise<void> {
  for await (const frames of socket) {
    for (const frame of frames) {
      const decoded = decodeReply(frame);
      if (typeof decoded === 'string' || decoded.id === null) settle(-1, 'UNREADABLE');
      else settle(decoded.id, failureOf(decoded.reply));
    }
  }
}

/** Every key that is read was written before. */
function failureOf(reply: Reply | Refusal): string | null {
  if (!reply.ok) return reply.code;
  return 'found' in reply && reply['found'] !== true ? 'NOT_FOUND' : null;
}
