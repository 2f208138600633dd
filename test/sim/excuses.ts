import type { Millis, NodeId } from '../../lib/core/types.ts';
import type { Agenda } from './agenda.ts';
import type { SimServer } from './world/server.ts';

type Excuse = { troubles: number; until: Millis };

/** Who may leave clients without an answer: servers that cannot hear or reach them, and no others. */
export class Excuses {
  readonly #agenda: Agenda;
  readonly #all = new Map<NodeId, Excuse>();

  constructor(agenda: Agenda) {
    this.#agenda = agenda;
  }

  /** Something comes between servers and their clients. @returns what says that it is over. */
  begin(...ids: readonly NodeId[]): () => void {
    const excuses = ids.map((id) => this.#of(id));
    for (const excuse of excuses) excuse.troubles += 1;
    return () => {
      for (const excuse of excuses) {
        excuse.troubles -= 1;
        excuse.until = this.#agenda.now;
      }
    };
  }

  #of(id: NodeId): Excuse {
    const excuse = this.#all.get(id) ?? { troubles: 0, until: 0 };
    this.#all.set(id, excuse);
    return excuse;
  }

  /** Whether a server owes an answer to what it was asked `ms` ago: nothing has come between. */
  owes({ id, isServing, host }: SimServer, ms: Millis): boolean {
    const { troubles = 0, until = 0 } = this.#all.get(id) ?? {};
    const excusedUntil = Math.max(host.begunAt, host.heldUntil, until);
    return isServing && troubles === 0 && excusedUntil < this.#agenda.now - ms;
  }
}
