import type { NodeId } from '../../../lib/core/types.ts';
import type { Agenda } from '../agenda.ts';
import type { FaultCounts } from '../faults.ts';
import type { Plan } from '../plan.ts';
import type { Line, Lines, Party } from './lines.ts';

/** Events that wait for one subscriber; it loses the next, as with PUB. */
const WAITING_MAX = 12;

export type EventFeedOptions = {
  readonly agenda: Agenda;
  readonly plan: Plan;
  readonly counts: FaultCounts;
  readonly lines: Lines;
  /** The connection of clients that subscribes at every server. */
  readonly subscriber: Party;
  /** What it subscribes to. */
  readonly topics: readonly string[];
  readonly heard: (server: NodeId, topic: string, body: Uint8Array) => void;
};

/** What servers publish, on its way to one subscriber: in order, with any part of it lost. */
export class EventFeed {
  readonly #options: EventFeedOptions;
  readonly #lines: readonly Line[];

  constructor(options: EventFeedOptions) {
    this.#options = options;
    const { plan, lines, subscriber, topics } = options;
    const servers = topics.length === 0 ? 0 : plan.size;
    this.#lines = Array.from({ length: servers }, (_, i) => lines.add('events', i + 1, subscriber));
  }

  /** What server `id` knows to be subscribed to. */
  subscribed(id: NodeId): readonly string[] {
    return this.#lines[id - 1]?.wire.isUp ? this.#options.topics : NOTHING;
  }

  published(id: NodeId, topic: string, body: Uint8Array): void {
    const { agenda, plan, topics, counts, heard } = this.#options;
    const line = this.#lines[id - 1];
    if (!line?.wire.isUp || !topics.some((prefix) => topic.startsWith(prefix))) return;
    const { wire, chance } = line;
    const isLost = agenda.now < plan.troubleMs && chance.happens(plan.network.lostBeatPart);
    if (isLost || wire.unread >= WAITING_MAX) {
      counts.beats += 1;
      return;
    }
    wire.send(chance.between(0.1, 1) * plan.network.delayMs, (read) => {
      read();
      heard(id, topic, body);
    });
  }
}

const NOTHING: readonly string[] = [];
