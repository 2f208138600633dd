import { payloadOf, RECORD_HEADER_BYTES, recordBytes } from '../../lib/core/entry.ts';
import type { Input } from '../../lib/core/input.ts';
import type { Envelope } from '../../lib/core/message.ts';
import type { Accepted, Load, Outcome } from '../../lib/core/outcome.ts';
import { votersOnly } from '../../lib/core/quorum.ts';
import { tellInput, tellMessage, tellOutcome, tellState } from '../../lib/core/tell.ts';
import type { Configuration, NodeId } from '../../lib/core/types.ts';
import { InvariantViolation } from '../../lib/kit/errors.ts';
import { Agenda } from '../sim/agenda.ts';
import { Chance } from '../sim/chance.ts';
import { History } from '../sim/oracle/history.ts';
import { Oracle } from '../sim/oracle/oracle.ts';
import { possibleConfigurations } from '../sim/oracle/possible.ts';
import { count, noCounts } from './counts.ts';
import { ModelDisk } from './model-disk.ts';
import { ModelNetwork } from './model-network.ts';
import { ModelServer } from './model-server.ts';
import { type Carrier, ModelSnapshots } from './model-snapshots.ts';
import type { Plan } from './plan.ts';

/** A process that runs a server: it can be down, pause, and has a clock of its own. */
export type Node = {
  readonly server: ModelServer;
  readonly snapshots: ModelSnapshots;
  readonly clock: { readonly offset: number; readonly rate: number };
  isUp: boolean;
  /** Counts its lives, so that what a former life had begun is dropped. */
  life: number;
  pausedUntil: number;
  /** Its disk never finishes anything again. */
  isStuck: boolean;
  inbox: Input[];
  isTurnDue: boolean;
  isSyncing: boolean;
  /** Counts its alarms, so that only the last one that was set rings. */
  alarms: number;
};

/** Most commands in one proposal. */
export const PROPOSALS_MAX = 3;

/** Servers, their disks and the network between them, in simulated time under one seed. */
export class Cluster {
  readonly plan: Plan;
  readonly agenda = new Agenda();
  readonly chance: Chance;
  readonly network: ModelNetwork;
  readonly nodes: readonly Node[];
  readonly oracle: Oracle;
  readonly counts = noCounts();
  readonly #trace: ((line: string) => void) | null;
  isHealed = false;

  constructor(seed: number, plan: Plan, trace: ((line: string) => void) | null = null) {
    this.plan = plan;
    this.#trace = trace;
    this.chance = new Chance(seed ^ 0x5bd1e995);
    const { configuration } = plan;
    const servers = new Map<NodeId, ModelServer>();
    this.oracle = new Oracle(servers, configuration);
    this.network = new ModelNetwork(this.agenda, this.chance, plan, {
      deliver: (envelope) => this.#deliver(envelope),
      unreachable: (from, peer) => this.give(this.#node(from), { kind: 'Unreachable', peer }),
    });
    const { voters, outgoing, learners } = configuration;
    const ids = [...new Set([...voters, ...outgoing, ...learners])].sort((a, b) => a - b);
    for (let i = 0; i < plan.spares; i += 1) ids.push(ids.length + 1);
    const isFounder = (id: NodeId): boolean => ids.indexOf(id) < ids.length - plan.spares;
    this.nodes = ids.map((id) =>
      this.#boot(id, isFounder(id) ? configuration : votersOnly([]), servers),
    );
    for (const node of this.nodes) this.#setAlarm(node, node.server.state.electionDeadline);
  }

  #boot(id: NodeId, configuration: Configuration, servers: Map<NodeId, ModelServer>): Node {
    const { drift } = this.plan;
    const clock = {
      offset: this.chance.between(0, 100_000),
      rate: this.chance.between(1 - drift, 1 + drift),
    };
    const disk = new ModelDisk({ term: 0, vote: null }, new History());
    const setup = { id, configuration, settings: this.plan.settings, disk };
    const restart = { now: clock.offset, seed: this.#seed(), applied: 0, tail: 0 };
    const server = new ModelServer(setup, this.oracle, restart);
    servers.set(id, server);
    const idle = { inbox: [], isTurnDue: false, isSyncing: false, isStuck: false, alarms: 0 };
    const snapshots = new ModelSnapshots(server, this.#carrier());
    return { server, snapshots, clock, isUp: true, life: 0, pausedUntil: 0, ...idle };
  }

  #carrier(): Carrier {
    return {
      chance: this.chance,
      network: this.network,
      stepMs: () => this.plan.disk.syncMs + this.plan.network.delayMs,
      later: (id, ms, task) => this.#later(this.#node(id), ms, task),
      give: (id, input) => this.give(this.#node(id), input),
    };
  }

  /** The configurations that may come to decide, whatever happens next. */
  possible(): readonly Configuration[] {
    const servers = this.nodes.map(({ server }) => server);
    return possibleConfigurations(servers, this.plan.configuration, this.oracle.committed);
  }

  #seed(): number {
    return this.chance.whole(0, 0xffff_ffff);
  }

  #node(id: NodeId): Node {
    return this.nodes[id - 1] as Node;
  }

