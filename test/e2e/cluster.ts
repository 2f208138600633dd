import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../bench/ports.ts';
import type { Config } from '../../config/schema.ts';
import { type Client, type ClientOptions, connect, RaftmqError } from '../../lib/client/client.ts';
import { Events } from './events.ts';

const MAIN = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url));
/** Bounds that only a hang exceeds. */
const START_MS = 20_000;
const EXIT_MS = 20_000;
const CATCH_UP_MS = 60_000;

type Address = { id: number; peer: string; client: string; events: string };

export type Runtime = Config['runtime'];

/** For stories that must be the same whatever the runtime. */
export const RUNTIMES: readonly Runtime[] = ['async', 'threaded'];

export type ClusterOptions = {
  readonly nodes: number;
  readonly runtime?: Runtime;
  /** Nodes that the cluster does not begin with, but that have addresses, to be added later. */
  readonly reserve?: number;
  /** Settings besides the nodes, as in a config file. */
  readonly settings?: Readonly<Record<string, unknown>>;
};

/**
 * A cluster of real processes on free loopback ports, with its data in a directory of its own.
 * Whatever happens in a test, `close` ends them all.
 */
export class TestCluster {
  readonly directory: string;
  readonly addresses: readonly Address[];
  readonly events: Events;
  readonly #children = new Map<number, ChildProcess>();
  readonly #clients: Client[] = [];
  readonly #logs = new Map<number, string[]>();

  private constructor(directory: string, addresses: readonly Address[]) {
    this.directory = directory;
    this.addresses = addresses;
    this.events = new Events(addresses.map(({ events }) => events));
  }

  /** Starts all nodes; does not wait for a leader. */
  static async start({
    nodes,
    reserve = 0,
    runtime = 'async',
    settings = {},
  }: ClusterOptions): Promise<TestCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'raftmq-e2e-'));
    const ports = await freePorts((nodes + reserve) * 3);
    const endpoint = (i: number): string => `tcp://127.0.0.1:${ports[i]}`;
    const addresses = Array.from({ length: nodes + reserve }, (_, i) => ({
      id: i + 1,
      peer: endpoint(i * 3),
      client: endpoint(i * 3 + 1),
      events: endpoint(i * 3 + 2),
    }));
    const config = {
      cluster: 'e2e',
      data: join(directory, 'data'),
      runtime,
      wal: { segmentBytes: 4 << 20 },
      ...settings,
      nodes: addresses.slice(0, nodes),
    };
    await writeFile(join(directory, 'config.json'), JSON.stringify(config));
    const cluster = new TestCluster(directory, addresses);
    for (const { id } of addresses.slice(0, nodes)) cluster.boot(id);
    return cluster;
  }

  get ids(): readonly number[] {
    return this.addresses.map(({ id }) => id);
  }

  get configFile(): string {
    return join(this.directory, 'config.json');
  }

  /** Starts node `id`, which is not running. */
  boot(id: number, ...options: readonly string[]): void {
    const log = this.#logs.get(id) ?? [];
    this.#logs.set(id, log);
    this.#children.set(id, this.#spawn(id, log, options));
  }

  /** Starts node `id` as one that is to be added, by way of the node `through`. */
  join(id: number, through: number): void {
    this.boot(id, '--join', this.address(through).client, ...this.placesOf(id));
  }

  /** Where node `id` listens, as options. */
  placesOf(id: number): readonly string[] {
    const { peer, client, events } = this.address(id);
    return ['--peer', peer, '--client', client, '--events', events];
  }

  address(id: number): Address {
    const address = this.addresses.find((one) => one.id === id);
    if (!address) throw new Error(`there is no node ${id}`);
    return address;
  }

  dataOf(id: number): string {
    return join(this.directory, 'data', `${id}`);
  }

  /** Waits until the process of node `id` has ended by itself. @returns its exit code. */
  async ended(id: number): Promise<number | null> {
    const child = this.#children.get(id);
    if (!child) throw new Error(`node ${id} was never started`);
    return await exit(child);
  }

  /** Starts node `id` once more beside itself, and waits until that process has ended. */
  async runTwice(
    id: number,
    ...options: readonly string[]
  ): Promise<{ readonly code: number | null; readonly output: string }> {
    const log: string[] = [];
    const code = await exit(this.#spawn(id, log, options));
    return { code, output: log.join('') };
  }

  #spawn(id: number, log: string[], options: readonly string[] = []): ChildProcess {
    const config = options.includes('--config') ? [] : ['--config', this.configFile];
    const args = [MAIN, 'node', '--id', String(id), ...config, ...options];
    // Over the channel a node notices when this process ends, however it ends, and stops as well.
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => log.push(text));
    }
    return child;
  }

  /** What node `id` has written to its log, over all its lives. */
  log(id: number): string {
    return (this.#logs.get(id) ?? []).join('');
  }

  /** Sends a signal, and for those that end a process waits until it has ended. */
  async signal(id: number, signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#children.get(id);
    if (!child) throw new Error(`node ${id} was never started`);
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    child.kill(signal);
    return signal === 'SIGSTOP' || signal === 'SIGCONT' ? null : exit(child);
  }

  /** Like a power cut for the process: kill -9. */
  async kill(id: number): Promise<void> {
    await this.signal(id, 'SIGKILL');
  }

  /** A client of all nodes, or of the given ones; closed with the cluster. */
  client(ids: readonly number[] = this.ids): Client {
    return this.connect({ endpoints: ids.map((id) => this.address(id).client) });
  }

  connect(options: ClientOptions): Client {
    const client = connect(options);
    this.#clients.push(client);
    return client;
  }

  /** Waits until some node leads in a term after `term`. */
  async leader(term = 0): Promise<{ readonly leader: number; readonly term: number }> {
    const isBeat = (topic: string, event: Record<string, unknown>): boolean =>
      topic === 'raft.heartbeat' && (event['term'] as number) > term;
    const event = await this.events.next(isBeat, START_MS).catch((reason: unknown) => {
      throw new Error(`no leader after term ${term}: ${reason}\n${this.allLogs()}`);
    });
    return { leader: event['leader'] as number, term: event['term'] as number };
  }

  /** Waits until node `id` has `rev`. @returns a client of that node alone. */
  async caughtUp(id: number, rev: number): Promise<Client> {
    const client = this.client([id]);
    await client.get('any', { read: 'stale', atLeast: rev, timeoutMs: CATCH_UP_MS });
    return client;
  }

  /** The ends of all logs, for whoever has to find out what went wrong. */
  allLogs(): string {
    return this.ids.map((id) => `--- node ${id}\n${this.log(id).slice(-4000)}`).join('\n');
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.close();
    for (const [id, child] of this.#children) {
      // A paused process only ends once it may run again.
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGCONT');
      await this.signal(id, 'SIGKILL');
    }
    this.events.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/**
 * Does `write`, which may be done more than once, until it is acknowledged. For writes around a
 * change of leaders, whose outcome may be unknown.
 */
export async function untilDone<T>(write: () => Promise<T>): Promise<T> {
  const boundMs = performance.now() + START_MS;
  for (;;) {
    try {
      return await write();
    } catch (reason) {
      if (!(reason instanceof RaftmqError) || performance.now() > boundMs) throw reason;
    }
  }
}

/** The exit code, or null if a signal ended it. */
export async function exit(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const timer = setTimeout(() => child.kill('SIGKILL'), EXIT_MS);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(timer);
  return code;
}
