import { type Child, spawnNode } from '../lib/cli/children.ts';
import { readRecord } from '../lib/cli/log.ts';
import { type Client, connect } from '../lib/client/client.ts';
import { BenchFault } from './fault.ts';
import { freePorts } from './ports.ts';

/** Bounds that only a hang exceeds. */
const READY_MS = 20_000;
const STOP_MS = 5_000;
const LINES_KEPT = 12;

/** Something that takes load and has a leader. */
export interface Cluster {
  /** Never resolves. Rejects with a BenchFault as soon as one of its processes ends unasked. */
  readonly death: Promise<never>;
  /** Where the leader takes requests. */
  leader(): Promise<string>;
  /** Ends all its processes. */
  close(): Promise<void>;
}

export type RaftmqOptions = {
  readonly nodes: number;
  /** Nodes keep their data here. */
  readonly directory: string;
  /** Settings by path, as the command line writes them. */
  readonly settings: Readonly<Record<string, string>>;
  /** What `--config` names, or null. */
  readonly configFile: string | null;
  /** How a node is started; `raftmq node` unless a test says otherwise. */
  readonly spawn?: typeof spawnNode;
};

export type Address = {
  readonly id: number;
  readonly peer: string;
  readonly client: string;
  readonly events: string;
};

async function freeAddress(id: number): Promise<Address> {
  const [peer, client, events] = (await freePorts(3)).map((port) => `tcp://127.0.0.1:${port}`);
  return { id, peer: `${peer}`, client: `${client}`, events: `${events}` };
}

/** Nodes of raftmq on free ports of loopback, each a process of its own. */
export class RaftmqCluster implements Cluster {
  /** Of the nodes that the cluster began with. */
  readonly addresses: readonly Address[];
  readonly #options: RaftmqOptions;
  readonly #children = new Map<number, Child>();
  /** What each node said last. */
  readonly #lines = new Map<number, string[]>();
  readonly #client: Client;
  #died: (error: Error) => void = () => {};
  readonly death: Promise<never>;

  private constructor(addresses: readonly Address[], options: RaftmqOptions) {
    this.addresses = addresses;
    this.#options = options;
    this.#client = connect({ endpoints: addresses.map(({ client }) => client) });
    this.death = new Promise((_, reject) => {
      this.#died = reject;
    });
    this.death.catch(() => {}); // told to whoever waits for the cluster, if anyone does
  }

  /** Starts all nodes; `ready` waits for them. */
  static async start(options: RaftmqOptions): Promise<RaftmqCluster> {
    const addresses: Address[] = [];
    for (let id = 1; id <= options.nodes; id++) addresses.push(await freeAddress(id));
    const cluster = new RaftmqCluster(addresses, options);
    for (const { id } of addresses) cluster.boot(id);
    return cluster;
  }

  /** Starts node `id`, which is not running, on the data it left. */
  boot(id: number): void {
    this.#boot(id, this.#arguments());
  }

  /** Starts one more node, with an empty directory, which asks to be added. */
  async join(): Promise<Address> {
    const added = await freeAddress(this.addresses.length + 1);
    const members = this.addresses.map(({ client }) => client).join();
    const { id, peer, client, events } = added;
    const place = Object.entries({ join: members, peer, client, events });
    this.#boot(id, [...this.#arguments(), ...place.map(([name, value]) => `--${name}=${value}`)]);
    return added;
  }

  /** Of the process of node `id`, if it runs. */
  pid(id: number): number | undefined {
    return this.#children.get(id)?.pid;
  }

  #boot(id: number, argv: readonly string[]): void {
    const { spawn = spawnNode } = this.#options;
    const lines: string[] = [];
    this.#lines.set(id, lines);
    const child = spawn(id, argv, (line) => {
      lines.push(line);
      if (lines.length > LINES_KEPT) lines.shift();
    });
    this.#children.set(id, child);
    void child.ended.then(({ code, signal }) => {
      if (this.#children.get(id) !== child) return;
      const how = signal === null ? `exit code ${code}` : signal;
      this.#died(new BenchFault(`node ${id} has ended (${how}); its last words:\n${shown(lines)}`));
    });
  }

  #arguments(): readonly string[] {
    const { directory, settings, configFile } = this.#options;
    const all = {
      cluster: 'bench',
      'log.format': 'json',
      ...settings,
      nodes: JSON.stringify(this.addresses),
      data: directory,
    };
    return [
      ...(configFile === null ? [] : [`--config=${configFile}`]),
      ...Object.entries(all).map(([path, value]) => `--${path}=${value}`),
    ];
  }

  /**
   * Waits until a write is carried out.
   *
   * @throws {BenchFault} with what the nodes said, if a node ends, or no write succeeds in time.
   */
  async ready(): Promise<void> {
    const written = this.#client.put('ready', true, { timeoutMs: READY_MS }).catch((error) => {
      throw new BenchFault(
        `no write succeeded within ${READY_MS / 1000} s: ${error.message}\n${this.#all()}`,
      );
    });
    await Promise.race([written, this.death]);
  }

  async leader(): Promise<string> {
    const id = await this.leaderId();
    return this.addresses.find((address) => address.id === id)?.client ?? '';
  }

  /** @throws {BenchFault} if no node knows of one in time. */
  async leaderId(): Promise<number> {
    await this.ready();
    const { leader } = await this.#client.status();
    if (leader === null) throw new BenchFault(`nobody leads right after a write\n${this.#all()}`);
    return leader;
  }

  /** Like a power cut for the process: kill -9. Resolves when it is gone. */
  async kill(id: number): Promise<void> {
    const child = this.#children.get(id);
    this.#children.delete(id);
    child?.kill();
    await child?.ended;
  }

  /** Asks node `id` to stop, as SIGTERM does. Resolves when it is gone. */
  async stop(id: number): Promise<void> {
    const child = this.#children.get(id);
    this.#children.delete(id);
    child?.stop();
    await child?.ended;
  }

  /** Waits until node `id` itself answers, such as after a restart. */
  async answers(id: number): Promise<void> {
    const endpoints = this.addresses.filter((address) => address.id === id);
    await using client = connect({ endpoints: endpoints.map((a) => a.client), follow: false });
    await Promise.race([client.status({ timeoutMs: READY_MS }), this.death]);
  }

  /** Stops all nodes in order, so that what is tied to their exit is done, or kills them. */
  async close(): Promise<void> {
    await this.#client.close();
    const children = [...this.#children.values()];
    this.#children.clear();
    for (const child of children) child.stop();
    const timer = setTimeout(() => {
      for (const child of children) child.kill();
    }, STOP_MS);
    await Promise.all(children.map(({ ended }) => ended));
    clearTimeout(timer);
  }

  #all(): string {
    return [...this.#lines]
      .map(([id, lines]) => `node ${id} said last:\n${shown(lines)}`)
      .join('\n');
  }
}

/** Lines of a log for people; what Node.js itself said stays as it is. */
function shown(lines: readonly string[]): string {
  if (lines.length === 0) return '  nothing';
  return lines
    .map((line) => {
      const record = readRecord(line);
      return `  ${record === null ? line : `${record.event} ${JSON.stringify(record.fields)}`}`;
    })
    .join('\n');
}
