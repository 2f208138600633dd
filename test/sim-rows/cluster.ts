import type { ExecutionContext } from 'ava';
import type { Millis, NodeId } from '../../lib/core/types.ts';
import type { AnyAsk as Ask, Operation } from '../sim/history/operation.ts';
import { keyValues } from '../sim/key-values.ts';
import { Simulation } from '../sim/simulation.ts';
import { Violation } from '../sim/violation.ts';
import type { Watcher } from '../sim/watcher.ts';
import type { Party } from '../sim/world/lines.ts';
import type { SimServer } from '../sim/world/server.ts';
import { type Changes, ELECTION_MS, ELECTION_MS_MAX, quietPlan } from './quiet-plan.ts';

/** Simulated ms in which a leader has to be found. */
const LEADER_MS = 20 * ELECTION_MS;
/** Simulated ms in which servers have to agree on a value. */
const AGREE_MS = 10_000;
/** What is said to one key after another. */
const KEYS = 3;

type Link = readonly [from: Party, to: Party];

/**
 * A row as a test: plays it on a cluster that has started, and then holds what its clients saw
 * against the order of the log. The rules of each moment are the judge's (test/sim/oracle).
 */
export function onCluster(
  size: number,
  changes: Changes,
  play: (cluster: Cluster, t: ExecutionContext) => Promise<void>,
): (t: ExecutionContext) => Promise<void> {
  return async (t) => {
    const cluster = new Cluster(size, changes);
    cluster.start(...cluster.ids);
    await play(cluster, t);
    await cluster.must(() => cluster.sim.clients.open === 0, 'all that was asked ends');
    t.is(cluster.wrongInHistory(), null);
  };
}

/** The steps of a row, on shipped nodes in a simulated world. All of them take simulated time. */
export class Cluster {
  readonly sim: Simulation<Ask>;
  readonly ids: readonly NodeId[];
  readonly #cuts: Link[] = [];
  /** Links of the servers that are isolated. */
  readonly #away = new Map<NodeId, readonly Link[]>();
  /** As long as anything is cut, servers have a reason to be silent. */
  #excuse: (() => void) | null = null;
  #values = 0;

  constructor(size: number, changes: Changes = {}, watchers: readonly Watcher[] = []) {
    const plan = quietPlan(size, changes);
    this.sim = new Simulation(plan, keyValues, watchers);
    this.ids = this.sim.servers.map(({ id }) => id);
  }

  get now(): Millis {
    return this.sim.agenda.now;
  }

  server(id: NodeId): SimServer {
    return this.sim.server(id);
  }

