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
import { connect } from '../lib/client/client.ts';
import {
  type Applied,
  configured,
  decodeRequest,
  type Entry,
  payloadOf,
  type Refusal,
  type Reply,
  type Request,
  readUint,
  refuse,
  runNode,
  SILENT,
  type StateMachine,
} from '../streams/embed.ts';

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

/** Ports that are free now; held open until all are found, so that each is another one. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return ports;
}

async function main(): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'raftmq-counter-'));
  const ports = await freePorts(9);
  const at = (place: number): string => `tcp://127.0.0.1:${ports[place]}`;
  const nodes = [0, 1, 2].map((i) => ({
    id: i + 1,
    peer: at(3 * i),
    client: at(3 * i + 1),
    events: at(3 * i + 2),
  }));
  const config = configured({ cluster: 'counter', data, nodes });

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
