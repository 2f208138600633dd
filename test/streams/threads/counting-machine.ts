import type { Entry } from '../../../lib/core/entry.ts';
import type { Applied, StateMachine } from '../../../lib/store/state-machine.ts';
import type { Reply } from '../../../lib/wire/client.ts';
import type { OpenMachine } from '../../../streams/open-machine.ts';

/** Counts commands, as the module of an embedding program would: `add` one, read the `sum`. */
class Counting implements StateMachine {
  applied = 0;
  rev = 0;

  route(op: string): 'write' | 'read' | null {
    return op === 'add' ? 'write' : op === 'sum' ? 'read' : null;
  }

  check(): null {
    return null;
  }

  apply(entries: readonly Entry[]): readonly Applied[] {
    return entries.map(({ index, kind }) => {
      this.applied = index;
      if (kind !== 'command') return { index, reply: null, changes: [] };
      this.rev += 1;
      return { index, reply: { ok: true, sum: this.rev }, changes: [] };
    });
  }

  read(): Reply {
    return { ok: true, sum: this.rev };
  }

  async close(): Promise<void> {}
}

export const openMachine: OpenMachine = async (_path, _logLast, logger) => {
  logger.info('machine.open');
  return new Counting();
};
