import type { Input } from '../../lib/core/input.ts';
import type { NodeId } from '../../lib/core/types.ts';
import { InvariantViolation } from '../../lib/kit/errors.ts';
import { Cluster, type Counts, type Node } from './cluster.ts';
import { drawPlan } from './plan.ts';

/** Election timeouts without any progress: whatever has not come to an end by then never will. */
const ELECTIONS_MAX = 20;
const STABLE_MS = 900;
const POLL_MS = 20;

/**
 * One seed: a time of trouble in which nothing may ever be wrong, then peace in which everything
 * must come right.
 *
 * @param watch is shown the cluster before anything happens in it.
 * @throws {InvariantViolation}
 */
export function play(
  seed: number,
  trace: ((line: string) => void) | null = null,
  watch: (cluster: Cluster) => void = () => {},
): Counts {
  const cluster = new Cluster(seed, drawPlan(seed), trace);
  watch(cluster);
  try {
    new Trouble(cluster).run();
  } catch (error) {
    trace?.(String(error));
    throw error;
  }
  return cluster.counts;
}

class Trouble {
  readonly #cluster: Cluster;
  #token = 1;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  run(): void {
    const { agenda, plan } = this.#cluster;
    this.#begin();
    agenda.run(plan.troubleMs);
    const core = this.#heal();
    // Until all mail that was late has come.
    agenda.run(agenda.now + plan.network.lateMs + 100);
    const leader = this.#converge(core);
    this.#serve(core, leader);
    for (const { server } of core) this.#cluster.oracle.remembers(server);
  }

  #begin(): void {
    const { plan, nodes, chance, network } = this.#cluster;
    const { every } = plan;
    this.#often(every.proposalMs, () => this.#propose(this.#someNode()));
    this.#often(every.readMs, () => this.#read(this.#someNode()));
    this.#often(every.cutMs, () => this.#cut());
    this.#often(every.crashMs, () => this.#crash([this.#victim()]));
    this.#often(every.blackoutMs, () => this.#crash(nodes));
    this.#often(every.pauseMs, () => this.#pause(this.#victim()));
    if (chance.happens(0.2)) network.deafen(chance.pick(nodes).server.id, 1);
  }

  /** Again and again, every `mean` ms or so, until all is healed. */
  #often(mean: number, act: () => void): void {
    if (mean === Number.POSITIVE_INFINITY) return;
    const { agenda, chance } = this.#cluster;
    agenda.after(chance.between(0, mean * 2), () => {
      if (this.#cluster.isHealed) return;
      act();
      this.#often(mean, act);
    });
  }

  /** Mostly one that believes to lead: the others only refuse. */
  #someNode(): Node {
    return this.#leaderOr(0.8);
  }

  /** Trouble is worst where the leader is. */
  #victim(): Node {
    return this.#leaderOr(0.5);
  }

  #leaderOr(part: number): Node {
    const { nodes, chance } = this.#cluster;
    const leaders = nodes.filter(({ isUp, server }) => isUp && server.state.role.name === 'leader');
    return leaders.length > 0 && chance.happens(part) ? chance.pick(leaders) : chance.pick(nodes);
  }

  #propose(node: Node): number {
    const { chance, plan } = this.#cluster;
    const proposals = Array.from({ length: chance.whole(1, 3) }, () => {
      const token = this.#token++;
      const payload = Buffer.alloc(4 + chance.whole(0, plan.payloadBytesMax));
      payload.writeUInt32LE(token);
      return { token, payload };
    });
    this.#cluster.give(node, { kind: 'Proposed', proposals });
    return this.#token - 1;
  }

  #read(node: Node): number {
    const input: Input = { kind: 'Asked', tokens: [this.#token++] };
    this.#cluster.give(node, input);
    return this.#token - 1;
  }

  #cut(): void {
    const { nodes, chance, plan } = this.#cluster;
    const ids = nodes.map(({ server }) => server.id);
    const side = [this.#victim().server.id, ...chance.some(ids, ids.length / 2)];
    const ms = chance.between(0.1, 3) * plan.settings.electionMsMax;
    this.#separate(side, chance.happens(0.3), ms);
  }

  #separate(side: readonly NodeId[], isOneWay: boolean, ms: number): void {
    const { nodes, network, agenda } = this.#cluster;
    const ids = nodes.map(({ server }) => server.id);
    for (const a of side) {
      for (const b of ids) {
        if (side.includes(b)) continue;
        network.cut(a, b);
        if (!isOneWay) network.cut(b, a);
      }
    }
    agenda.after(ms, () => network.mend());
  }

  #crash(nodes: readonly Node[]): void {
    const { agenda, chance, plan } = this.#cluster;
    for (const node of nodes) {
      this.#cluster.crash(node);
      agenda.after(chance.between(0, 2) * plan.settings.electionMsMax, () => {
        if (!this.#cluster.isHealed) this.#cluster.restart(node);
      });
    }
  }

  /** Stops a process for a while, and sometimes its links with it until it has run again. */
  #pause(node: Node): void {
    const { agenda, chance, plan } = this.#cluster;
    const ms = chance.between(0.1, 3) * plan.settings.electionMsMax;
    node.pausedUntil = agenda.now + ms;
    if (chance.happens(0.5)) this.#separate([node.server.id], false, ms + chance.between(5, 200));
  }

  /** Ends all trouble, but in some runs a minority never comes back. */
  #heal(): readonly Node[] {
    const { nodes, chance, network, agenda } = this.#cluster;
    const spare = Math.ceil(nodes.length / 2) - 1;
    const gone = chance.happens(0.3) ? chance.some(nodes, spare) : [];
    this.#cluster.isHealed = true;
    network.heal();
    for (const node of nodes) {
      if (gone.includes(node)) this.#cluster.crash(node);
      else this.#cluster.restart(node);
      node.pausedUntil = Math.min(node.pausedUntil, agenda.now);
    }
    return nodes.filter((node) => !gone.includes(node));
  }

  /** Without any new command: one leader, equal logs, all committed, nothing owed. */
  #converge(core: readonly Node[]): Node {
    const { agenda, plan } = this.#cluster;
    const patience = ELECTIONS_MAX * plan.settings.electionMsMax;
    let reached = 0;
    for (let end = agenda.now + patience; agenda.now < end; ) {
      if (findUnrest(core) === null) return leaderOf(core) as Node;
      agenda.run(agenda.now + POLL_MS);
      const past = reached;
      reached = core.reduce((sum, { server }) => sum + server.applied + server.disk.log.last, 0);
      if (reached > past) end = agenda.now + patience;
    }
    throw new InvariantViolation(`liveness: ${findUnrest(core)}`);
  }

  /** In peace commands and reads are served, and leader and term stay. */
  #serve(core: readonly Node[], leader: Node): void {
    const { agenda } = this.#cluster;
    const { server } = leader;
    const { term } = server.state.hard;
    const end = agenda.now + STABLE_MS;
    while (agenda.now < end) {
      const command = this.#propose(leader);
      const read = this.#read(leader);
      agenda.run(agenda.now + STABLE_MS / 3);
      const isServed = server.done.includes(command) && !server.open.has(read);
      if (!isServed) throw new InvariantViolation('liveness: a command or read is not served');
    }
    const isStable = core.every((node) => node.server.state.hard.term === term);
    if (!isStable) throw new InvariantViolation('stability: the term changed without any trouble');
    this.#converge(core);
  }
}

function leaderOf(core: readonly Node[]): Node | undefined {
  return core.find(({ server }) => server.state.role.name === 'leader');
}

/** Why the cluster has not come to rest, or null. */
function findUnrest(core: readonly Node[]): string | null {
  const leader = leaderOf(core);
  if (leader?.server.state.role.name !== 'leader') return 'nobody leads';
  const { state } = leader.server;
  const { progress } = leader.server.state.role;
  for (const { server } of core) {
    const { id, disk, open, applied } = server;
    const { hard, log, commit } = server.state;
    const known = progress.get(id);
    if (hard.term !== state.hard.term) return `n${id} is in term ${hard.term}`;
    if (log.last.index !== state.log.last.index)
      return `the log of n${id} ends at ${log.last.index}`;
    if (commit !== log.last.index) return `n${id} has committed ${commit}`;
    if (applied !== commit || disk.jobs > 0) return `the disk or database of n${id} is behind`;
    if (open.size > 0) return `n${id} still owes answers to ${[...open.keys()].join()}`;
    if (known && known.match !== commit) return `the leader knows of n${id} only ${known.match}`;
    if (known && known.inflight.length > 0) return `messages to n${id} stay in flight`;
  }
  return null;
}
