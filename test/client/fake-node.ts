import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Packr } from 'msgpackr';
import { Router } from 'zeromq';

/** A codec of its own, so that the client's is tested against another. */
const packr = new Packr({ useRecords: false, int64AsType: 'number' });

export type FakeRequest = { readonly id: number; readonly op: string } & {
  readonly [argument: string]: unknown;
};
export type FakeReply = { readonly [member: string]: unknown };

/**
 * What a node does with a request: a reply, `undefined` to leave it to the store, `'silent'` to
 * say nothing, or `'die'` to go without a word.
 */
export type Behaviour = (request: FakeRequest) => FakeReply | 'silent' | 'die' | undefined;

type Cell = { value: unknown; rev: number; created: number; version: number };

/** What all nodes of a fake cluster share: as if consensus were a matter of course. */
export class FakeStore {
  readonly cells = new Map<string, Cell>();
  leader: number | null = 1;
  term = 1;
  rev = 0;
  /** Of sessions, in ms. */
  ttl = 60_000;

  /** First replies by session and seq. */
  readonly #replies = new Map<string, FakeReply>();
  readonly sessions = new Set<number>();

  carryOut(request: FakeRequest, node: number): FakeReply {
    const { session, seq } = request;
    if (typeof session !== 'number') return this.#carryOut(request, node);
    if (!this.sessions.has(session)) return refusal('SESSION_EXPIRED', 'there is no such session');
    if (seq === undefined) return this.#ofSession(request.op, session);
    const place = `${session}/${seq}`;
    const reply = this.#replies.get(place) ?? this.#carryOut(request, node);
    this.#replies.set(place, reply);
    return reply;
  }

  #ofSession(op: string, session: number): FakeReply {
    if (op === 'session.close') this.sessions.delete(session);
    return { ok: true, session, ttl: this.ttl };
  }

  #carryOut(request: FakeRequest, node: number): FakeReply {
    const { op } = request;
    const key = String(request['key']);
    const cell = this.cells.get(key);
    switch (op) {
      case 'put':
        return this.#put(key, request['value']);
      case 'get':
        if (cell === undefined) return { ok: true, found: false, at: this.rev };
        return { ok: true, found: true, ...cell, at: this.rev };
      case 'delete':
        if (cell === undefined) return { ok: true, deleted: false, rev: this.rev, index: this.rev };
        this.cells.delete(key);
        this.rev++;
        return { ok: true, deleted: true, rev: this.rev, index: this.rev };
      case 'cas':
        return this.#cas(key, request['expect'] as FakeReply, request['value']);
      case 'range':
        return { ok: true, entries: this.#entries(request), more: false, at: this.rev };
      case 'status':
        return { ok: true, ...this.#status(node) };
      case 'session.open': {
        const session = this.sessions.size + 1000 * this.term;
        this.sessions.add(session);
        return { ok: true, session, ttl: this.ttl };
      }
      case 'members':
        return { ok: true, members: [], joint: false, index: 1 };
      default:
        return refusal('UNKNOWN_OP', `no operation is called ${op}`);
    }
  }

  #put(key: string, value: unknown): FakeReply {
    const cell = this.cells.get(key);
    const rev = ++this.rev;
    const created = cell?.created ?? rev;
    this.cells.set(key, { value, rev, created, version: (cell?.version ?? 0) + 1 });
    return { ok: true, rev, index: rev };
  }

  #cas(key: string, expect: FakeReply, value: unknown): FakeReply {
    const cell = this.cells.get(key);
    const holds =
      'absent' in expect
        ? cell === undefined
        : 'rev' in expect
          ? cell?.rev === expect['rev']
          : JSON.stringify(cell?.value) === JSON.stringify(expect['value']);
    if (holds) return { ...this.#put(key, value), swapped: true };
    const current = cell === undefined ? {} : { current: cell.value };
    return { ok: true, swapped: false, ...current, rev: this.rev, index: this.rev };
  }

  #entries(request: FakeRequest): FakeReply[] {
    const prefix = String(request['prefix'] ?? '');
    const from = String(request['from'] ?? '');
    const to = request['to'];
    return [...this.cells]
      .filter(([key]) => key.startsWith(prefix) && key >= from)
      .filter(([key]) => typeof to !== 'string' || key < to)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, cell]) => ({ key, ...cell }));
  }

  #status(node: number): FakeReply {
    const role = this.leader === node ? 'leader' : 'follower';
    return { node, cluster: 'fake', role, term: this.term, leader: this.leader, version: '0' };
  }
}

