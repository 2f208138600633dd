import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Client, connect } from '../../lib/client/client.ts';
import { BenchFault } from '../fault.ts';
import { PREFIX, type Writes } from './open-loop.ts';

/** A node must have applied what was acknowledged within this time after the last write. */
const CAUGHT_UP_MS = 20_000;
const LOOK_EVERY_MS = 50;
const PAGE = 1_000;
/** Of each kind of fault so many are shown. */
const SHOWN_MAX = 5;

type Found = ReadonlyMap<string, { readonly value: unknown; readonly version: number }>;

/**
 * Reads from each node what it has itself, and compares.
 *
 * @returns sentences about what is wrong: an acknowledged write that is not there, a write that took
 *   effect twice or although it was refused, a node that differs from the others.
 */
export async function verify(
  endpoints: ReadonlyMap<number, string>,
  writes: Writes,
): Promise<readonly string[]> {
  const faults: string[] = [];
  const digests = new Map<number, string>();
  const lastIndex = Math.max(0, ...writes.acknowledged.values());
  for (const [id, endpoint] of endpoints) {
    await using client = connect({ endpoints: [endpoint], follow: false });
    await caughtUp(client, id, lastIndex);
    const { found, digest } = await readAll(client);
    digests.set(id, digest);
    faults.push(...faultsOf(found, writes).map((fault) => `node ${id}: ${fault}`));
  }
  if (new Set(digests.values()).size > 1) {
    const all = [...digests].map(([id, digest]) => `node ${id}: ${digest.slice(0, 12)}`);
    faults.push(`the nodes do not hold the same (${all.join(', ')})`);
  }
  return faults;
}

async function caughtUp(client: Client, id: number, index: number): Promise<void> {
  const until = performance.now() + CAUGHT_UP_MS;
  for (;;) {
    const { applied } = await client.status({ timeoutMs: CAUGHT_UP_MS });
    if (applied >= index) return;
    if (performance.now() > until) {
      throw new BenchFault(`node ${id} has applied ${applied}, but ${index} was acknowledged`);
    }
    await pause(LOOK_EVERY_MS);
  }
}

/** Everything that was written, with all that a node knows of it, in the order of the keys. */
async function readAll(client: Client): Promise<{ found: Found; digest: string }> {
  const found = new Map<string, { value: unknown; version: number }>();
  const hash = createHash('sha256');
  let from = PREFIX;
  for (;;) {
    // '0' follows '/', with which the prefix ends
    const to = `${PREFIX.slice(0, -1)}0`;
    const { entries, more } = await client.range(from, to, { read: 'stale', limit: PAGE });
    for (const entry of entries) {
      found.set(entry.key, entry);
      hash.update(`${JSON.stringify(entry)}\n`);
    }
    const last = entries.at(-1);
    if (!more || last === undefined) return { found, digest: hash.digest('hex') };
    from = `${last.key}\0`;
  }
}

function faultsOf(found: Found, { acknowledged, rejected }: Writes): readonly string[] {
  const lost = [...acknowledged.keys()].filter((key) => found.get(key)?.value !== numberOf(key));
  const twice = [...found].filter(([, { version }]) => version !== 1).map(([key]) => key);
  const undead = [...rejected.keys()].filter((key) => found.has(key));
  return [
    ...told(lost, 'acknowledged and not there'),
    ...told(twice, 'written once, and taken effect more than once'),
    ...told(undead, 'refused, and there all the same'),
  ];
}

function numberOf(key: string): number {
  return Number(key.slice(PREFIX.length));
}

function told(keys: readonly string[], what: string): readonly string[] {
  if (keys.length === 0) return [];
  return [`${keys.length} writes ${what}: ${keys.slice(0, SHOWN_MAX).join(', ')}`];
}
