/**
 * A replicated state machine of your own: a counter that three nodes agree on, in one process.
 *
 *     node dist/examples/embed.js
 *
 * The log is on disk as always. This machine keeps its state in memory only, and that is fine: what
 * a machine holds is an image of the log, so it starts empty and the log is applied to it again.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { connect } from '../lib/client/client.ts';
import { type Entry, payloadOf } from '../lib/core/entry.ts';
import { SILENT } from '../lib/kit/logger.ts';
import type { Applied, StateMachine } from '../lib/store/state-machine.ts';
import {
  decodeRequest,
  type Refusal,
  type Reply,
  type Request,
  refuse,
} from '../lib/wire/client.ts';
import { readUint } from '../lib/wire/scan.ts';
import { runNode } from '../streams/run-node.ts';

/** `add { by }` adds to the sum and replies with it; `sum` reads it. */
class Counter implements StateMachine {
  #applied = 0;
  #sum = 0;
  #rev = 0;

  get applied(): number {
    return this.#applied;
  }

  get rev(): number {
    return this.#rev;
  }

  route(op: string): 'write' | 'read' | null {
    return op === 'add' ? 'write' : op === 'sum' ? 'read' : null;
  }

  /** Runs on the leader, before anything is in the log. */
  check(request: Request): Refusal | null {
    if (request.op === 'sum' || by(request) !== null) return null;
    return refuse('BAD_REQUEST', 'add takes `by`, an integer of 0 or more');
  }

  /** Runs on every node, with the same entries in the same order. */
  apply(entries: readonly Entry[]): readonly Applied[] {
    return entries.map((entry) => {
      this.#applied = entry.index;
      if (entry.kind !== 'command') return { index: entry.index, reply: null, changes: [] };
      const request = decodeRequest(payloadOf(entry));
      if ('refusal' in request) return { index: entry.index, reply: request.refusal, changes: [] };
      this.#sum += by(request) ?? 0;
      this.#rev += 1;
      const reply = { ok: true, sum: this.#sum, index: entry.index } as const;
      return { index: entry.index, reply, changes: [] };
    });
  }

  read(): Reply {
    return { ok: true, sum: this.#sum };
  }

  async close(): Promise<void> {}
}

function by(request: Request): number | null {
  const raw = request.args.get('by');
  return raw ? readUint(raw) : null;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function main(): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'raftmq-counter-'));
  const local = async (): Promise<string> => `tcp://127.0.0.1:${await freePort()}`;
  const nodes = await Promise.all(
    [1, 2, 3].map(async (id) => ({
      id,
      peer: await local(),
      client: await local(),
      events: await local(),
    })),
  );
  const defaults = loadConfig({ flags: {}, environment: {}, file: null });
  const config = { ...defaults, cluster: 'counter', data, nodes };

  const running = await Promise.all(
    nodes.map(({ id }) => runNode(config, id, SILENT, async () => new Counter())),
  );
  const client = connect({ endpoints: nodes.map((node) => node.client) });
  const sums = await Promise.all([1, 2, 3, 4].map((n) => client.request('add', { by: n })));
  console.log('sums after each of four adds:', sums.map((reply) => reply['sum']).join(', '));
  console.log('what the cluster agrees on:', (await client.request('sum'))['sum']);

  await client.close();
  await Promise.all(running.map((node) => node.stop()));
  await rm(data, { recursive: true });
}

await main();
