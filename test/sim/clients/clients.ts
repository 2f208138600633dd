import type { Millis, NodeId } from '../../../lib/core/types.ts';
import { decodeReply, encodeRequest } from '../../../lib/wire/client.ts';
import type { Agenda } from '../agenda.ts';
import { type Chance, chanceOf } from '../chance.ts';
import { type Answer, type Operation, tellAsk } from '../history/operation.ts';
import type { ClientsPlan } from '../plan.ts';
import type { Party } from '../world/lines.ts';
import type { SimNetwork } from '../world/network.ts';

/** A client gives up so much later than the server should have answered, by its own clock. */
const GRACE_MS = 400;
const GRACE_PART = 0.25;
/** After a refusal a client thinks so many times longer. */
const BACK_OFF = 8;

/** Ids of what nobody waits for are far from those of requests. */
const FIRST_WISH = 2 ** 40;

/** What clients of a state machine ask; unlike the answer it may be of any shape. */
export type Asking<A> = {
  /** Draws the next request of a client. @param id of the request. */
  readonly draw: (chance: Chance, id: number, client: number) => A;
  /** An answer has come, for whoever wants to ask accordingly next time. */
  readonly learn: (client: number, ask: A, answer: Answer) => void;
  /** Whether the server that is asked answers from what it has itself. */
  readonly isLocal: (ask: A) => boolean;
};

/** A request that has not been answered yet. */
type Open<A> = {
  readonly id: number;
  readonly client: number;
  readonly slot: Slot;
  readonly ask: A;
  readonly calledAt: number;
  readonly askedMs: Millis;
  readonly server: NodeId;
  readonly life: string;
  readonly timeoutMs: Millis;
};

/** Where logical clients follow one another: after an unknown outcome another one takes over. */
type Slot = {
  readonly connection: Party;
  readonly chance: Chance;
  /** Asks one thing only. */
  readonly isOnce?: true;
  client: number;
  server: NodeId;
};

export type ClientsOptions<A> = {
  readonly agenda: Agenda;
  readonly seed: number;
  readonly plan: ClientsPlan;
  readonly servers: number;
  readonly network: SimNetwork;
  readonly asking: Asking<A>;
  /** One server in one of its lives, as far as clients can know. */
  readonly lifeOf: (server: NodeId) => string;
  /** A client was refused, or told that nobody knows. */
  readonly refused: (code: string) => void;
  /** Whether a server owes an answer to what it was asked `ms` ago: nothing has come between. */
  readonly owes: (server: NodeId, ms: Millis) => boolean;
  /** A client asks, or has an answer. */
  readonly asked: (client: number, server: NodeId, text: () => string) => void;
  /** A server has broken what it promises to clients. */
  readonly broken: (sentence: string) => void;
};

/** Everybody who asks the cluster, and what they saw of it. */
export class Clients<A> {
  readonly operations: Operation<A>[] = [];
  readonly #options: ClientsOptions<A>;
  readonly #open = new Map<number, Open<A>>();
  /** Requests that a server has answered, whether anybody still waited for it or not. */
  readonly #answered = new Set<number>();
  readonly #outbox = new Map<string, { slot: Slot; server: NodeId; frames: Buffer[] }>();
  #lastId = 0;
  #lastClient = 0;
  #lastWish = 0;
  #place = 0;
  #isOver = false;

  constructor(options: ClientsOptions<A>) {
    this.#options = options;
  }

  /** Requests without an answer. */
  get open(): number {
    return this.#open.size;
  }

  isOpen(id: number): boolean {
    return this.#open.has(id);
  }

  /** All clients begin, and ask again and again until `stop`. */
  start(): void {
    const { plan, servers, seed } = this.#options;
    for (let i = 1; i <= plan.connections; i += 1) {
      for (let j = 1; j <= plan.perConnection; j += 1) {
        const chance = chanceOf(seed, 'client', i, j);
        const slot = {
          connection: servers + i,
          chance,
          client: 0,
          server: chance.whole(1, servers),
        };
        this.#renew(slot);
        this.#think(slot);
      }
    }
  }

  stop(): void {
    this.#isOver = true;
  }

