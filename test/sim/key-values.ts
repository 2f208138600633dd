import { openMachine } from '../../lib/store/database/machine.ts';
import { drawAsk } from './clients/asks.ts';
import type { Ask } from './history/operation.ts';
import type { Subject } from './simulation.ts';

/** History that is kept: so little that clients meet its end. */
const HISTORY = { revs: 50, bytes: 1 << 20 };

/** The key-value database of this project, and clients of it. */
export const keyValues: Subject<Ask> = {
  openMachine: (tables) => openMachine(tables, { valueBytes: 1 << 16, history: HISTORY }),
  asking: ({ clients }) => {
    const known = new Map<string, { rev: number; value: string | null }>();
    return {
      draw: (chance, id) => drawAsk(chance, clients, id, known),
      learn: (_, ask, answer) => {
        if (answer.kind !== 'ok' || !('key' in ask)) return;
        const { rev, value, found, deleted, swapped } = answer.reply;
        if (typeof rev !== 'number' || swapped === false) return;
        if (ask.op === 'delete' || found === false) known.set(ask.key, { rev, value: null });
        else if (deleted === undefined) {
          const written = ask.op === 'get' ? value : ask.value;
          known.set(ask.key, { rev, value: String(written) });
        }
      },
    };
  },
};
