import type { Clients } from './clients.ts';
import type { Cluster, Node } from './cluster.ts';

const POLL_MS = 0.5;
const READS = 10;

/**
 * What a lease has to bear (thesis §6.4.1): a leader is left with just enough voters that hear it,
 * and at the moment in which another asks for its vote, one of them restarts and hears the leader
 * no more. If it forgets with its memory that it was loyal, the other leads while the first still
 * reads by its lease.
 */
export class Betrayal {
  readonly #cluster: Cluster;
  readonly #clients: Clients;

  constructor(cluster: Cluster, clients: Clients) {
    this.#cluster = cluster;
    this.#clients = clients;
  }

  begin(leader: Node): void {
    const { nodes, network, chance, plan } = this.#cluster;
    const { state, id } = leader.server;
    if (!leader.isUp || state.role.name !== 'leader') return;
    const { voters } = state.configuration;
    const others = nodes.filter(({ server }) => server.id !== id && voters.includes(server.id));
    const loyal = Math.floor(voters.length / 2);
    const first = chance.whole(0, Math.max(0, others.length - 1));
    const [traitor, ...rest] = [...others.slice(first), ...others.slice(0, first)];
    const rivals = rest.slice(loyal - 1);
    if (!traitor || rivals.length === 0) return;
    network.mend();
    for (const rival of rivals) this.#part(leader, rival);
    this.#await(leader, traitor, rivals, 3 * plan.settings.electionMsMax);
  }

  #part(a: Node, b: Node): void {
    const { network } = this.#cluster;
    network.cut(a.server.id, b.server.id);
    network.cut(b.server.id, a.server.id);
  }

  #await(leader: Node, traitor: Node, rivals: readonly Node[], forMs: number): void {
    const { agenda, isHealed } = this.#cluster;
    if (isHealed || forMs <= 0) return;
    const isAsking = rivals.some((node) => node.isUp && this.#cluster.msToElection(node) < 1);
    if (isAsking) return this.#betray(leader, traitor);
    agenda.after(POLL_MS, () => this.#await(leader, traitor, rivals, forMs - POLL_MS));
  }

  #betray(leader: Node, traitor: Node): void {
    const { agenda, chance, plan, network } = this.#cluster;
    const { electionMsMax } = plan.settings;
    this.#part(leader, traitor);
    this.#cluster.crash(traitor);
    agenda.after(POLL_MS, () => {
      if (!this.#cluster.isHealed) this.#cluster.restart(traitor);
    });
    for (let n = 0; n < READS; n += 1) {
      agenda.after(chance.between(0, electionMsMax), () => this.#clients.read(leader));
    }
    agenda.after(2 * electionMsMax, () => network.mend());
  }
}
