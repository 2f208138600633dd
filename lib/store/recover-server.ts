import type { Snapshot } from '../core/snapshot.ts';
import type { Index } from '../core/types.ts';
import { StorageError } from '../kit/errors.ts';
import { type RecoverOptions, recover } from './log/recover.ts';
import type { Recovered } from './log-store.ts';
import type { Disk } from './ports.ts';
import type { DiskSnapshots } from './snapshot/disk-snapshots.ts';
import { openSnapshots } from './snapshot/open-snapshots.ts';
import type { Recoverable, StateMachine } from './state-machine.ts';

export type ServerFiles<Machine extends Recoverable> = {
  readonly wal: Disk;
  readonly snapshots: Disk;
  /**
   * Opens the state machine, which has applied nothing if what lay there cannot be trusted.
   *
   * @param logLast last entry of the log.
   */
  readonly openMachine: (logLast: Index) => Promise<Machine>;
};

/** All that a server has on disk, and that belongs together. */
export type RecoveredServer<Machine extends Recoverable = StateMachine> = {
  readonly log: Recovered;
  readonly snapshots: DiskSnapshots;
  /**
   * The newest one whose label can be read. It says which configuration the log starts from, and
   * stands for what the log has let go, as long as the state machine is whole.
   */
  readonly snapshot: Snapshot | null;
  readonly machine: Machine;
  /** Sentences for the operator. */
  readonly notes: readonly string[];
};

/**
 * Brings log, snapshots and state machine of a server together after a start:
 *
 * - The log goes on from a snapshot, or makes way for one that was received (`recover`).
 * - A state machine that has applied less than the newest snapshot gets that; if its content is
 *   damaged, the one before it; and if none is whole, none, provided that the log holds what comes
 *   next. What is left is applied from the log by the caller.
 *
 * @throws {StorageError} CORRUPT if something is nowhere any more that had been applied, and all that
 *   `recover` throws. What was opened until then is closed.
 * @see docs/durability.md
 */
export async function recoverServer<Machine extends Recoverable>(
  files: ServerFiles<Machine>,
  options: Omit<RecoverOptions, 'snapshots'>,
): Promise<RecoveredServer<Machine>> {
  const { snapshots, notes } = await openSnapshots(files.snapshots, options.owner.cluster);
  const places = snapshots.held.map(({ place }) => place);
  const log = await recover(files.wal, { ...options, snapshots: places });
  let machine: Machine | null = null;
  try {
    machine = await files.openMachine(log.last.index);
    snapshots.serve(machine);
    const restored = await restore(log, snapshots, machine);
    await snapshots.keepFrom(log.base.index);
    const snapshot = snapshots.at(log.snapshot);
    return { log, snapshots, snapshot, machine, notes: [...notes, ...log.notes, ...restored] };
  } catch (reason) {
    await machine?.close();
    await log.store.close();
    throw reason;
  }
}

/** Gives the state machine what the log cannot. */
async function restore(
  { base }: Recovered,
  snapshots: DiskSnapshots,
  machine: Recoverable,
): Promise<string[]> {
  const notes: string[] = [];
  for (const held of snapshots.held) {
    const { index } = held.label.snapshot;
    if (index <= machine.applied || index < base.index) break;
    if (machine.install === undefined) break;
    if (!(await held.isWhole())) {
      notes.push(`${held.path}: its content is damaged`);
      continue;
    }
    const { applied } = machine;
    await snapshots.install(held.label.snapshot);
    notes.push(`installed the snapshot of entry ${index}: the database had applied ${applied}`);
    return notes;
  }
  const fault = gapFault(machine.applied, base.index, snapshots.held[0]?.path ?? null);
  if (fault !== null) throw fault;
  return notes;
}

/**
 * Why a state machine that has applied so much does not go with a log that begins after `base`, or null.
 *
 * @param newest path of the newest snapshot, which is not whole; null if there is none.
 */
export function gapFault(applied: Index, base: Index, newest: string | null): StorageError | null {
  if (applied >= base) return null;
  const why = newest === null ? 'there is no snapshot' : `the snapshot ${newest} is damaged`;
  return new StorageError(
    'CORRUPT',
    `the database has applied entry ${applied}, the log begins after entry ${base}, and ${why}: what lies between is nowhere on this disk. Nothing that was promised is lost in the cluster: retire this node and bring in a new one under another id, or put back a copy of the whole data directory`,
  );
}
