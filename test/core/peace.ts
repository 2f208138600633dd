import { isMember } from '../../lib/core/configurations.ts';
import type { NodeId } from '../../lib/core/types.ts';
import { InvariantViolation } from '../../lib/kit/errors.ts';
import { isEnough } from '../sim/oracle/majority.ts';
import type { Clients } from './clients.ts';
import type { Cluster, Node } from './cluster.ts';

/** Election timeouts without any progress: whatever has not come to an end by then never will. */
const ELECTIONS_MAX = 20;
/** The same even with progress: terms and entries may go on growing without an end. */
const PATIENCES_MAX = 10;
/** How long leader and term must stay, in election timeouts. */
const ELECTIONS_STABLE = 3;
const POLL_MS = 20;

/** What must come right once all trouble is over, with those who are left. */
export class Peace {
  readonly #cluster: Cluster;
  readonly #clients: Clients;
  /** A quorum at least, with every link between them. */
  readonly #core: readonly Node[];

  constructor(cluster: Cluster, clients: Clients, core: readonly Node[]) {
    this.#cluster = cluster;
    this.#clients = clients;
    this.#core = core;
  }

  /** Without any new command to them: one leader, equal logs, all committed, nothing owed. */
  converge(): Node {
    const { agenda, plan } = this.#cluster;
    const core = this.#core;
    const stuck = this.#cluster.nodes.filter((node) => node.isStuck);
    const { electionMsMax, diskStallMs } = plan.settings;
    const patience = ELECTIONS_MAX * electionMsMax + (stuck.length > 0 ? diskStallMs : 0);
    const last = agenda.now + PATIENCES_MAX * patience;
    let reached = 0;
    for (let end = agenda.now + patience; agenda.now < Math.min(end, last); ) {
      if (findUnrest(core) === null) return leaderOf(core) as Node;
      agenda.run(agenda.now + POLL_MS);
      const stuckLeader = stuck.find(({ server }) => server.state.role.name === 'leader');
      // It does not notice that its disk is stuck as long as it has nothing to write.
      if (stuckLeader) this.#clients.propose(stuckLeader);
      const past = reached;
      reached = core.reduce((sum, { server }) => sum + server.applied + server.disk.log.last, 0);
      if (reached > past && !stuckLeader) end = agenda.now + patience;
    }
    throw new InvariantViolation(`liveness: ${findUnrest(core)}`);
  }

  /** Commands and reads are served, and leader and term stay. */
  serve(leader: Node): void {
    const { term } = leader.server.state.hard;
    const { electionMsMax } = this.#cluster.plan.settings;
    for (let i = 0; i < ELECTIONS_STABLE; i += 1) this.#served(leader, electionMsMax);
    this.#mustStay(term);
    this.converge();
  }

  /** One of them is cut off for a while: it disturbs nobody, neither meanwhile nor afterwards. */
  missOne(leader: Node): void {
    const { chance, network, plan, agenda } = this.#cluster;
    const { term } = leader.server.state.hard;
    const others = this.#core.filter((node) => node !== leader && this.#canBeMissed(node));
    if (others.length === 0) return;
    const { server: missed } = chance.pick(others);
    this.#cutOff(missed.id, leader.server.id);
    const ms = chance.between(2, 5) * plan.settings.electionMsMax;
    // Whose log is as good as the leader's could win, if only it were voted for.
    if (chance.happens(0.5)) agenda.run(agenda.now + ms);
    else this.#goOnWithout(leader, ms);
    // It comes back at the very moment in which it asks for votes.
    const asked = missed.state.electionDeadline;
    const isAsking = (): boolean => missed.state.electionDeadline !== asked;
    agenda.run(agenda.now + 2 * plan.settings.electionMsMax, isAsking);
    network.mend();
    if (chance.happens(0.5)) this.#leaveOnly(missed.id, leader.server.id);
    agenda.run(agenda.now + 2 * plan.settings.electionMsMax);
    this.#mustStay(term);
    this.converge();
    network.mend();
  }

