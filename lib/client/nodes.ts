import { endpointProblem } from '../kit/endpoint.ts';
import { Connection, type ConnectionEvents } from './connection.ts';

/** A node as its clients see it. */
type Node = {
  readonly connection: Connection;
  /** Its id, once it has said so. */
  id: number | null;
  /** Connected, but it has not said a word for too long. */
  silent: boolean;
  /** It said that it cannot help now: asked before this moment (ms, monotonic) only if all did. */
  restsUntilMs: number;
};

/** What a node says of itself. */
export type Sighting = {
  readonly node: number;
  readonly term: number;
  readonly leader: number | null;
};

/** Nodes that a client connects to besides the ones it was given. */
const LEARNED_MAX = 32;
const REST_MS = 500;

/**
 * The nodes a client knows, and which of them to ask (the guide's Freelance pattern, with one
 * DEALER per node): the leader if it is known, else whichever answered last, else the next one.
 *
 * A node that stays silent is not asked at all: a request that waits here has provably had no
 * effect, while one sent to a node that is gone has an unknown outcome.
 */
export class Nodes {
  readonly #nodes = new Map<Connection, Node>();
  readonly #events: ConnectionEvents;
  readonly #nodesMax: number;
  #leader: Node | null = null;
  #leaderId: number | null = null;
  #term = 0;
  #favourite: Node | null = null;

  /** @param follow whether to connect to a leader that is not among `endpoints`. */
  constructor(endpoints: readonly string[], follow: boolean, events: ConnectionEvents) {
    this.#events = events;
    this.#nodesMax = endpoints.length + (follow ? LEARNED_MAX : 0);
    for (const endpoint of endpoints) this.#add(endpoint);
  }

  open(): void {
    for (const connection of this.#nodes.keys()) connection.open();
  }

  close(): void {
    for (const connection of this.#nodes.keys()) connection.close();
  }

  endpoints(): string[] {
    return [...this.#nodes.keys()].map(({ endpoint }) => endpoint);
  }

  /** Nodes that are connected, silent or not. */
  connected(): Connection[] {
    return [...this.#nodes.keys()].filter((connection) => connection.up);
  }

  /** The node to ask now, or null if none takes requests. `avoid` is asked only if it must be. */
  choose(avoid: Connection | null = null): Connection | null {
    const now = performance.now();
    if (this.#leader !== null && isFit(this.#leader, avoid, now)) return this.#leader.connection;
    if (this.#favourite !== null && isFit(this.#favourite, avoid, now)) {
      return this.#favourite.connection;
    }
    let last: Connection | null = null;
    for (const node of this.#nodes.values()) {
      if (isFit(node, avoid, now)) {
        this.#favourite = node;
        return node.connection;
      }
      const resting = node.connection.up && !node.silent;
      if (resting && (last === null || last === avoid)) last = node.connection;
    }
    return last;
  }

  /** A message came from it, whatever it says. @returns true if it had been silent. */
  heard(connection: Connection): boolean {
    const node = this.#nodes.get(connection);
    if (!node?.silent) return false;
    node.silent = false;
    return true;
  }

  /** It is connected and does not answer. */
  unheard(connection: Connection): void {
    const node = this.#nodes.get(connection);
    if (node !== undefined) node.silent = true;
  }

  /** It said that it cannot help for now. */
  rest(connection: Connection): void {
    const node = this.#nodes.get(connection);
    if (node === undefined) return;
    node.restsUntilMs = performance.now() + REST_MS;
    this.forget(connection);
  }

  /** It carried a request out. */
  praise(connection: Connection): void {
    const node = this.#nodes.get(connection);
    if (node === undefined) return;
    node.restsUntilMs = 0;
    if (this.#favourite === null) this.#favourite = node;
  }

  /** It does not lead any more, or cannot be reached: not to be preferred. */
  forget(connection: Connection): void {
    if (this.#leader?.connection === connection) this.#leader = null;
    if (this.#favourite?.connection === connection) this.#favourite = null;
  }

  /** Learns from a node's status. Of two opinions on who leads, the one of the later term counts. */
  learn(connection: Connection, { node: id, term, leader }: Sighting): void {
    const node = this.#nodes.get(connection);
    if (node === undefined) return;
    node.id = id;
    if (term > this.#term || (term === this.#term && leader !== null)) {
      this.#term = term;
      this.#leaderId = leader;
    }
    this.#leader = this.#byId(this.#leaderId);
  }

  /** Learns from a refusal that names the leader; connects to it if it is new. */
  follow(leader: { readonly id: number; readonly client: string }): void {
    const node =
      this.#byId(leader.id) ?? this.#byEndpoint(leader.client) ?? this.#meet(leader.client);
    if (node === null) return;
    node.id = leader.id;
    node.restsUntilMs = 0;
    this.#leaderId = leader.id;
    this.#leader = node;
  }

  #meet(endpoint: string): Node | null {
    if (this.#nodes.size >= this.#nodesMax || endpointProblem(endpoint) !== null) return null;
    const node = this.#add(endpoint);
    node.connection.open();
    return node;
  }

  #add(endpoint: string): Node {
    const connection = new Connection(endpoint, this.#events);
    const node: Node = { connection, id: null, silent: false, restsUntilMs: 0 };
    this.#nodes.set(connection, node);
    return node;
  }

  #byId(id: number | null): Node | null {
    if (id === null) return null;
    for (const node of this.#nodes.values()) if (node.id === id) return node;
    return null;
  }

  #byEndpoint(endpoint: string): Node | null {
    for (const node of this.#nodes.values()) {
      if (node.connection.endpoint === endpoint) return node;
    }
    return null;
  }
}

function isFit(node: Node, avoid: Connection | null, nowMs: number): boolean {
  const { connection } = node;
  return connection.up && !node.silent && connection !== avoid && node.restsUntilMs <= nowMs;
}