  #local({ clock }: Node): number {
    return clock.offset + this.agenda.now * clock.rate;
  }

  /** How long until it stands for election, if it hears nobody. */
  msToElection(node: Node): number {
    return (node.server.state.electionDeadline - this.#local(node)) / node.clock.rate;
  }

  #deliver({ from, to, message }: Envelope): void {
    this.give(this.#node(to), { kind: 'Received', from, message });
  }

  /** Something happens to a node; its next turn takes it, with whatever else comes by then. */
  give(node: Node, input: Input): void {
    if (!node.isUp) return;
    node.inbox.push(input);
    if (node.isTurnDue) return;
    node.isTurnDue = true;
    const pause = Math.max(0, node.pausedUntil - this.agenda.now);
    const busy = this.plan.isSteady ? 0 : this.chance.pick([0, 0, 0.2, 1]);
    this.#later(node, pause + busy, () => this.#turn(node));
  }

  /** Does `task` after `ms`, if the node still lives the same life. */
  #later(node: Node, ms: number, task: () => void): void {
    const { life } = node;
    this.agenda.after(ms, () => {
      if (node.life === life && node.isUp) task();
    });
  }

  #turn(node: Node): void {
    if (node.pausedUntil > this.agenda.now) {
      this.#later(node, node.pausedUntil - this.agenda.now, () => this.#turn(node));
      return;
    }
    const { server } = node;
    const inputs = node.inbox;
    node.inbox = [];
    node.isTurnDue = false;
    const past = server.state.role.name;
    const wasRemoved = server.state.view.isRemoved;
    const { epoch } = server.state.log;
    if (this.#trace) for (const input of inputs) this.#say(server.id, `< ${tellInput(input)}`);
    const outcome = server.take({ now: this.#local(node), inputs });
    if (this.#trace) this.#tell(server.id, outcome);
    if (outcome.alarms.length > 0) throw new InvariantViolation(`alarm: ${outcome.alarms.join()}`);
    count(this.counts, outcome, past === 'leader');
    this.counts.acknowledged = this.oracle.acked;
    const { name } = outcome.state.role;
    if (name !== past && (name === 'candidate' || name === 'leader'))
      this.network.recall(server.id, name);
    if (!wasRemoved && outcome.view.isRemoved) this.counts.removed += 1;
    this.#isWithinBounds(outcome);
    for (const accepted of outcome.accepted) this.#isTheirs(node, accepted);
    if (server.state.log.epoch > epoch) this.counts.replaced += 1;
    for (const envelope of outcome.free) this.network.send(envelope);
    this.#publish(outcome);
    for (const load of outcome.loads) this.#load(node, load);
    node.snapshots.carryOut(outcome);
    this.#sync(node);
    this.#setAlarm(node, outcome.wakeAt);
  }

  /** Commands are taken within the limit, or one batch when nothing else is uncommitted. */
  #isWithinBounds({ state: { role, settings, id, log, commit }, accepted }: Outcome): void {
    if (role.name !== 'leader' || accepted.length === 0) return;
    const uncommitted = log
      .held(commit + 1, log.last.index)
      .filter(({ kind }) => kind !== 'config');
    const batch = PROPOSALS_MAX * (RECORD_HEADER_BYTES + 4 + this.plan.payloadBytesMax);
    const bytes = recordBytes(uncommitted);
    if (bytes <= Math.max(settings.uncommittedBytesMax, batch)) return;
    throw new InvariantViolation(`n${id} holds ${bytes} bytes uncommitted`);
  }

  /** Who proposed a command is told the index of this very command. */
  #isTheirs({ server }: Node, { tokens, first, term }: Accepted): void {
    tokens.forEach((token, i) => {
      const entry = server.log.entries[first + i - 1];
      // Replaced in the same turn already.
      if (entry?.term !== term) return;
      const payload = Buffer.from(payloadOf(entry));
      if (payload.length >= 4 && payload.readUInt32LE() === token) return;
      throw new InvariantViolation(`n${server.id} took proposal ${token} as another entry`);
    });
  }

  #publish({ beat, view }: Outcome): void {
    if (!beat) return;
    for (const { server } of this.nodes) {
      if (server.id !== view.id) this.network.publish(view.id, server.id, beat);
    }
  }

  #load(node: Node, { to, from, bytesMax }: Load): void {
    const isLate = !this.isHealed && this.chance.happens(this.plan.disk.lateReadPart);
    const ms = isLate ? this.plan.network.lateMs : this.plan.disk.syncMs;
    // Read at once, and handed over when the log may have been replaced already.
    const entries = node.server.disk.read(from, bytesMax);
    this.#later(node, this.chance.between(0, ms), () =>
      this.give(node, { kind: 'Loaded', to, entries }),
    );
  }

  /** One sync at a time covers all that waited for the last one. */
  #sync(node: Node): void {
    const { server } = node;
    const { jobs, writes } = server.disk;
    if (node.isSyncing || node.isStuck || jobs === 0) return;
    if (writes === 0) return this.#synced(node, jobs);
    node.isSyncing = true;
    const { syncMs, stalledPart } = this.plan.disk;
    const isStalled = !this.isHealed && this.chance.happens(stalledPart);
    const usual = this.plan.isSteady ? syncMs : this.chance.between(syncMs / 4, syncMs);
    const ms = usual + (isStalled ? 1500 : 0);
    this.#later(node, ms, () => {
      node.isSyncing = false;
      this.#synced(node, jobs);
      this.#sync(node);
    });
  }

  #synced(node: Node, jobs: number): void {
    const { receipts, oaths } = node.server.sync(jobs);
    for (const { envelope } of oaths) {
      const { to, message } = envelope;
      if (this.#trace) this.#say(node.server.id, `swears n${to} ${tellMessage(message)}`);
      this.network.send(envelope);
    }
    for (const receipt of receipts) this.give(node, receipt);
  }

  #setAlarm(node: Node, wakeAt: number): void {
    node.alarms += 1;
    const { alarms } = node;
    const ms = (wakeAt - this.#local(node)) / node.clock.rate + 0.01;
    this.#later(node, ms, () => {
      if (node.alarms === alarms) this.give(node, { kind: 'Tick' });
    });
  }

  /** The process ends at once; some of what its disk had not synced may have reached it. */
  crash(node: Node): void {
    if (!node.isUp) return;
    this.counts.crashes += 1;
    node.isUp = false;
    node.life += 1;
    const { server } = node;
    server.crash(this.chance.whole(0, server.disk.jobs));
    this.#say(server.id, `crashes, disk ends at ${server.disk.log.last}`);
  }

  restart(node: Node): void {
    if (node.isUp) return;
    const { server } = node;
    const applied = this.chance.happens(0.5)
      ? server.applied
      : this.chance.whole(0, server.applied);
    const tail = this.chance.pick([0, 3, 1000]);
    const isLoyal = true;
    server.restart({ now: this.#local(node), seed: this.#seed(), applied, tail, isLoyal });
    node.isUp = true;
    node.life += 1;
    node.inbox = [];
    node.isTurnDue = false;
    node.isSyncing = false;
    node.pausedUntil = 0;
    this.#say(server.id, `restarts: ${tellState(server.state)}`);
    this.#setAlarm(node, server.state.electionDeadline);
  }

  #tell(id: NodeId, outcome: Outcome): void {
    for (const line of tellOutcome(outcome)) this.#say(id, `  ${line}`);
    this.#say(id, `= ${tellState(outcome.state)}`);
  }

  #say(id: NodeId, line: string): void {
    this.#trace?.(`${this.agenda.now.toFixed(1)} n${id} ${line}`);
  }
}