  /** Those that run and are not isolated. */
  get connected(): readonly NodeId[] {
    return this.ids.filter((id) => this.server(id).isUp && !this.#away.has(id));
  }

  /** The servers that come after `id`, round the circle. */
  after(id: NodeId, places = 1): NodeId {
    return ((id - 1 + places) % this.ids.length) + 1;
  }

  others(...ids: readonly NodeId[]): readonly NodeId[] {
    return this.ids.filter((id) => !ids.includes(id));
  }

  start(...ids: readonly NodeId[]): void {
    for (const id of ids) this.server(id).start();
  }

  /** The process ends at once; the page cache of its machine survives. */
  crash(...ids: readonly NodeId[]): void {
    for (const id of ids) this.server(id).kill();
  }

  restart(...ids: readonly NodeId[]): void {
    this.crash(...ids);
    this.start(...ids);
  }

  /** The machines lose power, and with it everything that was not synced. */
  powerCut(...ids: readonly NodeId[]): void {
    for (const id of ids) this.server(id).losePower({ kept: 0, torn: 0 });
  }

  /** One direction of one link. Parties after the servers are connections of clients. */
  cut(from: Party, to: Party): void {
    this.#cutLinks([[from, to]]);
    this.#cuts.push([from, to]);
  }

  /** Only servers of the same group reach each other; who is in no group is in one with the rest. */
  partition(...groups: readonly (readonly NodeId[])[]): void {
    const groupOf = (id: NodeId): number => groups.findIndex((group) => group.includes(id));
    for (const a of this.ids)
      for (const b of this.ids) if (groupOf(a) !== groupOf(b)) this.cut(a, b);
  }

  /** No other server reaches it, nor does it reach another; clients do. */
  isolate(...ids: readonly NodeId[]): void {
    for (const id of ids) {
      if (this.#away.has(id)) continue;
      const links = this.others(id).flatMap((other): Link[] => [
        [id, other],
        [other, id],
      ]);
      this.#cutLinks(links);
      this.#away.set(id, links);
    }
  }

  rejoin(...ids: readonly NodeId[]): void {
    for (const id of ids) {
      const links = this.#away.get(id) ?? [];
      this.#away.delete(id);
      this.#mendLinks(links);
    }
  }

  /** Every link is whole again. Servers that are down stay down. */
  heal(): void {
    this.rejoin(...this.#away.keys());
    this.#mendLinks(this.#cuts.splice(0));
  }

  /** From now on mail arrives soon, once and in order too. */
  calm(): void {
    this.sim.network.heal();
  }

  #cutLinks(links: readonly Link[]): void {
    for (const [from, to] of links) this.sim.network.lines.cut(from, to);
    this.#excuse ??= this.sim.excuses.begin(...this.ids);
  }

  #mendLinks(links: readonly Link[]): void {
    for (const [from, to] of links) this.sim.network.lines.mend(from, to);
    if (this.#away.size > 0 || this.#cuts.length > 0) return;
    this.#excuse?.();
    this.#excuse = null;
  }

  run(ms: Millis): Promise<void> {
    return this.sim.run(this.now + ms);
  }

  /** @returns whether it has come true within `ms`. */
  async until(isTrue: () => boolean, ms: Millis): Promise<boolean> {
    if (!isTrue()) await this.sim.run(this.now + ms, isTrue);
    return isTrue();
  }

  async must(isTrue: () => boolean, what: string, ms: Millis = AGREE_MS): Promise<void> {
    const from = this.now;
    if (await this.until(isTrue, ms)) return;
    throw new Violation('liveness', `${what}: not between ${from.toFixed(0)} and ${this.now} ms`);
  }

  /** The one leader of the highest term among servers that reach each other. */
  async leader(among?: readonly NodeId[]): Promise<NodeId> {
    await this.must(() => this.#led(among) !== null, 'one server leads', LEADER_MS);
    return this.#led(among) as NodeId;
  }

  #led(among = this.connected): NodeId | null {
    const states = among.flatMap((id) => this.server(id).state ?? []);
    const term = Math.max(...states.map(({ hard }) => hard.term));
    const leaders = states.filter(({ role, hard }) => role.name === 'leader' && hard.term === term);
    return leaders[0]?.id ?? null;
  }

  /** Nobody among them leads, for as long as it takes to elect somebody. */
  async none(among: readonly NodeId[] = this.connected): Promise<void> {
    await this.run(2 * ELECTION_MS_MAX);
    const leads = (): boolean => among.some((id) => this.server(id).state?.role.name === 'leader');
    if (await this.until(leads, 2 * ELECTION_MS_MAX))
      throw new Violation('invariant', `one of n${among.join(', n')} leads without a quorum`);
  }

  /** A client asks a server. @returns the id of the request. */
  begin(server: NodeId, ask: Ask, timeoutMs: Millis = ELECTION_MS_MAX): number {
    return this.sim.clients.askOnce(server, ask, timeoutMs);
  }

  /** Waits for the answer to a request, however it ends. */
  async answerTo(id: number): Promise<Operation<Ask>['answer']> {
    const { clients } = this.sim;
    await this.must(() => !clients.isOpen(id), `request ${id} ends`);
    const operation = clients.operations.findLast((one) => one.id === id);
    return operation?.answer ?? { kind: 'unknown' };
  }

  ask(server: NodeId, ask: Ask, timeoutMs?: Millis): Promise<Operation<Ask>['answer']> {
    return this.answerTo(this.begin(server, ask, timeoutMs));
  }

  /** A command that no other is the same as. */
  command(): Ask {
    this.#values += 1;
    return { op: 'put', key: `k${1 + (this.#values % KEYS)}`, value: `value ${this.#values}` };
  }

  /**
   * Asks one server after another until one does `ask`, and waits until `count` servers have applied
   * it. @returns its index.
   */
  async agree(count: number, ask: Ask = this.command(), timeoutMs?: Millis): Promise<number> {
    const end = this.now + AGREE_MS;
    while (this.now < end) {
      for (const server of this.connected) {
        const id = this.begin(server, ask, timeoutMs);
        if ((await this.answerTo(id)).kind !== 'ok') continue;
        const index = this.indexOf(id) as number;
        await this.must(() => this.applied(index) >= count, `${count} servers apply ${index}`);
        return index;
      }
      await this.run(ELECTION_MS / 4);
    }
    throw new Violation('liveness', `no server takes ${JSON.stringify(ask)}`);
  }

  /** Where a request is in the log, or null. */
  indexOf(request: number): number | null {
    return this.sim.committed.findLast(({ id }) => id === request)?.index ?? null;
  }

  /** How many servers have applied an entry. */
  applied(index: number): number {
    return this.ids.filter((id) => (this.server(id).machine?.applied ?? 0) >= index).length;
  }

  /** All that were named have applied the same, and all there is. */
  async alike(...ids: readonly NodeId[]): Promise<void> {
    const hasAll = (id: NodeId): boolean => {
      const { machine, state } = this.server(id);
      const { length } = this.sim.committed;
      return machine?.applied === length && state?.log.last.index === length;
    };
    await this.must(() => ids.every(hasAll), `n${ids.join(', n')} have the same log`);
    const digests = new Set(
      ids.map((id) => {
        const { machine } = this.server(id);
        return machine === null ? null : this.sim.digest(machine);
      }),
    );
    if (digests.size !== 1) throw new Violation('invariant', 'their databases differ');
    for (const id of ids) this.sim.judge.remembers(id);
  }

  term(id: NodeId): number {
    return this.server(id).state?.hard.term ?? 0;
  }

  /** What is wrong with what clients saw, or null. */
  wrongInHistory(): string | null {
    const { clients, committed, plan } = this.sim;
    return keyValues.checkHistory({ operations: clients.operations, committed }, plan);
  }
}
