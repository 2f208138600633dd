import type { Entries, Changes as Page, WatchItem } from '../../../lib/client/client.ts';
import { answerIn, requestOf } from '../../../lib/client/watch/asking.ts';
import { hearingsOf } from '../../../lib/client/watch/hearing.ts';
import { type Answer, type Ask, Pursuit, SILENCE_MS } from '../../../lib/client/watch/pursuit.ts';
import type { NodeId } from '../../../lib/core/types.ts';
import { encodeRequest, type Refusal, type Reply } from '../../../lib/wire/client.ts';
import { decodeEvent } from '../../../lib/wire/event.ts';
import { type Chance, chanceOf } from '../chance.ts';
import { type Changes, WatchJudge } from '../oracle/changes.ts';
import type { Party } from '../world/lines.ts';
import type { WatchesOptions } from './watches.ts';

const LOOK_MS = 100;
const GRACE_MS = 500;

/** What watches share. */
export type Shared = WatchesOptions & {
  /** The connection that they ask over. */
  readonly connection: Party;
  readonly changes: Changes;
  readonly nextId: () => number;
};

type Asked = { readonly id: number; readonly ask: Ask; readonly server: NodeId };

/** One watch: the shipped protocol, with simulated sockets, and a reader who takes its time. */
export class SimWatch {
  readonly judge: WatchJudge;
  readonly #options: Shared;
  readonly #prefix: string;
  readonly #chance: Chance;
  readonly #pursuit: Pursuit;
  readonly #waiting: { readonly item: WatchItem; readonly bytes: number }[] = [];
  /** The server whose events it hears; null for all of them. */
  #listensTo: NodeId | null;
  #heardAtMs = 0;
  #asked: Asked | null = null;

  constructor(options: Shared, prefix: string) {
    const { plan, changes } = options;
    this.#options = options;
    this.#prefix = prefix;
    this.#chance = chanceOf(plan.seed, 'watch', prefix);
    const since = this.#chance.happens(0.7) ? 0 : null;
    this.judge = new WatchJudge(changes, prefix, `the watch of ${JSON.stringify(prefix)}`, since);
    this.#listensTo = this.#chance.happens(0.3) ? null : this.#anyServer();
    this.#pursuit = new Pursuit({
      key: null,
      since,
      rereads: true,
      bufferBytes: this.#chance.pick([1, 500, 1 << 20]),
      hand: (item, bytes) => this.#waiting.push({ item, bytes }),
      lost: () => {},
    });
  }

  #anyServer(): NodeId {
    return this.#chance.whole(1, this.#options.plan.size);
  }

  start(): void {
    this.#look();
    this.#read();
  }

  /** Looks now and then whether it has to ask, and whether it hears anything. */
  #look(): void {
    const { now } = this.#options.agenda;
    const isSilent = now - this.#heardAtMs > SILENCE_MS;
    if (this.#listensTo !== null && (isSilent || this.#chance.happens(0.02))) {
      this.#listensTo = this.#anyServer();
    }
    this.#pump();
    this.#options.agenda.after(LOOK_MS, () => this.#look());
  }

  #read(): void {
    const { agenda, plan, broken } = this.#options;
    try {
      for (const { item, bytes } of this.#waiting.splice(0, this.#chance.whole(0, 8))) {
        this.judge.hands(item);
        this.#pursuit.taken(bytes);
      }
    } catch (reason) {
      broken(reason);
    }
    this.#pump();
    agenda.after(this.#chance.between(1, 4) * plan.clients.thinkMs, () => this.#read());
  }

  heard(server: NodeId, topic: string, body: Uint8Array): void {
    if (this.#listensTo !== null && server !== this.#listensTo) return;
    const decoded = decodeEvent(Buffer.from(topic), body);
    if (typeof decoded === 'string') return;
    const { now } = this.#options.agenda;
    this.#heardAtMs = now;
    for (const { prefix, claim } of hearingsOf(decoded, body.length)) {
      if (prefix === this.#prefix) this.#pursuit.heard(claim, now);
    }
    this.#pump();
  }

  #pump(): void {
    const { agenda, plan, network, connection, nextId, places } = this.#options;
    const ask = this.#pursuit.next(agenda.now);
    if (ask === null) return;
    if (ask.kind === 'Changes' && ask.atLeast !== null) places.watchGap += 1;
    if (ask.kind === 'Keys' && ask.from === null) places.watchReread += 1;
    const id = nextId();
    const server = this.#anyServer();
    const { op, args } = requestOf(ask, this.#prefix);
    const limit = this.#chance.pick([1, 7, 1000]);
    const timeoutMs = Math.max(1, Math.round(plan.clients.timeoutMs));
    this.#asked = { id, ask, server };
    agenda.after(timeoutMs + GRACE_MS, () => this.failed(id));
    const frame = encodeRequest(id, op, { ...args, limit }, timeoutMs);
    if (!network.ask(connection, server, [frame], false)) agenda.after(1, () => this.failed(id));
  }

  replied(id: number, reply: Reply | Refusal): void {
    if (this.#asked?.id !== id) return;
    const answer = reply.ok
      ? ({ kind: 'Answered', reply: reply as unknown as Page | Entries } as const)
      : answerIn(reply);
    if (answer) this.#answered(answer);
    else this.#options.broken(new Error(`a watch is refused for good: ${JSON.stringify(reply)}`));
  }

  #answered(answer: Answer): void {
    const { ask } = this.#asked as Asked;
    this.#asked = null;
    this.#pursuit.answered(ask, answer, this.#options.agenda.now);
    const { known } = this.#pursuit;
    if (known !== null && ask.kind === 'End') this.judge.began(known);
    this.#pump();
  }

  failed(id: number): void {
    if (this.#asked?.id === id) this.#answered({ kind: 'Failed' });
  }

  disconnected(server: NodeId): void {
    if (this.#asked?.server === server) this.failed(this.#asked.id);
  }
}
