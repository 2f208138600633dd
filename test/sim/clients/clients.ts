import type { Millis, NodeId } from '../../../lib/core/types.ts';
import { decodeReply, encodeRequest } from '../../../lib/wire/client.ts';
import { type Chance, chanceOf } from '../chance.ts';
import { type Answer, type Operation, tellAsk } from '../history/operation.ts';
import type { Party } from '../world/lines.ts';
import { ATTEMPTS_MAX, afterCopy, type ClientSession } from './in-session.ts';
import type { ClientsOptions } from './options.ts';

/** A client gives up so much later than the server should have answered, by its own clock. */
const GRACE_MS = 400;
const GRACE_PART = 0.25;
/** After a refusal a client thinks so many times longer. */
const BACK_OFF = 8;

/** Ids of what nobody waits for are far from those of requests. */
const FIRST_WISH = 2 ** 40;

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
  /** How often it was sent. */
  readonly attempts: number;
};

/** Where logical clients follow one another: after an unknown outcome another one takes over. */
type Slot = {
  readonly connection: Party;
  readonly chance: Chance;
  /** Asks one thing only. */
  readonly isOnce?: true;
  client: number;
  server: NodeId;
  session: ClientSession | null;
};

/** Everybody who asks the cluster, and what they saw of it. */
export class Clients<A> {
  readonly operations: Operation<A>[] = [];
  readonly #options: ClientsOptions<A>;
  readonly #open = new Map<number, Open<A>>();
  /** Requests that a server has answered, whether anybody still waited for it or not. */
  readonly #answered = new Set<number>();
  /** When requests were sent first, by id. */
  readonly #firstAskedMs: Millis[] = [];
  /** Requests that were sent more than once. */
  readonly #repeated = new Set<number>();
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

  /** When a client first sent the request; undefined if none did. */
  firstAskedMs(id: number | null): Millis | undefined {
    return this.#firstAskedMs[id ?? -1];
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
          session: null,
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
    const { sessions } = asking;
    if (sessions && slot.session === null) {
      this.#ask(slot, slot.server, sessions.open, plan.timeoutMs);
      return;
    }
    const ask = asking.draw(chance, this.#lastId + 1, slot.client);
    const placed = sessions && slot.session ? sessions.within(ask, slot.session) : ask;
    this.#ask(slot, slot.server, placed, plan.timeoutMs);
  }

  /** A client of its own asks one server once. @returns the id of the request. */
  askOnce(server: NodeId, ask: A | null, timeoutMs: Millis): number {
    const { servers, seed, asking } = this.#options;
    const id = this.#lastId + 1;
    const chance = chanceOf(seed, 'client', id);
    const connection = servers + 1;
    const slot: Slot = { connection, chance, isOnce: true, client: 0, server, session: null };
    this.#renew(slot);
    return this.#ask(slot, server, ask ?? asking.draw(chance, id, slot.client), timeoutMs);
  }

  #ask(slot: Slot, server: NodeId, ask: A, timeoutMs: Millis): number {
    this.#lastId += 1;
    const id = this.#lastId;
    const ms = Math.max(1, Math.round(timeoutMs));
    this.#place += 1;
    const { client } = slot;
    const life = this.#options.lifeOf(server);
    const calledAt = this.#place;
    const askedMs = this.#options.agenda.now;
    this.#firstAskedMs[id] = askedMs;
    const asked = { id, client, slot, ask, calledAt, askedMs, server, life, timeoutMs: ms };
    this.#sendCopy({ ...asked, attempts: 1 });
    return id;
  }

  /** Somebody wants `op` to be done by `server`, and does not wait for the answer. */
  wish(server: NodeId, op: string, args: object): void {
    const { servers, network, plan } = this.#options;
    this.#lastWish += 1;
    const frame = encodeRequest(FIRST_WISH + this.#lastWish, op, { ...args }, plan.timeoutMs);
    network.ask(servers + 1, server, [frame], false);
  }

  #sendCopy(open: Open<A>): void {
    const { id, client, slot, ask, server, timeoutMs, attempts } = open;
    const { op, ...args } = ask as { op: string };
    this.#options.asked(client, server, () => `asks ${id}: ${tellAsk(ask)}`);
    this.#open.set(id, open);
    this.#options.agenda.after(patience(timeoutMs), () => this.#giveUp(id, attempts));
    this.#send(slot, server, encodeRequest(id, op, args, timeoutMs));
  }

