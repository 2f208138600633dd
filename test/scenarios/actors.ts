import type { Input } from '../../lib/core/input.ts';
import type { Envelope } from '../../lib/core/message.ts';
import type { Load, Outcome } from '../../lib/core/outcome.ts';
import type { RaftState } from '../../lib/core/state.ts';
import { tellInput, tellOutcome } from '../../lib/core/tell.ts';
import type { NodeId } from '../../lib/core/types.ts';
import type { ModelServer } from '../core/model-server.ts';
import { Post, tellEnvelope } from './post.ts';

type Actor = {
  readonly server: ModelServer;
  /** What its own clock shows, in ms. */
  now: number;
  wakeAt: number;
  loads: readonly Load[];
  isUp: boolean;
};

/** Servers with their disks and clocks, and the post between them: each thing that one can do. */
export class Actors {
  readonly post = new Post();
  /** Who began or ceased to lead, since the stage was set. */
  readonly news: string[] = [];
  /** Told before anything happens while servers live together. */
  beforeStep: () => void = () => {};
  readonly #actors = new Map<NodeId, Actor>();

  add(server: ModelServer): void {
    const wakeAt = server.state.electionDeadline;
    this.#actors.set(server.id, { server, now: 0, wakeAt, loads: [], isUp: true });
  }

  get ids(): readonly NodeId[] {
    return [...this.#actors.keys()];
  }

  isUp(id: NodeId): boolean {
    return this.#actors.get(id)?.isUp === true;
  }

  server(id: NodeId): ModelServer {
    return this.#actor(id).server;
  }

  #actor(id: NodeId): Actor {
    const actor = this.#actors.get(id);
    if (!actor) throw new Error(`there is no server n${id}`);
    if (!actor.isUp) throw new Error(`n${id} is down`);
    return actor;
  }

  /** Clocks go on, also of servers that are down. */
  wait(ms: number, ids: readonly NodeId[]): void {
    for (const [id, actor] of this.#actors) if (ids.includes(id)) actor.now += ms;
  }

  /** How long until the server has to have a turn. */
  restOf(id: NodeId): number {
    const { now, wakeAt } = this.#actor(id);
    return Math.max(0, wakeAt - now);
  }

  wake(id: NodeId): readonly string[] {
    const actor = this.#actor(id);
    actor.now = Math.max(actor.now, actor.wakeAt);
    return this.turn(id, []);
  }

  turn(id: NodeId, inputs: readonly Input[]): readonly string[] {
    const actor = this.#actor(id);
    const { server, now } = actor;
    const was = tellOffice(server.state);
    const outcome = server.take({ now, inputs });
    const is = tellOffice(server.state);
    if (is !== was) this.news.push(is ?? `n${id} leads no more`);
    this.post.send(outcome.free);
    this.#publish(id, outcome);
    actor.loads = [...actor.loads, ...outcome.loads];
    actor.wakeAt = outcome.wakeAt;
    const lines = tellOutcome(outcome).map((line) => `  ${line}`);
    return inputs.length === 0 ? [`n${id}`, ...lines] : lines;
  }

  #publish(from: NodeId, { beat }: Outcome): void {
    if (!beat) return;
    const others = this.ids.filter((to) => to !== from);
    this.post.send(others.map((to) => ({ from, to, message: beat })));
  }

  deliver(to: NodeId, mail: readonly Envelope[]): readonly string[] {
    const inputs = mail.map(({ from, message }): Input => ({ kind: 'Received', from, message }));
    return [...mail.map(tellEnvelope), ...this.turn(to, inputs)];
  }

  owes(id: NodeId): boolean {
    return this.server(id).disk.jobs > 0;
  }

  sync(id: NodeId, jobs?: number): readonly string[] {
    const { receipts, oaths } = this.server(id).sync(jobs);
    const mail = oaths.map(({ envelope }) => envelope);
    this.post.send(mail);
    const news = [
      ...receipts.map((receipt) => `n${id} ${tellInput(receipt)}`),
      ...mail.map((envelope) => `  ${tellEnvelope(envelope)}`),
    ];
    return receipts.length === 0 ? news : [...news, ...this.turn(id, receipts)];
  }

  isLoading(id: NodeId): boolean {
    return this.#actor(id).loads.length > 0;
  }

  load(id: NodeId): readonly string[] {
    const actor = this.#actor(id);
    const { log } = actor.server.disk;
    const inputs = actor.loads.map(
      ({ to, from, bytesMax }): Input => ({
        kind: 'Loaded',
        to,
        entries: log.read(from, bytesMax),
      }),
    );
    actor.loads = [];
    return [...inputs.map((input) => `n${id} ${tellInput(input)}`), ...this.turn(id, inputs)];
  }

  /** What was not synced is lost, but for the first `survivors` jobs of the disk. */
  crash(id: NodeId, survivors: number): void {
    const actor = this.#actor(id);
    actor.server.crash(survivors);
    actor.loads = [];
    actor.isUp = false;
  }

  restart(id: NodeId, applied: number): void {
    const actor = this.#actors.get(id);
    if (!actor || actor.isUp) throw new Error(`n${id} is not down`);
    const { server, now } = actor;
    actor.isUp = true;
    server.restart({ now, seed: id, applied, tail: server.disk.log.last });
    actor.wakeAt = server.state.electionDeadline;
  }
}

/** @returns null for a server that does not lead. */
function tellOffice({ id, role, hard }: RaftState): string | null {
  return role.name === 'leader' ? `n${id} leads term ${hard.term}` : null;
}
