import type { Millis, NodeId } from '../../../lib/core/types.ts';
import type { ClientMessage } from '../../../lib/net/network.ts';
import type { Agenda } from '../agenda.ts';
import type { Chance } from '../chance.ts';
import type { FaultCounts } from '../faults.ts';
import type { NetworkPlan } from '../plan.ts';
import type { Host } from './host.ts';
import { type Line, Lines, type Party } from './lines.ts';
import { corrupted, isOfCore } from './mail.ts';
import { Sockets } from './sockets.ts';

/** Beats that a subscriber has not read yet, as lib/net keeps them. */
const BEATS_WAITING_MAX = 64;
/** Mail to one peer that is remembered, to be played again. */
const REMEMBERED_MAX = 8;

/** Who wants to know what goes over the network. */
export type NetworkWatch = {
  /** Mail is handed to the network, which may not take it. */
  readonly mailLeaves: (from: NodeId, to: NodeId, frames: readonly Uint8Array[]) => void;
  /** A beat goes to one of those that have subscribed. */
  readonly beatLeaves: (from: NodeId, to: NodeId, frames: readonly Uint8Array[]) => void;
  readonly mailArrives: (from: NodeId, to: NodeId, frames: readonly Uint8Array[]) => void;
  readonly published: (from: NodeId, topic: string, body: Uint8Array) => void;
  /** Replies have reached a connection of clients. */
  readonly replied: (connection: Party, frames: readonly Uint8Array[]) => void;
  /** A connection of clients to a server was lost, with what was under way `then`. */
  readonly disconnected: (connection: Party, server: NodeId, then: Millis) => void;
};

export type NetworkOptions = {
  readonly agenda: Agenda;
  readonly seed: number;
  readonly plan: NetworkPlan;
  readonly hosts: readonly Host[];
  readonly connections: number;
  /** Somebody subscribes to everything that servers publish. */
  readonly isWatched: boolean;
  readonly subscribed: (id: NodeId) => readonly string[];
  readonly counts: FaultCounts;
  readonly watch: NetworkWatch;
};

type Past = { readonly frames: readonly Buffer[]; readonly life: number };

/**
 * All that lies between the servers, and between them and their clients. Without faults it behaves
 * as ZeroMQ does: in order and complete on each connection, beats dropped when they pile up. Mail of
 * servers can also be lost, doubled, late or damaged one by one, which ZeroMQ would not do.
 */
export class SimNetwork {
  readonly lines: Lines;
  readonly #options: NetworkOptions;
  readonly #mail = new Map<Party, Map<Party, Line>>();
  readonly #beats = new Map<Party, Map<Party, Line>>();
  readonly #requests = new Map<Party, Map<Party, Line>>();
  readonly #replies = new Map<Party, Map<Party, Line>>();
  readonly #sockets = new Map<NodeId, Sockets>();
  readonly #past = new Map<Line, Past[]>();
  readonly #slow = new Map<NodeId, Millis>();
  #isHealed = false;

  constructor(options: NetworkOptions) {
    this.#options = options;
    const { agenda, seed, hosts, connections, plan } = options;
    const { reconnectMs, detectMs } = plan;
    const parties = hosts.length + connections;
    const runs = (party: Party): boolean => party > hosts.length || this.#sockets.has(party);
    const keptArrives = (): void => {
      options.counts.stale += 1;
    };
    const { keepsMail: keeps, lateMs: keptMs } = plan;
    this.lines = new Lines({
      agenda,
      seed,
      parties,
      reconnectMs,
      detectMs,
      runs,
      keeps,
      keptMs,
      keptArrives,
    });
    for (const { id: a } of hosts) {
      for (const { id: b } of hosts) if (a !== b) this.#addServers(a, b);
      for (let i = 1; i <= connections; i += 1) this.#addClients(hosts.length + i, a);
    }
  }

