import type { NodeId } from '../../../lib/core/types.ts';
import { decodeReply } from '../../../lib/wire/client.ts';
import { keyTopic, markTopic } from '../../../lib/wire/event.ts';
import type { Agenda } from '../agenda.ts';
import type { FaultCounts } from '../faults.ts';
import { Changes } from '../oracle/changes.ts';
import type { Plan } from '../plan.ts';
import type { PlaceCounts } from '../reach.ts';
import { EventFeed } from '../world/event-feed.ts';
import type { Party } from '../world/lines.ts';
import type { SimNetwork } from '../world/network.ts';
import { SimWatch } from './watch.ts';

/** Far from the ids of other clients' requests. */
const FIRST_ID = 2e9;

export type WatchesOptions = {
  readonly agenda: Agenda;
  readonly plan: Plan;
  readonly counts: FaultCounts;
  readonly places: PlaceCounts;
  readonly network: SimNetwork;
  readonly prefixes: readonly string[];
  /** A watch has handed over what it must not. */
  readonly broken: (reason: unknown) => void;
};

/** Keys that are watched, and what comes of it: the committed changes, each once and in order. */
export class Watches {
  readonly changes = new Changes();
  readonly #watches: readonly SimWatch[];
  readonly #feed: EventFeed;
  /** They ask over the first connection of clients. */
  readonly #connection: Party;

  constructor(options: WatchesOptions) {
    const { plan, network, prefixes } = options;
    const { changes } = this;
    const connection = plan.size + 1;
    this.#connection = connection;
    let id = FIRST_ID;
    const nextId = (): number => {
      id += 1;
      return id;
    };
    const shared = { ...options, connection, changes, nextId };
    this.#watches = prefixes.map((prefix) => new SimWatch(shared, prefix));
    this.#feed = new EventFeed({
      ...options,
      lines: network.lines,
      subscriber: connection,
      topics: prefixes.flatMap((prefix) => [markTopic(prefix), keyTopic(prefix)]),
      heard: (server, topic, body) => {
        for (const watch of this.#watches) watch.heard(server, topic, body);
      },
    });
  }

  start(): void {
    for (const watch of this.#watches) watch.start();
  }

  /** What server `id` knows to be subscribed to. */
  subscribed(id: NodeId): readonly string[] {
    return this.#feed.subscribed(id);
  }

  published(id: NodeId, topic: string, body: Uint8Array): void {
    this.#feed.published(id, topic, body);
  }

  /** Replies have come to clients; some are for watches. */
  replied(frames: readonly Uint8Array[]): void {
    if (this.#watches.length === 0) return;
    for (const frame of frames) {
      const decoded = decodeReply(frame);
      if (typeof decoded === 'string' || decoded.id === null || decoded.id <= FIRST_ID) continue;
      for (const watch of this.#watches) watch.replied(decoded.id, decoded.reply);
    }
  }

  disconnected(connection: Party, server: NodeId): void {
    if (connection !== this.#connection) return;
    for (const watch of this.#watches) watch.disconnected(server);
  }

  /** What some watch has not handed over, or null. */
  get missing(): string | null {
    for (const { judge } of this.#watches) if (judge.missing) return judge.missing;
    return null;
  }
}