  /** More is committed, and perhaps nothing of it is left in the log when the missed one is back. */
  #goOnWithout(leader: Node, ms: number): void {
    const { agenda, chance } = this.#cluster;
    for (let i = 0; i < 2; i += 1) this.#served(leader, ms / 2);
    if (!chance.happens(0.5)) return;
    leader.snapshots.take();
    agenda.run(agenda.now + ms);
  }

  /** The leader is the only one that can be reached, and that is enough. */
  #leaveOnly(missed: NodeId, leader: NodeId): void {
    const { network, nodes } = this.#cluster;
    for (const { server } of nodes) {
      if (server.id === missed || server.id === leader) continue;
      network.cut(server.id, missed);
      network.cut(missed, server.id);
    }
  }

  /** From all or from the leader only, in both directions or in its own ears only. */
  #cutOff(missed: NodeId, leader: NodeId): void {
    const { chance, network, nodes } = this.#cluster;
    const ids = nodes.map(({ server }) => server.id);
    const from = chance.happens(0.5) ? ids : [leader];
    const isHeard = chance.happens(0.5);
    for (const id of from) {
      if (id === missed) continue;
      network.cut(id, missed);
      if (!isHeard) network.cut(missed, id);
    }
  }

  #canBeMissed(node: Node): boolean {
    const left = new Set(this.#core.map(({ server }) => server.id));
    left.delete(node.server.id);
    return this.#cluster.possible().every((one) => isEnough(one, (id) => left.has(id)));
  }

  #served(leader: Node, ms: number): void {
    const { agenda } = this.#cluster;
    const command = this.#clients.propose(leader);
    const read = this.#clients.read(leader);
    agenda.run(agenda.now + ms);
    const { done, open } = leader.server;
    if (done.includes(command) && !open.has(read)) return;
    throw new InvariantViolation('liveness: a command or read is not served');
  }

  #mustStay(term: number): void {
    const members = membersAmong(this.#core);
    const isStable = members.every(({ server }) => server.state.hard.term === term);
    if (!isStable) throw new InvariantViolation('stability: the term changed without any trouble');
  }
}

function leaderOf(core: readonly Node[]): Node | undefined {
  return core.find(({ server }) => server.state.role.name === 'leader');
}

/** Those that take part, as their leader knows; all as long as nobody leads. */
export function membersAmong(core: readonly Node[]): readonly Node[] {
  const configuration = leaderOf(core)?.server.state.configuration;
  if (!configuration) return core;
  return core.filter(({ server }) => isMember(configuration, server.id));
}

/** Why the cluster has not come to rest, or null. */
function findUnrest(core: readonly Node[]): string | null {
  const leader = leaderOf(core);
  if (leader?.server.state.role.name !== 'leader') return 'nobody leads';
  const { state } = leader.server;
  const { progress } = leader.server.state.role;
  const { outgoing, promoting } = state.configuration;
  if (outgoing.length > 0) return 'the configuration is joint';
  const waiting = membersAmong(core).find(({ server }) => promoting.includes(server.id));
  if (waiting) return `n${waiting.server.id} waits for being promoted`;
  const debtor = core.find(({ server }) => server.open.size > 0)?.server;
  if (debtor) return `n${debtor.id} still owes answers to ${[...debtor.open.keys()].join()}`;
  for (const { server } of membersAmong(core)) {
    const { id, disk, applied } = server;
    const { hard, log, commit } = server.state;
    const known = progress.get(id);
    if (hard.term !== state.hard.term) return `n${id} is in term ${hard.term}`;
    if (log.last.index !== state.log.last.index)
      return `the log of n${id} ends at ${log.last.index}`;
    if (commit !== log.last.index) return `n${id} has committed ${commit}`;
    if (applied !== commit || disk.jobs > 0) return `the disk or database of n${id} is behind`;
    if (known && known.match !== commit) return `the leader knows of n${id} only ${known.match}`;
    if (known && known.inflight.length > 0) return `messages to n${id} stay in flight`;
  }
  return null;
}
