import type { Millis } from '../../../lib/core/types.ts';
import { StorageError } from '../../../lib/kit/errors.ts';
import { MemoryTables } from '../../../lib/store/database/tables-memory.ts';
import {
  type DiskFault,
  type DiskOperation,
  MemoryDisk,
  type MemoryDiskOptions,
} from '../../../lib/store/disk/disk-memory.ts';
import type { Crash } from '../../../lib/store/disk/memory-file.ts';
import type { Agenda } from '../agenda.ts';
import type { Chance } from '../chance.ts';
import type { FaultCounts } from '../faults.ts';
import type { DiskPlan } from '../plan.ts';
import type { Host } from './host.ts';

const LATE_READS_PART = 0.1;

/** The process has to end right before an operation of its disk. */
type Boundary = { operations: number; readonly strike: () => void };

/** What is wrong with the next operations of the disk. */
type Trouble = { fault: 'ioError' | 'lie'; operations: number };

/** What one machine keeps while processes come and go: the files of the log, the database's image. */
export class Storage {
  readonly #host: Host;
  readonly #agenda: Agenda;
  readonly #chance: Chance;
  readonly #plan: DiskPlan;
  readonly #counts: FaultCounts;
  #disk: MemoryDisk;
  #snapshots: MemoryDisk;
  #tables = new MemoryTables();
  /** The image of the database is synced and says so. */
  #isClosed = false;
  #boundary: Boundary | null = null;
  #trouble: Trouble | null = null;
  #stalledUntil: Millis = 0;
  #busyUntil: Millis = 0;
  #isHealed = false;
  #fullUntil: Millis = 0;
  #slowness = 1;
  #isReadOnly = false;
  #hasFailed = false;

  constructor(host: Host, agenda: Agenda, chance: Chance, plan: DiskPlan, counts: FaultCounts) {
    this.#host = host;
    this.#agenda = agenda;
    this.#chance = chance;
    this.#plan = plan;
    this.#counts = counts;
    this.#disk = new MemoryDisk(this.#options());
    this.#snapshots = new MemoryDisk(this.#options());
  }

  /** As the process that runs now sees it. */
  get disk(): MemoryDisk {
    return this.#disk;
  }

  /** The directory of snapshots. */
  get snapshots(): MemoryDisk {
    return this.#snapshots;
  }

  /** True if an operation has failed that was asked for since the last process began. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** A process begins. */
  beginProcess(): void {
    this.#hasFailed = false;
  }

  /** Makes the directory empty, as it is before a server has ever run. */
  clear(): void {
    this.#disk = new MemoryDisk(this.#options());
    this.#snapshots = new MemoryDisk(this.#options());
    this.#tables = new MemoryTables();
  }

  /** When the last sync that has begun is over, at the latest. */
  get busyUntil(): Millis {
    return this.#busyUntil;
  }

  /** Opened by the process that runs now, so that nothing vouches for it any more. */
  openTables(): MemoryTables {
    this.#isClosed = false;
    return this.#tables;
  }

  closeTables(): void {
    this.#isClosed = true;
  }

  /** The process has ended; what it wrote is in the page cache, synced or not. */
  endProcess(): void {
    this.#boundary = null;
    this.#disk = this.#disk.restart(this.#options());
    this.#snapshots = this.#snapshots.restart(this.#options());
  }

