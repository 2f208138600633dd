import { StorageError } from '../kit/errors.ts';
import { type Chance, type Crash, MemoryFile } from './memory-file.ts';
import type { Disk, DiskFile } from './ports.ts';

/** One thing that a program asks of the disk. */
export type DiskOperation = {
  readonly kind: 'create' | 'rename' | 'remove' | 'write' | 'sync' | 'syncDirectory';
  /** The file; empty for the directory itself. */
  readonly name: string;
};

/**
 * How an operation goes wrong. `lie` is a sync that reports an error, after which the file looks as if
 * all had been written; `io` only reports the error. Both have no effect on what is durable,
 * except that a failed sync may have written a part.
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
};

type Names = Map<string, MemoryFile>;

/**
 * A directory in memory that can lose, tear and refuse what a real one can. What it does is decided
 * by its options alone, so the same calls have the same results.
 *
 * A process that ends and starts again without a crash just opens its files anew.
 */
export class MemoryDisk implements Disk {
  readonly path = 'memory';
  readonly #options: MemoryDiskOptions;
  #files: Names;
  #durable: Names;
  /** Changes of names since the directory was synced; each may or may not survive a crash. */
  #changes: ((names: Names) => void)[] = [];

  constructor(options: MemoryDiskOptions = {}, files: Names = new Map()) {
    this.#options = options;
    this.#files = new Map(files);
    this.#durable = new Map(files);
  }

  async list(): Promise<readonly string[]> {
    return [...this.#files.keys()];
  }

  async open(name: string): Promise<DiskFile> {
    return this.#handle(name, this.#file(name));
  }

  async create(name: string): Promise<DiskFile> {
    this.#begin({ kind: 'create', name });
    if (this.#files.has(name)) throw new StorageError('IO', `${this.path}/${name} exists already`);
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
      const changes = this.#changes.length;
      return () => {
        for (const change of this.#changes.splice(0, changes)) change(this.#durable);
      };
    });
  }

  /**
   * The disk as it is when the power is back: of what was not synced, any part may be there.
   *
   * @param options of the disk that is returned; this one should no longer be used.
   */
  crash(chance: Chance, crash: Crash, options: MemoryDiskOptions = {}): MemoryDisk {
    const names: Names = new Map(this.#durable);
    for (const change of this.#changes) if (chance() < crash.kept) change(names);
    const files = [...names].map(([name, file]) => [name, file.crashed(chance, crash)] as const);
    return new MemoryDisk(options, new Map(files));
  }

  /** Rot: turns over one bit of a file. */
  flip(name: string, offset: number, bit: number): void {
    this.#file(name).flip(offset, bit);
  }

  #file(name: string): MemoryFile {
    const file = this.#files.get(name);
    if (file === undefined) throw new StorageError('IO', `${this.path}/${name} does not exist`);
    return file;
  }

  #change(change: (names: Names) => void): void {
    change(this.#files);
    this.#changes.push(change);
  }

  /** @throws {StorageError} if the operation is to fail. */
  #begin(operation: DiskOperation, file?: MemoryFile): void {
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
        file.sync()();
      },
      close: async () => {},
    };
  }

  #claim(file: MemoryFile, size: number): void {
    const { capacityBytes = Number.POSITIVE_INFINITY } = this.#options;
    let bytes = Math.max(0, size - file.size);
    for (const { size } of this.#files.values()) bytes += size;
    if (bytes > capacityBytes) {
      throw new StorageError(
        'FULL',
        `${this.path} is full: it has room for ${capacityBytes} bytes`,
      );
    }
  }
}
