import { votersOnly } from '../../lib/core/quorum.ts';
import type { Millis, NodeId } from '../../lib/core/types.ts';
import { IdentityError } from '../../lib/kit/errors.ts';
import type { StateMachine } from '../../lib/store/state-machine.ts';
import { Agenda } from './agenda.ts';
import { Audience } from './audience.ts';
import { chanceOf } from './chance.ts';
import { Clients } from './clients/clients.ts';
import { Watches } from './clients/watches.ts';
import { committedIn } from './committed.ts';
import { Excuses } from './excuses.ts';
import { type FaultCounts, noFaults } from './faults.ts';
import type { Committed } from './history/operation.ts';
import { memberOf } from './identity.ts';
import { Judge } from './oracle/judge.ts';
import type { Plan } from './plan.ts';
import { PLACE_OF_CODE } from './reach.ts';
import type { Action } from './script.ts';
import type { Lives, Subject, Tally } from './subject.ts';
import { Fingerprint } from './trace.ts';
import { asViolation, Violation } from './violation.ts';
import type { Watcher } from './watcher.ts';
import { Host } from './world/host.ts';
import { SimNetwork } from './world/network.ts';
import { SimServer } from './world/server.ts';
import { isOfDisk, Storage } from './world/storage.ts';

/** A supervisor starts a process again that ended by itself, after so long. */
const RESTART_MS = 50;

/**
 * A whole cluster under one seed: shipped nodes on simulated machines, the network between them,
 * their clients, and a judge who sees everything. Nothing here goes wrong by itself (trouble.ts).
 */
export class Simulation<A> {
  readonly plan: Plan;
  readonly agenda = new Agenda();
  readonly excuses = new Excuses(this.agenda);
  readonly faults: FaultCounts = noFaults();
  readonly tally: Tally = { turns: 0, inputs: 0, elections: 0, applied: 0 };
  readonly fingerprint = new Fingerprint();
  readonly #audience: Audience;
  readonly judge: Judge;
  readonly network: SimNetwork;
  readonly servers: readonly SimServer[];
  readonly clients: Clients<A>;
  readonly watches: Watches;
  readonly committed: Committed<A>[] = [];
  /** Servers whose disk has rotted or that may not come back for another reason. */
  readonly lost = new Map<NodeId, string>();
  /** Servers that have refused their disk, or are dead for good: nobody starts them any more. */
  readonly gone = new Set<NodeId>();
  violation: Violation | null = null;
  readonly #lives: Lives<A> | undefined;
  readonly #roles = new Map<NodeId, string>();
  readonly digest: (machine: StateMachine) => string;

