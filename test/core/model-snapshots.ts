import { configurationAt } from '../../lib/core/configurations.ts';
import type { Input } from '../../lib/core/input.ts';
import type { Outcome, Shipment } from '../../lib/core/outcome.ts';
import type { Snapshot } from '../../lib/core/snapshot.ts';
import type { NodeId } from '../../lib/core/types.ts';
import type { Chance } from '../sim/chance.ts';
import type { History } from '../sim/oracle/history.ts';
import type { ModelNetwork } from './model-network.ts';
import type { ModelServer } from './model-server.ts';

/** What stands in the file of each snapshot: the history that its state machine had applied. */
const CONTENTS = new WeakMap<Snapshot, History>();

export function contentOf(snapshot: Snapshot): History {
  const content = CONTENTS.get(snapshot);
  if (!content) throw new Error('a snapshot that nobody has taken');
  return content;
}

/** A snapshot of what `server` has applied. */
export function copyOf({ applied, log, state }: ModelServer): Snapshot {
  const content = log.upTo(applied);
  const snapshot = {
    index: applied,
    term: content.termAt(applied),
    configuration: configurationAt(state, applied).configuration,
    rev: applied,
    bytes: 1,
    checksum: content.hashAt(applied) ?? 0,
  };
  CONTENTS.set(snapshot, content);
  return snapshot;
}

/** What this needs of the cluster: time, chance, and a word to the core of a node. */
export type Carrier = {
  readonly chance: Chance;
  readonly network: ModelNetwork;
  readonly stepMs: () => number;
  readonly later: (id: NodeId, ms: number, task: () => void) => void;
  readonly give: (id: NodeId, input: Input) => void;
};

/** How often a snapshot that nobody answers is sent again, in steps. */
const RESEND_STEPS = 10;
const CHUNK = new Uint8Array(1);

/**
 * Takes snapshots of one server and moves them, each in one message, as the shell does in many: lost
 * ones are sent again, and what is whole is on the disk before anybody is told.
 */
export class ModelSnapshots {
  readonly #server: ModelServer;
  readonly #carrier: Carrier;

  constructor(server: ModelServer, carrier: Carrier) {
    this.#server = server;
    this.#carrier = carrier;
  }

  /** The process may end before the file is whole, and then there was none. */
  take(): void {
    const { id, disk, applied } = this.#server;
    if (applied <= (disk.snapshot?.index ?? 0)) return;
    const snapshot = copyOf(this.#server);
    this.#carrier.later(id, this.#carrier.stepMs(), () => {
      disk.keep(snapshot);
      this.#carrier.give(id, { kind: 'Snapshotted', snapshot });
    });
  }

  carryOut({ shipments, compact }: Outcome): void {
    if (compact) this.#server.disk.compact(compact);
    for (const shipment of shipments) this.#move(shipment);
  }

  #move(shipment: Shipment): void {
    switch (shipment.kind) {
      case 'send':
        return this.#send(shipment);
      case 'chunk':
        return this.#receive(shipment.from, shipment.message.snapshot);
      case 'reply': {
        const { from, message } = shipment;
        return this.#deliver(from, message.term, message.index, true);
      }
    }
  }

  #send(shipment: Shipment & { kind: 'send' }): void {
    const { id, state } = this.#server;
    const { to, term, snapshot } = shipment;
    const progress = state.role.name === 'leader' ? state.role.progress.get(to) : undefined;
    if (state.hard.term !== term || progress?.pending !== snapshot.index) return;
    const message = { kind: 'InstallSnapshot', term, snapshot, offset: 0, chunk: CHUNK } as const;
    this.#carrier.network.send({ from: id, to, message });
    const { chance, later, stepMs } = this.#carrier;
    if (chance.happens(0.05)) return this.#deliver(to, term, snapshot.index, false);
    later(id, RESEND_STEPS * stepMs(), () => this.#send(shipment));
  }

  #receive(from: NodeId, snapshot: Snapshot): void {
    const { id, disk } = this.#server;
    const { later, stepMs, give, network } = this.#carrier;
    // by the time it is whole this server may have committed more
    const isNews = snapshot.index > this.#server.state.commit;
    later(id, stepMs(), () => {
      const { hard } = this.#server.state;
      if (isNews) {
        disk.keep(snapshot);
        give(id, { kind: 'Fetched', snapshot });
      }
      const { index, checksum, bytes } = snapshot;
      const there = { offset: bytes, granted: bytes, result: 'complete' } as const;
      const kind = 'InstallSnapshotReply' as const;
      const message = { kind, term: hard.term, index, checksum, ...there };
      network.send({ from: id, to: from, message });
    });
  }

  #deliver(to: NodeId, term: number, index: number, ok: boolean): void {
    this.#carrier.give(this.#server.id, { kind: 'Delivered', to, term, index, ok });
  }
}
