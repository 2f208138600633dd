import { StorageError } from '../../kit/errors.ts';
import type { Disk, DiskFile } from '../ports.ts';
import { type Chance, type Crash, MemoryFile } from './memory-file.ts';

/** One thing that a program asks of the disk. */
export type DiskOperation = {
  readonly kind: 'create' | 'rename' | 'remove' | 'write' | 'sync' | 'syncDirectory';
  /** The file; empty for the directory itself. */
  readonly name: string;
};

/**
 * How an operation goes wrong. `io` and `full` report an error and do nothing. `lie` is for syncs:
 * it reports an error too, and afterwards the file looks as if all had been written, although at
 * most a part of it is durable and no later sync will write the rest.
 */
export type DiskFault = 'io' | 'full' | 'lie';

export type MemoryDiskOptions = {
  /** Of all files together; default unlimited. */
  readonly capacityBytes?: number;
  /** Asked before each operation. Default: nothing fails. */
  readonly fault?: (operation: DiskOperation) => DiskFault | null;
  /** Chance for what a failed sync has written; default: nothing. */
  readonly chance?: Chance;
  /** Runs the end of every `sync` and `syncDirectory`; default in a microtask. */
  readonly finish?: (done: () => void) => void;
  /** Told of every `syncNow`, which takes its time in the caller's thread. */
  readonly blocked?: () => void;
};

type Names = Map<string, MemoryFile>;

type Directory = {
  /** As programs see it. */
  readonly names: Names;
  readonly durable: Names;
  /** Changes of names since the last sync; each may or may not survive a crash. */
  changes: ((names: Names) => void)[];
};

function directoryOf(files: readonly (readonly [string, MemoryFile])[]): Directory {
  return { names: new Map(files), durable: new Map(files), changes: [] };
}

/**
 * A directory in memory that can lose, tear and refuse what a real one can. What it does is decided
 * by its options alone, so the same calls have the same results. It belongs to one process: the
 * next one gets what `restart` or `crash` returns.
 */
export class MemoryDisk implements Disk {
  readonly path = 'memory';
  readonly #options: MemoryDiskOptions;
  readonly #directory: Directory;
  #hasEnded = false;

  constructor(options: MemoryDiskOptions = {}, directory: Directory = directoryOf([])) {
    this.#options = options;
    this.#directory = directory;
  }

  /** Names of the files there are. */
  get names(): readonly string[] {
    return [...this.#directory.names.keys()];
  }

  /** Bytes of a file, as programs see it. */
  sizeOf(name: string): number {
    return this.#file(name).size;
  }

  async list(): Promise<readonly string[]> {
    return [...this.#directory.names.keys()];
  }

  async open(name: string): Promise<DiskFile> {
    return this.#handle(name, this.#file(name));
  }

  async create(name: string): Promise<DiskFile> {
    this.#begin({ kind: 'create', name });
    if (this.#directory.names.has(name))
      throw new StorageError('IO', `${this.path}/${name} exists already`);
    const file = new MemoryFile();
    this.#change((names) => names.set(name, file));
    return this.#handle(name, file);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#begin({ kind: 'rename', name: from });
    const file = this.#file(from);
    this.#change((names) => {
      names.delete(from);
      names.set(to, file);
    });
  }

  async remove(name: string): Promise<void> {
    this.#begin({ kind: 'remove', name });
    this.#file(name);
    this.#change((names) => names.delete(name));
  }

  syncDirectory(): Promise<void> {
    return this.#sync({ kind: 'syncDirectory', name: '' }, () => {
      const begun = new Set(this.#directory.changes);
      return () => {
        const { changes, durable } = this.#directory;
        for (const change of changes) if (begun.has(change)) change(durable);
        this.#directory.changes = changes.filter((change) => !begun.has(change));
      };
    });
  }

  /**
   * The process ends, and the next one finds everything that this one wrote, synced or not.
   *
   * @returns the disk for the next process; this one does nothing more.
   */
  restart(options: MemoryDiskOptions = this.#options): MemoryDisk {
    this.#hasEnded = true;
    return new MemoryDisk(options, this.#directory);
  }

  /**
   * The power fails: of what was not synced, any part may be there when it is back.
   *
   * @returns the disk for the next process; this one does nothing more.
   */
  crash(chance: Chance, crash: Crash, options: MemoryDiskOptions = {}): MemoryDisk {
    this.#hasEnded = true;
    const names: Names = new Map(this.#directory.durable);
    for (const change of this.#directory.changes) if (chance() < crash.kept) change(names);
    const files = [...names].map(([name, file]) => [name, file.crashed(chance, crash)] as const);
    return new MemoryDisk(options, directoryOf(files));
  }

  /** Rot: turns over one bit of a file. */
  flip(name: string, offset: number, bit: number): void {
    this.#file(name).flip(offset, bit);
  }

  #file(name: string): MemoryFile {
    const file = this.#directory.names.get(name);
    if (file === undefined) throw new StorageError('IO', `${this.path}/${name} does not exist`);
    return file;
  }

  #change(change: (names: Names) => void): void {
    change(this.#directory.names);
    this.#directory.changes.push(change);
  }

  /** @throws {StorageError} if the operation is to fail. */
  #begin(operation: DiskOperation, file?: MemoryFile): void {
    if (this.#hasEnded) throw new StorageError('IO', 'the process that had this disk has ended');
    const fault = this.#options.fault?.(operation) ?? null;
    if (fault === null) return;
    if (fault === 'lie') file?.failSync(this.#options.chance ?? (() => 1));
    const code = fault === 'full' ? 'FULL' : 'IO';
    throw new StorageError(code, `${operation.kind} of ${this.path}/${operation.name} failed`);
  }

  async #sync(operation: DiskOperation, begin: () => () => void, file?: MemoryFile): Promise<void> {
    this.#begin(operation, file);
    const end = begin();
    const finish = this.#options.finish ?? queueMicrotask;
    await new Promise<void>((resolve) => {
      finish(() => {
        end();
        resolve();
      });
    });
  }

  #handle(name: string, file: MemoryFile): DiskFile {
    return {
      name,
      size: async () => file.size,
      read: async (position, length) => file.read(position, length),
      write: (position, parts) => {
        this.#begin({ kind: 'write', name });
        for (const part of parts) {
          this.#claim(file, position + part.length);
          file.write(position, part);
          position += part.length;
        }
      },
      sync: () => this.#sync({ kind: 'sync', name }, () => file.sync(), file),
      syncNow: () => {
        this.#begin({ kind: 'sync', name }, file);
        this.#options.blocked?.();
        file.sync()();
      },
      close: async () => {},
    };
  }

  #claim(file: MemoryFile, size: number): void {
    const { capacityBytes = Number.POSITIVE_INFINITY } = this.#options;
    let bytes = Math.max(0, size - file.size);
    for (const { size } of this.#directory.names.values()) bytes += size;
    if (bytes > capacityBytes) {
      throw new StorageError(
        'FULL',
        `${this.path} is full: it has room for ${capacityBytes} bytes`,
      );
    }
  }
}
