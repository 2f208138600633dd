import { drawChanges } from './changes.ts';
import { type Cluster, type Node, PROPOSALS_MAX } from './cluster.ts';

/** Clients of a cluster: every command and read has a number of its own. */
export class Clients {
  readonly #cluster: Cluster;
  #token = 1;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Proposes some commands. @returns the number of the last. */
  propose(node: Node): number {
    const { chance, plan } = this.#cluster;
    const proposals = Array.from({ length: chance.whole(1, PROPOSALS_MAX) }, () => {
      const token = this.#token++;
      const payload = Buffer.alloc(4 + chance.whole(0, plan.payloadBytesMax));
      payload.writeUInt32LE(token);
      return { token, payload };
    });
    this.#cluster.give(node, { kind: 'Proposed', proposals });
    return this.#token - 1;
  }

  /** Asks for a change of who takes part. @returns its number. */
  change(node: Node): number {
    const { chance, nodes } = this.#cluster;
    const ids = nodes.map(({ server }) => server.id);
    const changes = drawChanges(node.server.state.configuration, ids, chance);
    this.#cluster.give(node, { kind: 'Reconfigured', token: this.#token++, changes });
    return this.#token - 1;
  }

  /** Wants somebody else to lead, or anybody. */
  transfer(node: Node): void {
    const { chance, nodes } = this.#cluster;
    const to = chance.happens(0.3) ? null : chance.pick(nodes).server.id;
    this.#cluster.give(node, { kind: 'TransferAsked', token: this.#token++, to });
  }

  /** Asks for a read, by lease or not. @returns its number. */
  read(node: Node): number {
    const tokens = [this.#token++];
    const byLease = this.#cluster.chance.happens(0.5);
    this.#cluster.give(
      node,
      byLease ? { kind: 'Asked', tokens, byLease } : { kind: 'Asked', tokens },
    );
    return this.#token - 1;
  }
}
