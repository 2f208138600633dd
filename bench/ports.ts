import { once } from 'node:events';
import { createServer } from 'node:net';
import { BenchFault } from './fault.ts';

/**
 * Below 32768, where systems begin to take the ports of outgoing connections from: one of those may
 * be gone by the time a node wants to listen, or a node that dials a port where nobody listens yet
 * may be connected to itself.
 */
const FIRST = 10_000;
const COUNT = 22_000;
/** Processes that were started one after the other begin so far apart. */
const STRIDE = 211;

let next = (process.pid * STRIDE) % COUNT;

/** Ports of loopback that nothing listens on at the moment; each only once in this process. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  for (let tried = 0; ports.length < count; tried++) {
    if (tried === COUNT) throw new BenchFault(`there are no ${count} free ports on 127.0.0.1`);
    const port = FIRST + next;
    next = (next + 1) % COUNT;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false; // somebody listens there: the next one will do
  }
  await once(server.close(), 'close');
  return true;
}
