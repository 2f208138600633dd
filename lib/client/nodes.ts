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
  /** The client was given its endpoint: it is never forgotten. */
  readonly isGiven: boolean;
  /** It is no member any more: nothing is asked of it. */
  isGone: boolean;
  /** It is asked only if nobody else can be. */
  isReserve: boolean;
};

/** A member of the cluster as its clients need it. */
export type Contact = { readonly id: number; readonly client: string };

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
  /** Where in the log the newest list of members stands that was heard. */
  #membersIndex = -1;
  readonly #follows: boolean;
  /** Whoever names one node means that one: others are asked while it cannot be, or sends there. */
  readonly #isSingle: boolean;

  /** @param follow whether to connect to members that are not among `endpoints`. */
  constructor(endpoints: readonly string[], follow: boolean, events: ConnectionEvents) {
    this.#events = events;
    this.#follows = follow;
    this.#isSingle = endpoints.length === 1;
    this.#nodesMax = endpoints.length + (follow ? LEARNED_MAX : 0);
    for (const endpoint of endpoints) this.#add(endpoint, true);
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
      const resting = isThere(node) && !node.isReserve;
      if (resting && (last === null || last === avoid)) last = node.connection;
    }
    return last ?? this.#fromReserve(avoid, now);
  }

  /** Those that are asked only if nobody else can be. */
  #fromReserve(avoid: Connection | null, now: number): Connection | null {
    const there = [...this.#nodes.values()].filter((node) => isThere(node));
    const fit = there.filter((node) => isUsable(node, avoid, now));
    const leader = fit.find(({ id }) => id !== null && id === this.#leaderId);
    const best = leader ?? fit[0] ?? there.find(({ connection }) => connection !== avoid);
    return (best ?? there[0])?.connection ?? null;
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
    this.#leader = this.#leaderAmong();
  }

  /** Learns from a refusal that names the leader; connects to it if it is new. */
  follow(leader: { readonly id: number; readonly client: string }): void {
    const node =
      this.#byId(leader.id) ?? this.#byEndpoint(leader.client) ?? this.#meet(leader.client);
    if (node === null) return;
    node.id = leader.id;
    node.restsUntilMs = 0;
    node.isReserve = false;
    this.#leaderId = leader.id;
    this.#leader = node;
  }

  /** Whether a list of members that stands at `index` would be news. */
  isNews(index: number): boolean {
    return this.#follows && index > this.#membersIndex;
  }

  /**
   * Follows the members of the cluster: connects to those that are new, and parts from those that
   * are gone. The endpoints that the client was given are kept in any case: one of them may stand
   * for a member under another name, or be needed to find the cluster again.
   */
  adopt(members: readonly Contact[], index: number): void {
    if (!this.isNews(index) || members.length === 0) return;
    this.#membersIndex = index;
    for (const { id, client } of members) {
      if (this.#byId(id)?.connection.endpoint === client) continue;
      const known = this.#byEndpoint(client);
      // one that was given under another name is not met twice
      if (known) known.id = id;
      else if (!this.#byId(id)?.isGiven) this.#enlist(id, client);
    }
    const ids = new Set(members.map(({ id }) => id));
    const endpoints = new Set(members.map(({ client }) => client));
    for (const node of this.#nodes.values()) {
      const { connection, id, isGiven } = node;
      const isListed = endpoints.has(connection.endpoint);
      node.isGone = !isListed && (isGiven ? id !== null && !ids.has(id) : true);
      if (node.isGone) this.forget(connection);
      if (node.isGone && !connection.up) this.part(connection);
    }
    this.#leader = this.#leaderAmong();
  }

  #leaderAmong(): Node | null {
    const leader = this.#byId(this.#leaderId);
    return leader?.isReserve ? null : leader;
  }

  #enlist(id: number, endpoint: string): void {
    const node = this.#meet(endpoint);
    if (node === null) return;
    node.id = id;
    node.isReserve = this.#isSingle;
  }

  /** The connection to a node is down: if it is no member any more it is not made again. */
  part(connection: Connection): void {
    const node = this.#nodes.get(connection);
    if (!node?.isGone || node.isGiven) return;
    this.#nodes.delete(connection);
    connection.close();
  }

  #meet(endpoint: string): Node | null {
    if (this.#nodes.size >= this.#nodesMax || endpointProblem(endpoint) !== null) return null;
    const node = this.#add(endpoint, false);
    node.connection.open();
    return node;
  }

  #add(endpoint: string, isGiven: boolean): Node {
    const connection = new Connection(endpoint, this.#events);
    const node: Node = {
      connection,
      id: null,
      silent: false,
      restsUntilMs: 0,
      isGiven,
      isGone: false,
      isReserve: false,
    };
    this.#nodes.set(connection, node);
    return node;
  }

  #byId(id: number | null): Node | null {
    if (id === null) return null;
    for (const node of this.#nodes.values()) if (node.id === id && !node.isGone) return node;
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
  return !node.isReserve && isUsable(node, avoid, nowMs);
}

function isUsable(node: Node, avoid: Connection | null, nowMs: number): boolean {
  return isThere(node) && node.connection !== avoid && node.restsUntilMs <= nowMs;
}

/** True for a member that is connected and answers. */
function isThere({ connection, isGone, silent }: Node): boolean {
  return connection.up && !isGone && !silent;
}
