import { openInMemory } from '../../../lib/store/database/memory-image.ts';
import type { ReplaceableMachine } from '../../../lib/store/database/replaceable-machine.ts';
import { MemoryTables } from '../../../lib/store/database/tables-memory.ts';
import { MemoryDisk } from '../../../lib/store/disk/disk-memory.ts';
import type { Recovered } from '../../../lib/store/log-store.ts';
import { type RecoveredServer, recoverServer } from '../../../lib/store/recover-server.ts';
import type { Receiving } from '../../../lib/store/snapshot-store.ts';
import { generatedEntries, generatedEntry } from '../generated.ts';
import { hard, ManualTimer, OWNER, readRange, write } from '../log-world.ts';
import { LIMITS, memoryMachine } from '../machine-world.ts';
import { MEMBERS } from './snapshot-world.ts';

/** What a server keeps while its processes come and go. */
export type Site = {
  readonly wal: MemoryDisk;
  readonly snapshots: MemoryDisk;
  readonly tables: MemoryTables;
};

export function newSite(): Site {
  return { wal: new MemoryDisk(), snapshots: new MemoryDisk(), tables: new MemoryTables() };
}

/** The same after the process has ended. */
export function restarted({ wal, snapshots, tables }: Site): Site {
  return { wal: wal.restart(), snapshots: snapshots.restart(), tables };
}

/** A server that holds the generated log, whose entries have term 1. */
export class ServerProcess {
  readonly found: RecoveredServer;
  readonly machine: ReplaceableMachine;
  #last: number;

  constructor(found: RecoveredServer, machine: ReplaceableMachine) {
    this.found = found;
    this.machine = machine;
    this.#last = found.log.last.index;
  }

  static async start({ wal, snapshots, tables }: Site): Promise<ServerProcess> {
    const machine = openInMemory(tables, LIMITS);
    const openMachine = async () => machine;
    const options = {
      owner: OWNER,
      segmentBytes: 4096,
      tailBytes: 1 << 20,
      timer: new ManualTimer(),
      inThreadBytes: 0,
    };
    const found = await recoverServer({ wal, snapshots, openMachine }, options);
    return new ServerProcess(found, machine);
  }

  get log(): Recovered {
    return this.found.log;
  }

  /** Stores the entries up to `index`, each in a batch of its own, and applies them. */
  async store(index: number): Promise<void> {
    const { store } = this.log;
    if (this.#last === 0) await store.commit([write([], hard(1))]);
    while (this.#last < index) {
      this.#last += 1;
      await store.commit([write(generatedEntries(this.#last, this.#last))]);
    }
    await this.applyAll();
  }

  /** As the loop does after a start: applies what the log holds. */
  async applyAll(): Promise<void> {
    const from = this.machine.applied + 1;
    if (from > this.#last) return;
    this.machine.apply(await readRange(this.log.store, from, this.#last));
  }

  async snapshot(): Promise<void> {
    await this.found.snapshots.take(() => MEMBERS);
  }

  async compact(index: number): Promise<void> {
    const base = await this.log.store.compact(index);
    await this.found.snapshots.keepFrom(base.index);
  }

  /** Takes in the newest snapshot of another server, and goes on from there. */
  async takeOver(from: ServerProcess): Promise<void> {
    await this.receive(from);
    await this.beginAnew(from);
  }

  async receive(from: ServerProcess): Promise<void> {
    const snapshot = from.found.snapshots.newest;
    if (snapshot === null) throw new Error('there is no snapshot to send');
    const receiving: Receiving = await this.found.snapshots.receive(snapshot);
    while (receiving.offset < snapshot.bytes) {
      const bytes = await from.found.snapshots.read(snapshot, receiving.offset, 1000);
      await receiving.write(receiving.offset, bytes ?? Buffer.alloc(0));
    }
    const end = await receiving.finish();
    if (end !== 'complete') throw new Error(`received a ${end} snapshot`);
  }

  async beginAnew(from: ServerProcess): Promise<void> {
    const { newest } = from.found.snapshots;
    if (newest === null) throw new Error('there is no snapshot to go on from');
    const { index, term } = newest;
    await this.log.store.commit([{ ...write([]), base: { index, term } }]);
    await this.found.snapshots.install(newest);
    await this.found.snapshots.keepFrom(index);
    this.#last = index;
  }

  /** What is wrong with it, or null: it holds the generated log up to `last`, and all of its effects. */
  async fault(last: number): Promise<string | null> {
    const { log, snapshot } = this.found;
    if (log.last.index !== last) return `the log ends at ${log.last.index}, not at ${last}`;
    if (log.base.index > (snapshot?.index ?? 0)) {
      return `there is a gap between the snapshot of ${snapshot?.index} and ${log.base.index}`;
    }
    for (let index = log.base.index + 1; index <= last; index += 1) {
      const [entry] = await readRange(log.store, index, index);
      if (!entry || !Buffer.from(entry.record).equals(generatedEntry(index).record)) {
        return `entry ${index} is another`;
      }
    }
    await this.applyAll();
    const expected = memoryMachine();
    if (last > 0) expected.apply(generatedEntries(1, last));
    return this.machine.digest() === expected.digest() ? null : 'the state machine is another';
  }
}
