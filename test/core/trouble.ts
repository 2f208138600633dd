import type { NodeId } from '../../lib/core/types.ts';
import { isEnough } from '../sim/oracle/majority.ts';
import { Betrayal } from './betrayal.ts';
import { Clients } from './clients.ts';
import { Cluster, type Node } from './cluster.ts';
import type { Counts } from './counts.ts';
import { membersAmong, Peace } from './peace.ts';
import { drawPlan } from './plan.ts';

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
  readonly #clients: Clients;
  readonly #betrayal: Betrayal;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#clients = new Clients(cluster);
    this.#betrayal = new Betrayal(cluster, this.#clients);
  }

  run(): void {
    const { agenda, plan, chance } = this.#cluster;
    this.#begin();
    agenda.run(plan.troubleMs);
    const core = this.#heal();
    // Until all mail that was late has come.
    agenda.run(agenda.now + plan.network.lateMs + 100);
    const peace = new Peace(this.#cluster, this.#clients, core);
    const leader = peace.converge();
    peace.serve(leader);
    if (chance.happens(0.5)) peace.missOne(leader);
    for (const { server } of membersAmong(core)) this.#cluster.oracle.remembers(server);
  }

  #begin(): void {
    const { plan, nodes, chance, network } = this.#cluster;
    const { every } = plan;
    this.#often(every.proposalMs, () => this.#clients.propose(this.#someNode()));
    this.#often(every.readMs, () => this.#clients.read(this.#someNode()));
    this.#often(every.transferMs, () => this.#transfer());
    this.#often(every.changeMs, () => this.#clients.change(this.#someNode()));
    this.#often(every.cutMs, () => this.#cut());
    this.#often(every.snapshotMs, () => chance.pick(nodes).snapshots.take());
    this.#often(every.crashMs, () => this.#crash([this.#victim()]));
    this.#often(every.blackoutMs, () => this.#crash(nodes));
    this.#often(every.pauseMs, () => this.#pause(this.#victim()));
    this.#often(every.coupMs, () => this.#coup(chance.whole(2, 6)));
    this.#often(every.betrayalMs, () => this.#betrayal.begin(this.#leaderOr(1)));
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

  #cut(): void {
    const { chance, plan } = this.#cluster;
    const side = [this.#victim().server.id, ...chance.some(this.#ids(), this.#ids().length / 2)];
    const ms = chance.between(0.1, 3) * plan.settings.electionMsMax;
    this.#separate(side, chance.happens(0.3), ms);
  }

  #ids(): readonly NodeId[] {
    return this.#cluster.nodes.map(({ server }) => server.id);
  }

  #separate(side: readonly NodeId[], isOneWay: boolean, ms: number): void {
    const { network, agenda } = this.#cluster;
    for (const a of side) {
      for (const b of this.#ids()) {
        if (side.includes(b)) continue;
        network.cut(a, b);
        if (!isOneWay) network.cut(b, a);
      }
    }
    agenda.after(ms, () => network.mend());
  }

  /**
   * Cuts off the newest leader, alone or with one other, as soon as it has had time to append
   * something, and lets the former one back: each leads over a part of the log that others lack.
   */
  #coup(times: number): void {
    const { nodes, network, chance, plan, agenda, isHealed } = this.#cluster;
    if (times === 0 || isHealed) return;
    network.mend();
    const leaders = nodes
      .filter(({ isUp, server }) => isUp && server.state.role.name === 'leader')
      .sort((a, b) => b.server.state.hard.term - a.server.state.hard.term);
    const { electionMsMax } = plan.settings;
    const ms = chance.between(0.3, 2.5) * electionMsMax;
    const [newest] = leaders;
    if (newest) {
      for (let n = chance.whole(1, 3); n > 0; n -= 1) {
        agenda.after(chance.between(0, ms / 2), () => this.#clients.propose(newest));
      }
      const companions = chance.happens(0.5) ? [chance.pick(this.#ids())] : [];
      this.#separate([newest.server.id, ...companions], false, ms);
      // It may believe for a while that it still leads.
      for (let n = 0; n < 5; n += 1) {
        const part = chance.between(0.5, 1.1);
        agenda.after(part * electionMsMax, () => this.#clients.read(newest));
      }
      if (chance.happens(0.3)) this.#crash([newest]);
    }
    agenda.after(ms, () => this.#coup(times - 1));
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

  /** Whoever leads hands over, perhaps not hearing how that goes on, and is read from meanwhile. */
  #transfer(): void {
    const { agenda, chance, plan } = this.#cluster;
    const node = this.#leaderOr(0.9);
    this.#clients.transfer(node);
    const { electionMsMax } = plan.settings;
    for (let n = 0; n < 4; n += 1) {
      agenda.after(chance.between(0, 0.6) * electionMsMax, () => this.#clients.read(node));
    }
    if (chance.happens(0.7)) this.#deafenOnceSent(node, electionMsMax);
  }

  /** It has told another to stand, and hears nothing of what comes of it. */
  #deafenOnceSent(node: Node, forMs: number): void {
    const { agenda, isHealed } = this.#cluster;
    if (isHealed || !node.isUp || forMs <= 0) return;
    if (!node.server.state.transfer?.isSent) {
      agenda.after(0.5, () => this.#deafenOnceSent(node, forMs - 0.5));
      return;
    }
    const others = this.#ids().filter((id) => id !== node.server.id);
    this.#separate(others, true, forMs);
  }

  /** Stops a process for a while, and sometimes its links with it until it has run again. */
  #pause(node: Node): void {
    const { agenda, chance, plan } = this.#cluster;
    const ms = chance.between(0.1, 3) * plan.settings.electionMsMax;
    node.pausedUntil = agenda.now + ms;
    // It goes on as if nothing had been, and is asked at once.
    for (let n = 0; n < 3; n += 1) {
      agenda.after(ms + chance.between(0, 5), () => this.#clients.read(node));
    }
    if (chance.happens(0.5)) this.#separate([node.server.id], false, ms + chance.between(5, 200));
  }

  /** Ends all trouble, but in some runs a few never come right again. */
  #heal(): readonly Node[] {
    const { nodes, chance, network, agenda } = this.#cluster;
    const gone = chance.happens(0.4) ? this.#dispensable() : [];
    this.#cluster.isHealed = true;
    // nobody would be left to change it back
    for (const node of nodes) node.inbox = node.inbox.filter(({ kind }) => kind !== 'Reconfigured');
    network.heal();
    for (const node of nodes) {
      this.#cluster.restart(node);
      node.pausedUntil = Math.min(node.pausedUntil, agenda.now);
    }
    for (const node of gone) this.#bidFarewell(node);
    return nodes.filter((node) => !gone.includes(node));
  }

  /** Some nodes, the leader rather than others, without whom the rest can still decide. */
  #dispensable(): readonly Node[] {
    const { nodes, chance } = this.#cluster;
    const left = new Set(this.#ids());
    const gone: Node[] = [];
    for (const node of [this.#victim(), ...chance.some(nodes, nodes.length)]) {
      if (gone.includes(node)) continue;
      const stays = (id: NodeId): boolean => id !== node.server.id && left.has(id);
      if (!this.#cluster.possible().every((one) => isEnough(one, stays))) continue;
      left.delete(node.server.id);
      gone.push(node);
    }
    return gone;
  }

  /** It dies, or lives on without hearing anybody, without being heard, or without a disk. */
  #bidFarewell(node: Node): void {
    const { chance, network } = this.#cluster;
    const { id } = node.server;
    const others = this.#ids().filter((other) => other !== id);
    const ends = [
      () => this.#cluster.crash(node),
      () =>
        others.forEach((other) => {
          network.sever(other, id);
        }),
      () =>
        others.forEach((other) => {
          network.sever(id, other);
        }),
      () => {
        node.isStuck = true;
      },
    ];
    chance.pick(ends)();
  }
}