/** A node that speaks the client protocol and does what a test tells it. */
export class FakeNode {
  readonly id: number;
  readonly store: FakeStore;
  /** Everything asked of it but what clients ask on their own: `status`, and about sessions. */
  readonly requests: FakeRequest[] = [];
  /** How many frames each message had that held none of these. */
  readonly messages: number[] = [];
  behaviour: Behaviour = () => undefined;
  endpoint = '';
  readonly #events = new EventEmitter();
  #socket: Router | null = null;
  #route: Buffer | null = null;

  constructor(id: number, store: FakeStore) {
    this.id = id;
    this.store = store;
  }

  /** Listens on the port it had before, or on a free one. */
  async open(): Promise<this> {
    const socket = new Router();
    socket.linger = 0;
    socket.sendTimeout = 0;
    await bind(socket, this.endpoint || 'tcp://127.0.0.1:*');
    this.endpoint = socket.lastEndpoint ?? '';
    this.#socket = socket;
    void this.#serve(socket);
    return this;
  }

  close(): void {
    this.#socket?.close();
    this.#socket = null;
  }

  /** Sends a reply, asked or not, to whoever asked last. */
  say(reply: FakeReply): void {
    this.sayRaw(packr.pack(reply));
  }

  sayRaw(frame: Buffer): void {
    if (this.#route !== null) void this.#socket?.send([this.#route, frame]);
  }

  /** The next request for `op` that comes. */
  async asked(op: string): Promise<FakeRequest> {
    const [request] = await once(this.#events, op);
    return request;
  }

  async #serve(socket: Router): Promise<void> {
    for await (const [route, ...frames] of socket) {
      if (route === undefined) continue;
      this.#route = route;
      const requests = readAll(frames);
      // a node of another test looks for a peer that once had this port
      if (requests === null) continue;
      if (!requests.some(isOwn)) this.messages.push(requests.length);
      const replies: Buffer[] = [];
      for (const request of requests) {
        if (!isOwn(request)) this.requests.push(request);
        const does = this.behaviour(request) ?? this.store.carryOut(request, this.id);
        if (does === 'die') this.close();
        else if (does !== 'silent') replies.push(packr.pack({ id: request.id, ...does }));
      }
      if (replies.length > 0 && !socket.closed) await socket.send([route, ...replies]);
      for (const request of requests) this.#events.emit(request.op, request);
    }
  }
}

/** What clients ask on their own. */
function isOwn({ op }: FakeRequest): boolean {
  return op === 'status' || op.startsWith('session.');
}

/** An endpoint where nobody listens, at least not yet. */
export async function nobody(): Promise<string> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

/** A port is not free in the very moment its socket is closed. */
async function bind(socket: Router, endpoint: string): Promise<void> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await socket.bind(endpoint);
    } catch (error) {
      if (attempts === 100 || (error as { code?: string }).code !== 'EADDRINUSE') throw error;
      await setTimeout(10);
    }
  }
}

/** The requests, or null if this is not what clients send. */
function readAll(frames: readonly Buffer[]): FakeRequest[] | null {
  try {
    const requests = frames.map((frame) => packr.unpack(frame) as FakeRequest);
    return requests.every(({ op }) => typeof op === 'string') ? requests : null;
  } catch {
    return null; // it is not even one msgpack value
  }
}

export function refusal(code: string, message = `told to say ${code}`, leader?: object): FakeReply {
  const outcome = code === 'TIMEOUT' || code === 'LEADERSHIP_LOST' ? 'unknown' : 'rejected';
  return { ok: false, code, message, outcome, ...(leader === undefined ? {} : { leader }) };
}

/** `count` nodes over one store, numbered from 1. */
export async function fakeCluster(count: number): Promise<FakeNode[]> {
  const store = new FakeStore();
  const nodes: FakeNode[] = [];
  for (let id = 1; id <= count; id++) nodes.push(await new FakeNode(id, store).open());
  return nodes;
}