  /** The machine has lost power. The image is not trusted then, unless it was closed in order. */
  losePower(crash: Crash): void {
    this.#boundary = null;
    const part = (): number => this.#chance.between(0, 1);
    this.#disk = this.#disk.crash(part, crash, this.#options());
    this.#snapshots = this.#snapshots.crash(part, crash, this.#options());
    if (!this.#isClosed) this.#tables = new MemoryTables();
  }

  /** `strike` is called when the process is about to ask for the operation after so many. */
  strikeAt(operations: number, strike: () => void): void {
    this.#boundary = { operations, strike };
  }

  /** The operation after so many fails; a lie is told by the first sync from then on. */
  fail(fault: Trouble['fault'], operations: number): void {
    this.#trouble = { fault, operations };
  }

  stall(ms: Millis): void {
    this.#stalledUntil = this.#agenda.now + ms;
  }

  /** Every sync takes so many times as long. */
  slow(times: number): void {
    this.#slowness = times;
  }

  /** Nothing can be written any more: the file system has been mounted read-only. */
  turnReadOnly(): void {
    this.#isReadOnly = true;
  }

  fill(ms: Millis): void {
    this.#fullUntil = this.#agenda.now + ms;
  }

  /** Everything that is wrong with the disk and can end has ended. */
  heal(): void {
    this.#isHealed = true;
    this.#boundary = null;
    this.#trouble = null;
    this.#stalledUntil = 0;
    this.#fullUntil = 0;
    this.#slowness = 1;
    this.#isReadOnly = false;
  }

  /** Turns over a bit of the log as it lies there. @returns where, or null if there is none. */
  rot(place: number, bit: number): { readonly name: string; readonly offset: number } | null {
    const names = this.#disk.names.filter((name) => name.endsWith('.wal')).sort();
    const name = names[Math.floor(place * names.length)];
    if (name === undefined) return null;
    const offset = Math.floor(((place * names.length) % 1) * this.#disk.sizeOf(name));
    this.#disk.flip(name, offset, bit);
    return { name, offset };
  }

  #options(): MemoryDiskOptions {
    return {
      fault: (operation) => this.#faultIn(operation),
      chance: () => this.#chance.between(0, 1),
      finish: (done) => {
        this.#host.after(this.#syncMs(), done);
      },
      blocked: () => this.#host.spend(this.#syncMs()),
    };
  }

  /** How long it takes to read entries back: now and then until others lead. */
  readMs(): Millis {
    const { syncMs, lateReadMs } = this.#plan;
    const isLate = !this.#isHealed && this.#chance.happens(LATE_READS_PART);
    return this.#chance.between(0, isLate ? lateReadMs : syncMs);
  }

  /** How long a sync takes that begins now. */
  #syncMs(): Millis {
    const ms = this.#chance.between(0.3, 1) * this.#plan.syncMs * this.#slowness;
    const stall = Math.max(0, this.#stalledUntil - this.#agenda.now);
    if (stall > 0) this.#counts.stall += 1;
    this.#busyUntil = Math.max(this.#busyUntil, this.#agenda.now + ms + stall);
    return ms + stall;
  }

  #faultIn(operation: DiskOperation): DiskFault | null {
    const fault = this.#drawFault(operation);
    if (fault !== null) this.#hasFailed = true;
    return fault;
  }

  #drawFault({ kind, name }: DiskOperation): DiskFault | null {
    const boundary = this.#boundary;
    if (boundary) {
      boundary.operations -= 1;
      if (boundary.operations < 0) {
        this.#boundary = null;
        boundary.strike();
        return 'io';
      }
    }
    if (this.#isReadOnly) return 'io';
    if (this.#fullUntil > this.#agenda.now && (kind === 'create' || isNew(kind, name))) {
      this.#counts.full += 1;
      return 'full';
    }
    return this.#troubleIn(kind);
  }

  #troubleIn(kind: DiskOperation['kind']): DiskFault | null {
    const trouble = this.#trouble;
    if (!trouble) return null;
    trouble.operations -= 1;
    if (trouble.operations >= 0) return null;
    if (trouble.fault === 'lie' && kind !== 'sync') return null;
    this.#trouble = null;
    this.#counts[trouble.fault] += 1;
    return trouble.fault === 'lie' ? 'lie' : 'io';
  }
}

/** A file that is being made has no room of its own yet. */
function isNew(kind: DiskOperation['kind'], name: string): boolean {
  return kind === 'write' && name.endsWith('.tmp');
}

/** True for an end that a process comes to when its disk fails it. */
export function isOfDisk(reason: unknown): reason is StorageError {
  return reason instanceof StorageError;
}