  constructor(plan: Plan, subject: Subject<A>, watchers: readonly Watcher[] = []) {
    this.plan = plan;
    this.digest = subject.digest;
    this.#lives = subject.watchLives?.(plan);
    this.#audience = new Audience([this.fingerprint, ...watchers]);
    const ids = Array.from({ length: plan.size }, (_, i) => i + 1);
    const configuration = votersOnly(ids);
    this.judge = new Judge(configuration, (entry) => this.#commit(committedIn<A>(entry)));
    const hosts = ids.map((id) => this.#host(id));
    this.network = this.#network(hosts);
    const { agenda, network, faults: counts } = this;
    const { places } = this.judge;
    const prefixes = subject.watched?.(plan) ?? [];
    const broken = (reason: unknown): void => this.fail(reason);
    this.watches = new Watches({ agenda, plan, counts, places, network, prefixes, broken });
    this.servers = hosts.map((host) => this.#server(host, subject));
    this.clients = new Clients({
      agenda: this.agenda,
      seed: plan.seed,
      plan: plan.clients,
      servers: plan.size,
      network: this.network,
      asking: subject.asking(plan),
      lifeOf: (id) => `n${id} in life ${this.server(id).host.life}`,
      asked: (client, server, text) => {
        this.#audience.asked(this.agenda.now, client, server, text);
      },
      refused: (code) => {
        const place = PLACE_OF_CODE[code];
        if (place) this.judge.places[place] += 1;
      },
      owes: (id, ms) => this.excuses.owes(this.server(id), ms),
      broken: (sentence) => this.fail(new Violation('history', sentence)),
    });
  }

  server(id: NodeId): SimServer {
    return this.servers[id - 1] as SimServer;
  }

  /** Those that lead, or believe to. */
  get leaders(): readonly SimServer[] {
    return this.servers.filter(({ state }) => state?.role.name === 'leader');
  }

  /** Starts all servers, a moment apart. */
  start(): void {
    const chance = chanceOf(this.plan.seed, 'start');
    for (const server of this.servers) {
      this.agenda.after(chance.between(0, this.plan.settings.electionMsMin), () => server.start());
    }
  }

  /** Goes on until `end` of the simulated time, `isOver`, or the first violation. */
  async run(end: Millis, isOver: () => boolean = () => false): Promise<void> {
    await this.agenda.settle(end, () => this.violation !== null || isOver());
    if (this.violation) throw this.violation;
  }

  /** Tells whoever watches. */
  note(id: NodeId, line: string): void {
    this.#audience.noted(this.agenda.now, id, line);
  }

  /** Tells whoever watches of something in the script. */
  strike(id: NodeId, action: Action): void {
    this.#audience.struck(this.agenda.now, id, action);
  }

  /** The run has broken a rule; only the first is told. */
  fail(reason: unknown): void {
    this.violation ??= asViolation(reason);
  }

  /** What a watcher finds wrong ends the run, and not the server that it watched. */
  #guard<T extends readonly unknown[]>(watch: (...args: T) => void): (...args: T) => void {
    return (...args) => {
      if (this.violation) return;
      try {
        watch(...args);
      } catch (reason) {
        this.fail(reason);
      }
    };
  }

  #host(id: NodeId): Host {
    const { plan } = this;
    return new Host(id, this.agenda, chanceOf(plan.seed, 'host', id), plan.loopMs, plan.drift);
  }

  #network(hosts: readonly Host[]): SimNetwork {
    const { plan, agenda } = this;
    return new SimNetwork({
      agenda,
      seed: plan.seed,
      plan: plan.network,
      hosts,
      connections: plan.clients.connections,
      isWatched: plan.clients.isWatched,
      subscribed: (id) => this.watches.subscribed(id),
      counts: this.faults,
      watch: {
        mailLeaves: this.#guard((from, to, frames) => {
          this.#audience.sent(agenda.now, from, to, frames);
          this.judge.mailLeaves(from, to, frames);
        }),
        beatLeaves: (from, to, frames) => {
          this.#audience.sent(agenda.now, from, to, frames);
        },
        mailArrives: (from, to, frames) => {
          this.#audience.arrived(agenda.now, from, to, frames);
        },
        published: this.#guard((id, topic, body) => {
          this.judge.published(id, topic, body);
          this.watches.published(id, topic, body);
        }),
        replied: (_, frames) => {
          this.clients.replied(frames);
          this.watches.replied(frames);
        },
        disconnected: (connection, server, then) => {
          this.clients.disconnected(connection, server, then);
          this.watches.disconnected(connection, server);
        },
      },
    });
  }

  #server(host: Host, subject: Subject<A>): SimServer {
    const { plan, agenda, network, judge } = this;
    const { id } = host;
    const chance = chanceOf(plan.seed, 'server', id);
    const disk = chanceOf(plan.seed, 'disk', id);
    return new SimServer({
      host,
      storage: new Storage(host, agenda, disk, plan.disk, this.faults),
      network,
      plan,
      chance,
      members: Array.from({ length: plan.size }, (_, i) => memberOf(i + 1)),
      limits: {
        recordBytes: 1 << 20,
        valueBytes: 1 << 16,
        pendingRequests: plan.clients.pendingRequests,
        pendingBytes: 1 << 20,
      },
      openMachine: (tables) => subject.openMachine(tables, plan),
      watch: {
        recovered: async (_, recovered) => {
          try {
            await judge.recovered(id, recovered.log);
          } catch (reason) {
            // A bit may flip between its reading and ours: the process would meet it later.
            if (isOfDisk(reason) && this.lost.has(id)) throw reason;
            this.fail(reason);
          }
        },
        began: this.#guard((_, state) => {
          judge.began(id, state);
          this.#audience.began(agenda.now, id, state);
        }),
        seen: this.#guard((_, turn, outcome) => {
          this.#count(id, turn.inputs.length, outcome.state.role.name);
          this.#audience.turn(agenda.now, id, turn, outcome);
          judge.seen(id, turn, outcome);
        }),
        begun: this.#guard((_, writes) => judge.begun(id, writes)),
        stored: this.#guard(() => judge.stored(id)),
        applied: this.#guard((_, entries, done) => {
          this.tally.applied += entries.length;
          judge.applied(id, entries, done);
          this.watches.changes.applied(done);
        }),
        copied: this.#guard((_, machine) => judge.copied(machine.applied, this.digest(machine))),
        installed: this.#guard((_, m) => judge.installed(id, m.applied, this.digest(m))),
        down: this.#guard(() => this.#audience.ended(agenda.now, id)),
        ended: this.#guard((server, reason) => this.#ended(server, reason)),
      },
    });
  }

  #count(id: NodeId, inputs: number, role: string): void {
    this.tally.turns += 1;
    this.tally.inputs += inputs;
    if (role === 'leader' && this.#roles.get(id) !== 'leader') this.tally.elections += 1;
    this.#roles.set(id, role);
  }

  /** A process ended by itself, which only its disk may bring it to. */
  #ended(server: SimServer, reason: unknown): void {
    this.note(server.id, reason === null ? 'has stopped' : `ends: ${String(reason)}`);
    if (reason instanceof IdentityError) {
      if (!this.judge.hasForgotten(server.id))
        throw new Violation(
          'invariant',
          `n${server.id} is not taken for itself: ${reason.message}`,
        );
      this.judge.places.refusedWiped += 1;
      this.gone.add(server.id);
      return;
    }
    if (reason !== null && !isOfDisk(reason)) throw reason;
    if (reason !== null && !server.storage.hasFailed && !this.lost.has(server.id))
      throw new Violation('invariant', `n${server.id} blames its disk, which is well: ${reason}`);
    if (isOfDisk(reason) && reason.code !== 'IO' && reason.code !== 'FULL') {
      const isRotten = this.lost.has(server.id);
      if (!isRotten)
        throw new Violation('invariant', `n${server.id} refuses its own disk: ${reason.message}`);
      this.judge.places.refusedDisk += 1;
      this.lost.set(server.id, reason.message);
      this.gone.add(server.id);
      return;
    }
    this.agenda.after(RESTART_MS, () => {
      if (!this.gone.has(server.id)) server.start();
    });
  }

  #commit(entry: Committed<A>): void {
    this.committed.push(entry);
    const { now } = this.agenda;
    const askedMs = this.clients.firstAskedMs(entry.id) ?? now;
    const jumpedSince = (moment: Millis): Millis =>
      this.servers.reduce((sum, { host }) => sum + host.jumpedSince(moment), 0);
    const wrong = this.#lives?.(entry, { now, askedMs, jumpedSince }) ?? null;
    if (wrong !== null) this.fail(new Violation('history', wrong));
  }
}
