import { StorageError } from '../../kit/errors.ts';
import type { CopiedState } from '../state-machine.ts';
import { type KeyValueMachine, type MachineLimits, openMachine } from './machine.ts';
import { type Image, ReplaceableMachine } from './replaceable-machine.ts';
import type { MemoryTables } from './tables-memory.ts';

/** Opens the key-value database in memory, the twin of the one on disk: it has snapshots as well. */
export function openInMemory(tables: MemoryTables, limits: MachineLimits): ReplaceableMachine {
  return new ReplaceableMachine(...imageIn(tables, limits));
}

function imageIn(tables: MemoryTables, limits: MachineLimits): [KeyValueMachine, Image] {
  let machine = openMachine(tables, limits);
  const image: Image = {
    copy: async (write): Promise<CopiedState> => {
      const { applied: index, appliedTerm: term, rev } = machine;
      await write(tables.image());
      return { applied: { index, term }, rev };
    },
    replace: async (content) => {
      const parts: Uint8Array[] = [];
      for await (const part of content) parts.push(part);
      if (!tables.restore(Buffer.concat(parts))) {
        throw new StorageError('CORRUPT', 'a snapshot holds no tables');
      }
      machine = openMachine(tables, limits);
      return machine;
    },
  };
  return [machine, image];
}