  #addServers(a: NodeId, b: NodeId): void {
    const told = (up: boolean): void => {
      this.#host(a).run(() => this.#sockets.get(a)?.linked(b, up));
    };
    put(this.#mail, this.lines.add('mail', a, b, told));
    put(this.#beats, this.lines.add('beats', a, b));
  }

  #addClients(clients: Party, server: NodeId): void {
    const { agenda, plan, watch } = this.#options;
    const told = (up: boolean): void => {
      const { now } = agenda;
      // What was replied before is there first.
      if (!up) agenda.after(plan.delayMs, () => watch.disconnected(clients, server, now));
    };
    put(this.#requests, this.lines.add('requests', clients, server, told));
    put(this.#replies, this.lines.add('replies', server, clients));
  }

  get isWatched(): boolean {
    return this.#options.isWatched;
  }

  #host(id: NodeId): Host {
    return this.#options.hosts[id - 1] as Host;
  }

  /** A process opens its sockets. */
  open(id: NodeId): Sockets {
    const sockets = new Sockets(id, this);
    this.#sockets.set(id, sockets);
    this.lines.begin(id);
    return sockets;
  }

  /** A process has ended. @param isNoticed by its peers at once: its machine still runs. */
  close(id: NodeId, isNoticed: boolean): void {
    if (this.#sockets.delete(id)) this.lines.end(id, isNoticed);
  }

  /** Everything from and to a server takes so much longer. */
  clog(id: NodeId, ms: Millis): void {
    this.#slow.set(id, ms);
  }

  /** From now on mail arrives, soon, once and in order; what is cut is mended by who cut it. */
  heal(): void {
    this.#isHealed = true;
    this.#slow.clear();
  }

  #delay({ chance, from, to }: Line): Millis {
    const slow =
      this.#slow.size === 0 ? 0 : (this.#slow.get(from) ?? 0) + (this.#slow.get(to) ?? 0);
    // What a process sends after work in its thread leaves when that is done.
    const aheadMs = this.#options.hosts[from - 1]?.aheadMs ?? 0;
    return chance.between(0.1, 1) * this.#options.plan.delayMs + slow + aheadMs;
  }

  #strikes(chance: Chance, part: number): boolean {
    return part > 0 && !this.#isHealed && chance.happens(part);
  }

  /** See Network. */
  sendMail(from: NodeId, to: NodeId, sent: readonly Uint8Array[]): boolean {
    const { watch, plan, counts } = this.#options;
    watch.mailLeaves(from, to, sent);
    const line = this.#mail.get(from)?.get(to);
    if (!line?.wire.isUp || line.wire.unread >= plan.messagesMax) return false;
    const { chance } = line;
    const frames = sent as readonly Buffer[];
    this.#remember(line, frames);
    if (this.#strikes(chance, plan.lostPart)) {
      counts.drop += 1;
      return true;
    }
    const isDamaged = this.#strikes(chance, plan.corruptPart);
    if (isDamaged) counts.corrupt += 1;
    this.#dispatch(line, isDamaged ? corrupted(frames, chance) : frames);
    if (this.#strikes(chance, plan.doubledPart) && isOfCore(frames)) {
      counts.duplicate += 1;
      this.#dispatch(line, frames);
    }
    return true;
  }

  #dispatch(line: Line, frames: readonly Buffer[]): void {
    const { plan, counts, agenda } = this.#options;
    const { chance, from, to } = line;
    if (!this.#strikes(chance, plan.latePart)) return this.#carry(line, frames);
    counts.late += 1;
    // Arrives whatever has become of its connection by then.
    agenda.after(chance.between(0.05, 1) * plan.lateMs, () => this.inject(from, to, frames));
  }

  #carry(line: Line, frames: readonly Buffer[]): void {
    const { from, to } = line;
    line.wire.send(this.#delay(line), (read) => this.inject(from, to, frames, read));
  }

