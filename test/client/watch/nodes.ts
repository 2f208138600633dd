import type { ExecutionContext } from 'ava';
import { freePorts } from '../../../bench/ports.ts';
import { type Client, type ClientOptions, connect } from '../../../lib/client/client.ts';
import {
  type Config,
  configured,
  type RunningNode,
  runNode,
  SILENT,
} from '../../../streams/embed.ts';
import { temporaryDirectory } from '../../store/temporary.ts';

/** Several nodes share one thread here, on a machine that may be busy: no leader is to be lost over that. */
const PATIENT = { 'raft.heartbeat': 100, 'raft.election': [1000, 2000] };
const TIMEOUT_MS = 30_000;

/** Nodes in this process, with sockets and disks as always. */
export class RealNodes {
  readonly config: Config;
  readonly #running = new Map<number, RunningNode>();
  readonly #clients: Client[] = [];

  constructor(config: Config) {
    this.config = config;
  }

  async boot(id: number): Promise<void> {
    this.#running.set(id, await runNode(this.config, id, SILENT));
  }

  async stop(id: number): Promise<void> {
    const node = this.#running.get(id);
    this.#running.delete(id);
    await node?.stop();
  }

  /** A client of all nodes; closed with them. */
  client(options: Partial<ClientOptions> = {}): Client {
    const endpoints = this.config.nodes.map(({ client }) => client);
    const client = connect({ endpoints, timeoutMs: TIMEOUT_MS, ...options });
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.close();
    await Promise.all([...this.#running.keys()].map((id) => this.stop(id)));
  }
}

/** @param historyRevs that each node keeps at least. */
export async function realNodes(
  t: ExecutionContext,
  count: number,
  historyRevs = 100_000,
): Promise<RealNodes> {
  const ports = await freePorts(count * 3);
  const at = (place: number): string => `tcp://127.0.0.1:${ports[place]}`;
  const nodes = Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    peer: at(3 * i),
    client: at(3 * i + 1),
    events: at(3 * i + 2),
  }));
  const data = temporaryDirectory(t);
  const cluster = new RealNodes(
    configured({ ...PATIENT, data, nodes, 'db.historyRevs': historyRevs }),
  );
  t.teardown(() => cluster.close());
  await Promise.all(nodes.map(({ id }) => cluster.boot(id)));
  return cluster;
}
