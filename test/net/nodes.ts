import type { ExecutionContext } from 'ava';
import { freePorts } from '../../bench/ports.ts';
import type { Logger } from '../../lib/kit/logger.ts';
import { SILENT } from '../../lib/kit/logger.ts';
import type { Link, Network } from '../../lib/net/network.ts';
import { type Addresses, openNetwork } from '../../lib/net/open-network.ts';

export const LIMITS = { peerFrameBytes: 1 << 20, clientFrameBytes: 1 << 20, peerMessages: 64 };

/** Only a hang exceeds it, in ms. */
const HANG_MS = 15_000;

/** `count` nodes on free ports of loopback, numbered from 1. */
export async function addresses(count: number): Promise<readonly Addresses[]> {
  const ports = await freePorts(count * 3);
  const endpoint = (place: number): string => `tcp://127.0.0.1:${ports[place]}`;
  return Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    peer: endpoint(i * 3),
    client: endpoint(i * 3 + 1),
    events: endpoint(i * 3 + 2),
  }));
}

/** Opens the node `id` of `all`; the others are its peers. It is closed after the test. */
export async function open(
  t: ExecutionContext,
  all: readonly Addresses[],
  id = 1,
  logger: Logger = SILENT,
): Promise<Network> {
  const self = all.find((node) => node.id === id) as Addresses;
  const peers = all.filter((node) => node.id !== id);
  const network = await openNetwork({ self, peers, limits: LIMITS, logger });
  t.teardown(() => network.close());
  return network;
}

/** Opens all nodes, and waits until the first one has its links. */
export async function openAll(
  t: ExecutionContext,
  all: readonly Addresses[],
): Promise<readonly Network[]> {
  const networks = await Promise.all(all.map(({ id }) => open(t, all, id)));
  const [first] = networks;
  if (first && all.length > 1) await linked(first, all.length - 1);
  return networks;
}

/** Resolves when `count` links went up. Takes what the links tell until then. */
export async function linked(network: Network, count = 1): Promise<void> {
  const links = reader(network.links);
  for (let up = 0; up < count; ) if ((await links.next()).up) up++;
}

export type Reader<T> = {
  /** The next one; throws if there is none within the time, or it has ended. */
  next(): Promise<T>;
  take(count: number): Promise<T[]>;
};

/** Reads one at a time, and leaves the rest for later. */
export function reader<T>(source: AsyncIterable<T>): Reader<T> {
  const iterator = source[Symbol.asyncIterator]();
  const next = async (): Promise<T> => {
    const result = await within(iterator.next(), 'nothing came');
    if (result.done) throw new Error('it has ended');
    return result.value;
  };
  const take = async (count: number): Promise<T[]> => {
    const taken: T[] = [];
    while (taken.length < count) taken.push(await next());
    return taken;
  };
  return { next, take };
}

export function text(frames: readonly Uint8Array[]): string[] {
  return frames.map((frame) => Buffer.from(frame).toString());
}

export function down(peer: number): Link {
  return { peer, up: false };
}

export function up(peer: number): Link {
  return { peer, up: true };
}

/** Rejects if `promise` takes so long that it must be hanging. */
export async function within<T>(promise: Promise<T>, otherwise: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${otherwise} within ${HANG_MS} ms`)), HANG_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Resolves once `holds`; for what ZeroMQ does in its own thread and tells nobody. */
export async function eventually(holds: () => boolean, otherwise: string): Promise<void> {
  const deadline = performance.now() + HANG_MS;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`${otherwise} within ${HANG_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