  /** Frames reach a server's port for mail, as if they came from `from`. */
  inject(from: Party, to: NodeId, frames: readonly Buffer[], read?: () => void): void {
    this.#host(to).run(() => {
      this.#options.watch.mailArrives(from, to, frames);
      this.#sockets.get(to)?.fromPeers.push(frames, read);
    });
  }

  #remember(line: Line, frames: readonly Buffer[]): void {
    const past = this.#past.get(line) ?? [];
    if (past.length === 0) this.#past.set(line, past);
    past.push({ frames, life: this.#host(line.from).life });
    if (past.length > REMEMBERED_MAX) past.shift();
  }

  /** Mail of the core that an earlier process of `from` sent to `to`, or null. */
  pastMail(from: NodeId, to: NodeId): readonly Buffer[] | null {
    const line = this.#mail.get(from)?.get(to);
    const past = (line && this.#past.get(line)) ?? [];
    const { life } = this.#host(from);
    return past.find((mail) => mail.life < life && isOfCore(mail.frames))?.frames ?? null;
  }

  /** See Network: dropped, without a word, for those that do not keep up. */
  publishBeat(from: NodeId, topic: string, body: Uint8Array): void {
    const { plan, counts } = this.#options;
    const frames = [Buffer.from(topic), body as Buffer];
    for (const line of this.#beats.get(from)?.values() ?? []) {
      const { wire, chance, to } = line;
      if (!wire.isUp || !this.#sockets.get(to)?.hears(from)) continue;
      this.#options.watch.beatLeaves(from, to, frames);
      const isDeaf = plan.isDeaf && from === 1 && to === 2;
      const isLost = this.#strikes(chance, plan.lostBeatPart);
      if (isDeaf) counts.deaf += 1;
      else if (isLost || wire.unread >= BEATS_WAITING_MAX) counts.beats += 1;
      else this.#carryBeat(line, frames);
    }
  }

  #carryBeat(line: Line, sent: readonly Buffer[]): void {
    const { plan, counts } = this.#options;
    const isDamaged = this.#strikes(line.chance, plan.corruptPart);
    if (isDamaged) counts.corrupt += 1;
    const frames = isDamaged ? corrupted(sent, line.chance) : sent;
    line.wire.send(this.#delay(line), (read) => this.injectBeat(line.from, line.to, frames, read));
  }

  /** A beat reaches a server that has subscribed, as if it came from `from`. */
  injectBeat(from: Party, to: NodeId, frames: readonly Buffer[], read?: () => void): void {
    this.#host(to).run(() => {
      read?.();
      this.#options.watch.mailArrives(from, to, frames);
      this.#sockets.get(to)?.beats.push(frames, undefined, BEATS_WAITING_MAX);
    });
  }

  /** See Network. */
  subscribed(id: NodeId, start: string): readonly string[] {
    return this.#options.subscribed(id).filter((topic) => topic.startsWith(start));
  }

  published(from: NodeId, topic: string, body: Uint8Array): void {
    this.#options.watch.published(from, topic, body);
  }

  /** Clients ask a server. @returns false if there is no connection to it. */
  ask(from: Party, to: NodeId, frames: readonly Buffer[], delimited: boolean): boolean {
    const line = this.#requests.get(from)?.get(to);
    const isBothWays = this.#replies.get(to)?.get(from)?.wire.isUp;
    if (!line?.wire.isUp || !isBothWays) return false;
    const { wire } = line;
    const { epoch } = wire;
    const message: ClientMessage = { client: { route: routeOf(from, epoch), delimited }, frames };
    wire.send(this.#delay(line), (read) => {
      this.#host(to).run(() => this.#sockets.get(to)?.fromClients.push(message, read));
    });
    return true;
  }

  /** A server replies over the connection that was asked over, if it is still there. */
  reply(from: NodeId, route: Buffer, frames: readonly Uint8Array[]): void {
    const to = route[0] as Party;
    const requests = this.#requests.get(to)?.get(from)?.wire;
    const line = this.#replies.get(from)?.get(to);
    if (!line?.wire.isUp || !requests?.isUp) return;
    if (!routeOf(to, requests.epoch).equals(route)) return;
    line.wire.send(this.#delay(line), (read) => {
      read();
      this.#options.watch.replied(to, frames);
    });
  }
}

function put(lines: Map<Party, Map<Party, Line>>, line: Line): void {
  const some = lines.get(line.from) ?? new Map<Party, Line>();
  lines.set(line.from, some.set(line.to, line));
}

/** Each connection has a routing id of its own. */
function routeOf(party: Party, epoch: number): Buffer {
  return Buffer.from([party, epoch & 0xff, epoch >> 8]);
}
