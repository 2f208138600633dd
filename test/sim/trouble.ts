import type { Millis, NodeId } from '../../lib/core/types.ts';
import { encodeRequest } from '../../lib/wire/client.ts';
import { chanceOf } from './chance.ts';
import { loseDisk } from './lose-disk.ts';
import type { Action, VoteChange, Whom } from './script.ts';
import type { Simulation } from './simulation.ts';
import { strangeBeat, strangeMail } from './strangers.ts';
import type { SimServer } from './world/server.ts';

/** Carries out the script of a run: everything that goes wrong at a moment. */
export class Trouble {
  readonly #sim: Simulation<unknown>;
  /** What ends a trouble that lasts; done early when all is healed. */
  readonly #endings = new Set<() => void>();
  /** Requests of operators have numbers that those of clients do not reach. */
  #lastRequest = 1e12;
  #isOver = false;

  constructor(sim: Simulation<unknown>) {
    this.#sim = sim;
  }

  begin(): void {
    const { agenda, plan } = this.#sim;
    if (plan.drift > 0) this.#sim.faults.drift += 1;
    for (const action of plan.actions) {
      agenda.after(action.at, () => {
        if (!this.#isOver) this.#act(action);
      });
    }
  }

  /** Nothing goes wrong any more, and what lasts is over. Servers that are down stay down. */
  end(): void {
    this.#isOver = true;
    for (const end of [...this.#endings]) end();
    this.#sim.network.heal();
    for (const { host, storage } of this.#sim.servers) {
      host.resume();
      storage.heal();
    }
  }

  #whom({ id, leader }: Whom): SimServer {
    const [first] = leader ? this.#sim.leaders : [];
    return first ?? this.#sim.server(id);
  }

  /** Ends after `ms`, or when all is healed, whichever is first. */
  #lasting(ms: Millis, end: () => void): void {
    const once = (): void => {
      if (this.#endings.delete(once)) end();
    };
    this.#endings.add(once);
    this.#sim.agenda.after(ms, once);
  }

  /** The same for what comes between a server and its clients, who may be left without an answer. */
  #lastingForClients(id: NodeId, ms: Millis, end: () => void): void {
    const noExcuse = this.#sim.excuses.begin(id);
    this.#lasting(ms, () => {
      end();
      noExcuse();
    });
  }

  /** Starts the server again after `ms`, unless trouble is over by then. */
  #restart(server: SimServer, ms: Millis): void {
    this.#sim.agenda.after(ms, () => {
      if (!this.#isOver && !this.#sim.gone.has(server.id)) server.start();
    });
  }

  #act(action: Action): void {
    const server = this.#whom(action.whom);
    const { faults } = this.#sim;
    this.#sim.note(server.id, `! ${tellAction(action)}`);
    this.#sim.strike(server.id, action);
    switch (action.fault) {
      case 'kill':
        if (!server.isUp) return;
        faults.kill += 1;
        server.kill();
        return this.#restart(server, action.downMs);
      case 'leave':
        if (!server.isServing || server.isLeaving) return;
        faults.leave += 1;
        this.#stallOthers(server, action.stalledMs);
        return server.leave();
      case 'power':
        faults.power += 1;
        server.losePower(action);
        return this.#restart(server, action.downMs);
      case 'blackout':
        faults.blackout += 1;
        for (const one of this.#sim.servers) {
          one.losePower(action);
          this.#restart(one, action.downMs);
        }
        return;
      case 'boundary':
        return this.#boundary(server, action);
      case 'ioError':
      case 'lie':
        if (server.isUp) server.storage.fail(action.fault, action.operations);
        return;
      case 'stall':
        return server.storage.stall(action.ms);
      case 'full':
        return server.storage.fill(action.ms);
      default:
        return this.#disturb(server, action);
    }
  }

  /** Whatever a leader has in its log stays uncommitted, though everybody hears it. */
  #stallOthers(server: SimServer, ms: Millis): void {
    if (ms === 0) return;
    for (const other of this.#sim.servers) if (other !== server) other.storage.stall(ms);
  }

  #boundary(server: SimServer, action: Action & { fault: 'boundary' }): void {
    if (!server.isUp) return;
    const { faults } = this.#sim;
    server.storage.strikeAt(action.operations, () => {
      faults.boundary += 1;
      this.#sim.note(server.id, 'ends before an operation of its disk');
      if (action.losesPower) server.losePower({ kept: 0.5, torn: 0.3 });
      else server.kill();
      this.#restart(server, action.downMs);
    });
  }

  #disturb(server: SimServer, action: Action): void {
    const { faults, network } = this.#sim;
    const { id } = server;
    switch (action.fault) {
      case 'transfer':
        faults.transfer += 1;
        return this.#sim.clients.wish(id, 'transfer', action.to === null ? {} : { to: action.to });
      case 'pause':
        if (!server.isUp) return;
        faults.pause += 1;
        return server.host.pause(action.ms);
      case 'jump':
        if (!server.isUp) return;
        faults.jump += 1;
        return server.host.jump(action.ms);
      case 'clog':
        if (!server.isUp) return;
        faults.clog += 1;
        network.clog(id, this.#sim.plan.settings.electionMsMin / 2);
        return this.#lastingForClients(id, action.ms, () => network.clog(id, 0));
      case 'cut':
      case 'oneWay':
        return this.#cut(new Set([id, ...action.side]), action.fault, action.ms);
      case 'partial':
        if (action.links.length === 0) return;
        faults.partial += 1;
        return this.#lasting(
          action.ms,
          this.#cutLinks(action.links.flatMap(([a, b]) => [[a, b] as const, [b, a] as const])),
        );
      case 'clientCut':
        return this.#cutClients(id, action.repliesOnly, action.ms);
      case 'reset':
        if (network.lines.reset(id, action.peer)) faults.reset += 1;
        return;
      case 'rot':
        return this.#rot(action.place, action.bit);
      case 'wipe':
        return this.#wipe(action.place, action.downMs);
      case 'reconfigure':
        return this.#reconfigure(server, action.changes);
      case 'replay':
      case 'stranger':
        return this.#inject(server, action);
      default:
        return;
    }
  }

  #cut(side: ReadonlySet<NodeId>, fault: 'cut' | 'oneWay', ms: Millis): void {
    const links: (readonly [NodeId, NodeId])[] = [];
    for (const { id: a } of this.#sim.servers) {
      for (const { id: b } of this.#sim.servers) {
        if (!side.has(a) || side.has(b)) continue;
        links.push([a, b]);
        if (fault === 'cut') links.push([b, a]);
      }
    }
    if (links.length === 0) return;
    this.#sim.faults[fault] += 1;
    this.#lasting(ms, this.#cutLinks(links));
  }

  /** @returns what mends them. */
  #cutLinks(links: readonly (readonly [number, number])[]): () => void {
    const { lines } = this.#sim.network;
    for (const [a, b] of links) lines.cut(a, b);
    return () => {
      for (const [a, b] of links) lines.mend(a, b);
    };
  }

  #cutClients(id: NodeId, repliesOnly: boolean, ms: Millis): void {
    const { plan, faults } = this.#sim;
    faults.clientCut += 1;
    const parties = Array.from({ length: plan.clients.connections }, (_, i) => plan.size + 1 + i);
    const links = parties.flatMap((party) => [
      [id, party] as const,
      ...(repliesOnly ? [] : [[party, id] as const]),
    ]);
    this.#lastingForClients(id, ms, this.#cutLinks(links));
  }

  /** Only ever on the same few servers: what every disk has lost no log can bring back. */
  #rot(place: number, bit: number): void {
    const { plan, faults, lost } = this.#sim;
    const few = Math.ceil(plan.size / 2) - 1;
    if (few === 0) return;
    const id = 1 + (Math.floor(place * 1000) % few);
    const rotten = this.#sim.server(id).storage.rot(place, bit);
    if (!rotten) return;
    faults.rot += 1;
    lost.set(id, 'a bit of its disk has flipped');
    this.#sim.note(id, `rot in ${rotten.name} at ${rotten.offset}`);
  }

  /**
   * One of those whose disks may rot, for the same reason. All others must know it by its data: who
   * does not would believe it, and nothing could be done about that. So it strikes when they do.
   */
  #wipe(place: number, downMs: Millis): void {
    const { agenda, plan, lost, servers } = this.#sim;
    const few = Math.ceil(plan.size / 2) - 1;
    if (few === 0) return;
    const server = this.#sim.server(1 + (Math.floor(place * 1000) % few));
    const others = servers.filter((other) => other !== server);
    if (lost.has(server.id) || this.#isOver) return;
    if (!others.every((other) => other.knows(server))) {
      agenda.after(plan.settings.electionMsMin / 2, () => this.#wipe(place, downMs));
      return;
    }
    loseDisk(this.#sim, server);
    this.#restart(server, downMs);
  }

  /** An operator asks over the first connection; what is answered, nobody waits for. */
  #reconfigure({ id }: SimServer, changes: readonly VoteChange[]): void {
    const { network, faults, plan } = this.#sim;
    this.#lastRequest += 1;
    const list = changes.map(({ kind: op, id: node }) => ({ op, id: node }));
    const timeoutMs = Math.round(plan.settings.electionMsMax);
    const frame = encodeRequest(this.#lastRequest, 'member.change', { changes: list }, timeoutMs);
    if (network.ask(plan.size + 1, id, [frame], false)) faults.reconfigure += 1;
  }

  #inject(server: SimServer, action: Action & { fault: 'replay' | 'stranger' }): void {
    const { network, faults, plan } = this.#sim;
    const { id } = server;
    if (!server.isServing) return;
    if (action.fault === 'stranger') {
      faults.stranger += 1;
      const chance = chanceOf(plan.seed, 'stranger', action.at, action.kind);
      if (chance.happens(0.3)) {
        return network.injectBeat(action.peer, id, strangeBeat(chance, action.peer));
      }
      return network.inject(action.peer, id, strangeMail(chance, action.peer, id));
    }
    const past = network.pastMail(action.peer, id);
    if (!past) return;
    faults.replay += 1;
    network.inject(action.peer, id, past);
  }
}

function tellAction(action: Action): string {
  const { at: _, whom: __, fault, ...rest } = action;
  const details = Object.entries(rest).map(([name, value]) => {
    const text =
      typeof value === 'number' ? `${Math.round(value * 100) / 100}` : JSON.stringify(value);
    return `${name}=${text}`;
  });
  return [fault, ...details].join(' ');
}