  #renew(slot: Slot): void {
    this.#lastClient += 1;
    slot.client = this.#lastClient;
  }

  #think(slot: Slot, times = 1): void {
    const { agenda, plan } = this.#options;
    agenda.after(slot.chance.between(0, 2) * plan.thinkMs * times, () => {
      if (!this.#isOver) this.#askAnything(slot);
    });
  }

  #askAnything(slot: Slot): void {
    const { chance } = slot;
    const { asking, servers, plan } = this.#options;
    if (chance.happens(0.1)) slot.server = chance.whole(1, servers);
    const id = this.#lastId + 1;
    const ask = asking.draw(chance, id, slot.client);
    this.#ask(slot, slot.server, ask, plan.timeoutMs);
  }

  /** A client of its own asks one server once. @returns the id of the request. */
  askOnce(server: NodeId, ask: A | null, timeoutMs: Millis): number {
    const { servers, seed, asking } = this.#options;
    const id = this.#lastId + 1;
    const chance = chanceOf(seed, 'client', id);
    const slot: Slot = { connection: servers + 1, chance, isOnce: true, client: 0, server };
    this.#renew(slot);
    return this.#ask(slot, server, ask ?? asking.draw(chance, id, slot.client), timeoutMs);
  }

  #ask(slot: Slot, server: NodeId, ask: A, timeoutMs: Millis): number {
    this.#lastId += 1;
    const id = this.#lastId;
    const { op, ...args } = ask as { op: string };
    const ms = Math.max(1, Math.round(timeoutMs));
    this.#place += 1;
    const { client } = slot;
    const life = this.#options.lifeOf(server);
    const calledAt = this.#place;
    this.#options.asked(client, server, () => `asks ${id}: ${tellAsk(ask)}`);
    const askedMs = this.#options.agenda.now;
    this.#open.set(id, { id, client, slot, ask, calledAt, askedMs, server, life, timeoutMs: ms });
    this.#options.agenda.after(patience(ms), () => this.#giveUp(id));
    this.#send(slot, server, encodeRequest(id, op, args, ms));
    return id;
  }

  /** Somebody wants `op` to be done by `server`, and does not wait for the answer. */
  wish(server: NodeId, op: string, args: object): void {
    const { servers, network, plan } = this.#options;
    this.#lastWish += 1;
    const frame = encodeRequest(FIRST_WISH + this.#lastWish, op, { ...args }, plan.timeoutMs);
    network.ask(servers + 1, server, [frame], false);
  }

  /** What clients of one connection ask at the same moment goes out as one message. */
  #send(slot: Slot, server: NodeId, frame: Buffer): void {
    const name = `${slot.connection}>${server}`;
    const waiting = this.#outbox.get(name);
    if (waiting) {
      waiting.frames.push(frame);
      return;
    }
    this.#outbox.set(name, { slot, server, frames: [frame] });
    this.#options.agenda.after(0, () => {
      const { frames = [] } = this.#outbox.get(name) ?? {};
      this.#outbox.delete(name);
      const isTaken = this.#options.network.ask(
        slot.connection,
        server,
        frames,
        slot.client % 5 === 0,
      );
      if (!isTaken) this.disconnected(slot.connection, server, this.#options.agenda.now);
    });
  }

  /** Replies have come over a connection. */
  replied(frames: readonly Uint8Array[]): void {
    for (const frame of frames) {
      const decoded = decodeReply(frame);
      if (typeof decoded === 'string' || decoded.id === null) continue;
      if (this.#answered.has(decoded.id)) {
        this.#options.broken(`request ${decoded.id} is answered twice`);
      }
      this.#answered.add(decoded.id);
      const open = this.#open.get(decoded.id);
      if (!open) continue;
      const { reply } = decoded;
      if (!reply.ok) this.#options.refused(reply.code);
      if (reply.ok) this.#close(open, { kind: 'ok', reply });
      else if (reply.outcome === 'unknown') this.#close(open, { kind: 'unknown' });
      else this.#close(open, { kind: 'rejected', code: `${reply.code}` }, reply.leader?.id);
    }
  }

  /** Whatever was asked over this connection up to `then` may have been done, or may yet be. */
  disconnected(connection: Party, server: NodeId, then: Millis): void {
    for (const open of [...this.#open.values()]) {
      if (open.slot.connection !== connection || open.server !== server) continue;
      if (open.askedMs > then) continue;
      open.slot.server = open.slot.chance.whole(1, this.#options.servers);
      this.#close(open, { kind: 'unknown' });
    }
  }

  #giveUp(id: number): void {
    const open = this.#open.get(id);
    if (!open) {
      this.#options.agenda.events -= 1;
      return;
    }
    const { server, slot, timeoutMs } = open;
    if (this.#options.owes(server, patience(timeoutMs))) {
      this.#options.broken(`n${server} never answers request ${id}`);
    }
    slot.server = slot.chance.whole(1, this.#options.servers);
    this.#close(open, { kind: 'unknown' });
  }

  #close(open: Open<A>, answer: Answer, leader?: NodeId): void {
    const { id, client, ask, calledAt, slot, life } = open;
    this.#open.delete(id);
    this.#place += 1;
    const returnedAt = this.#place;
    const { asking } = this.#options;
    const operation = { id, client, ask, calledAt, returnedAt, answer };
    this.operations.push(asking.isLocal(ask) ? { ...operation, servedBy: life } : operation);
    this.#options.asked(client, open.server, () => `has answer ${id}: ${JSON.stringify(answer)}`);
    asking.learn(client, ask, answer);
    if (slot.isOnce) return;
    if (answer.kind === 'unknown') this.#renew(slot);
    const isRejected = answer.kind === 'rejected';
    if (isRejected) slot.server = leader ?? slot.chance.whole(1, this.#options.servers);
    this.#think(slot, isRejected ? BACK_OFF : 1);
  }
}

function patience(timeoutMs: Millis): Millis {
  return timeoutMs * (1 + GRACE_PART) + GRACE_MS;
}
