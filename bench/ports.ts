import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { BenchFault } from './fault.ts';

/**
 * Below what Linux (32768) and macOS (49152) give to outgoing connections: any of those could take a
 * port between our look at it and the start of whoever is to listen there.
 */
const LOWEST = 10_240;
const HIGHEST = 32_767;
const TRIES_MAX = 1000;

/** Ports of loopback that nothing listens on at the moment. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  for (let i = 0; ports.size < count; i++) {
    if (i === TRIES_MAX) throw new BenchFault(`found no ${count} free ports on 127.0.0.1`);
    const port = randomInt(LOWEST, HIGHEST + 1);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.listen(port, '127.0.0.1');
  if (!(await listening)) return false;
  server.close();
  await once(server, 'close');
  return true;
}
