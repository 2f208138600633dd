import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';

/** ZMTP 3.0 by hand (rfc 23), for what no library would send. */
const MECHANISM = 12;

/** The greeting of version 3.0 with the mechanism NULL. */
export const GREETING = Buffer.alloc(64);
GREETING.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]);
GREETING.write('NULL', MECHANISM);

export function ready(socketType: string): Buffer {
  const name = Buffer.from('Socket-Type');
  const value = Buffer.alloc(4 + socketType.length);
  value.writeUInt32BE(socketType.length);
  value.write(socketType, 4);
  return command(Buffer.from([5]), Buffer.from('READY'), Buffer.from([name.length]), name, value);
}

export function frame(body: Uint8Array, more = false): Buffer {
  const flags = more ? 1 : 0;
  if (body.length < 256) return Buffer.concat([Buffer.from([flags, body.length]), body]);
  const head = Buffer.alloc(9);
  head[0] = flags | 2;
  head.writeBigUInt64BE(BigInt(body.length), 1);
  return Buffer.concat([head, body]);
}

function command(...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([4, body.length]), body]);
}

/** A bare TCP connection to `endpoint`, gone after the test. */
export async function dial(t: ExecutionContext, endpoint: string): Promise<Socket> {
  const { hostname, port } = new URL(endpoint.replace('tcp:', 'http:'));
  const socket = connect(Number(port), hostname);
  // that the node hangs up on us is often the point
  socket.on('error', () => {});
  t.teardown(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** A connection that has shaken hands; what comes back from now on is left unread. */
export async function shakeHands(
  t: ExecutionContext,
  endpoint: string,
  socketType: string,
): Promise<Socket> {
  const socket = await dial(t, endpoint);
  socket.write(Buffer.concat([GREETING, ready(socketType)]));
  // a node that is sent more before it has said READY hangs up
  let heard = '';
  while (!heard.includes('READY')) heard += String((await once(socket, 'data'))[0]);
  socket.pause();
  return socket;
}

/** Something else that listens where a node should. */
export type Impostor = {
  /** Resolves when somebody has connected. */
  readonly met: Promise<unknown>;
  readonly sockets: ReadonlySet<Socket>;
  /** Leaves the port to whoever comes next, and keeps its connections. */
  close(): void;
  /** Leaves the port, and hangs up. */
  leave(): Promise<void>;
};

export async function impostor(
  t: ExecutionContext,
  endpoint: string,
  says: (socket: Socket) => void,
): Promise<Impostor> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.resume();
    says(socket);
  });
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  t.teardown(hangUp);
  t.teardown(() => server.close());
  const { hostname, port } = new URL(endpoint.replace('tcp:', 'http:'));
  server.listen(Number(port), hostname);
  await once(server, 'listening');
  const leave = async (): Promise<void> => {
    hangUp();
    await once(server.close(), 'close');
  };
  return { met: once(server, 'connection'), sockets, close: () => server.close(), leave };
}