  /** A copy ended without a result: the next one goes to any server, after a while. */
  #again(open: Open<A>): void {
    const { id, slot } = open;
    const { agenda, plan, servers, lifeOf } = this.#options;
    this.#repeated.add(id);
    const server = slot.chance.whole(1, servers);
    const attempts = open.attempts + 1;
    this.#open.set(id, { ...open, attempts });
    agenda.after(slot.chance.between(0, 2) * plan.thinkMs, () => {
      const current = this.#open.get(id);
      if (current?.attempts !== attempts) return;
      slot.server = server;
      this.#sendCopy({ ...current, server, life: lifeOf(server), askedMs: agenda.now });
    });
  }

  /** @param code of a refusal that says `rejected`; null if nobody knows. */
  #onEnd(open: Open<A>, code: string | null, leader?: NodeId): void {
    const { sessions } = this.#options.asking;
    if (code === 'SESSION_EXPIRED') open.slot.session = null;
    const mayRepeat = sessions?.hasPlace(open.ask) === true && !open.slot.isOnce && !this.#isOver;
    const attempts = mayRepeat ? open.attempts : Math.max(open.attempts, ATTEMPTS_MAX);
    const end = open.attempts > 1 || mayRepeat ? afterCopy(code, attempts) : plainEnd(code);
    if (end === 'again') this.#again(open);
    else this.#close(open, end, leader);
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
      if (this.#answered.has(decoded.id) && !this.#repeated.has(decoded.id)) {
        this.#options.broken(`request ${decoded.id} is answered twice`);
      }
      this.#answered.add(decoded.id);
      const open = this.#open.get(decoded.id);
      if (!open) continue;
      const { reply } = decoded;
      if (!reply.ok) this.#options.refused(reply.code);
      if (reply.ok) this.#close(open, { kind: 'ok', reply });
      else if (reply.outcome === 'unknown') this.#onEnd(open, null);
      else this.#onEnd(open, `${reply.code}`, reply.leader?.id);
    }
  }

  /** Whatever was asked over this connection up to `then` may have been done, or may yet be. */
  disconnected(connection: Party, server: NodeId, then: Millis): void {
    for (const open of [...this.#open.values()]) {
      if (open.slot.connection !== connection || open.server !== server) continue;
      if (open.askedMs > then) continue;
      open.slot.server = open.slot.chance.whole(1, this.#options.servers);
      this.#onEnd(open, null);
    }
  }

  #giveUp(id: number, attempts: number): void {
    const open = this.#open.get(id);
    if (open?.attempts !== attempts) {
      this.#options.agenda.events -= 1;
      return;
    }
    const { server, slot, timeoutMs } = open;
    if (this.#options.owes(server, patience(timeoutMs))) {
      this.#options.broken(`n${server} never answers request ${id}`);
    }
    slot.server = slot.chance.whole(1, this.#options.servers);
    this.#onEnd(open, null);
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
    if (ask === asking.sessions?.open) slot.session = asking.sessions.opened(answer);
    if (slot.isOnce) return;
    if (answer.kind === 'unknown') this.#renew(slot);
    const isRejected = answer.kind === 'rejected';
    if (isRejected) slot.server = leader ?? slot.chance.whole(1, this.#options.servers);
    this.#think(slot, isRejected ? BACK_OFF : 1);
  }
}

function plainEnd(code: string | null): Answer {
  return code === null ? { kind: 'unknown' } : { kind: 'rejected', code };
}

function patience(timeoutMs: Millis): Millis {
  return timeoutMs * (1 + GRACE_PART) + GRACE_MS;
}
