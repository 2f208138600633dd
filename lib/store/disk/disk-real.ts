import * as fs from 'node:fs';
import { join } from 'node:path';
import { InvariantViolation, StorageError } from '../../kit/errors.ts';
import type { Disk, DiskFile } from '../ports.ts';

/** A directory of the real file system. It must exist. */
export function realDisk(path: string): Disk {
  const at = (name: string): string => join(path, name);
  return {
    path,
    list: () => fromSystem('list', path, fs.promises.readdir(path)),
    open: (name) => openFile(at(name), name, 'r+'),
    create: (name) => openFile(at(name), name, 'wx+'),
    rename: (from, to) => fromSystem('rename', at(from), fs.promises.rename(at(from), at(to))),
    remove: (name) => fromSystem('remove', at(name), fs.promises.unlink(at(name))),
    syncDirectory: () => syncDirectory(path),
  };
}

/**
 * The same directory for those who only look: what would change it is refused by the operating
 * system, or is a bug.
 */
export function readOnlyDisk(path: string): Disk {
  const refuse = (): never => {
    throw new InvariantViolation(`${path} is only read here`);
  };
  return {
    ...realDisk(path),
    open: (name) => openFile(join(path, name), name, 'r'),
    create: refuse,
    rename: refuse,
    remove: refuse,
    syncDirectory: refuse,
  };
}

/**
 * Makes creations, renames and removals in the directory durable.
 *
 * @throws {StorageError} IO.
 */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await fromSystem('open', path, fs.promises.open(path, 'r'));
  try {
    await fromSystem('sync', path, directory.sync());
  } finally {
    await directory.close();
  }
}

/**
 * Removes a file, if there is one.
 *
 * @throws {StorageError} IO.
 */
export function removeFile(path: string): Promise<void> {
  return fromSystem('remove', path, fs.promises.rm(path, { recursive: true, force: true }));
}

async function openFile(path: string, name: string, flags: string): Promise<DiskFile> {
  const opened = new Promise<number>((resolve, reject) => {
    fs.open(path, flags, (failure, fd) => (failure ? reject(failure) : resolve(fd)));
  });
  return new RealFile(path, name, await fromSystem('open', path, opened));
}

class RealFile implements DiskFile {
  readonly name: string;
  readonly #path: string;
  readonly #fd: number;

  constructor(path: string, name: string, fd: number) {
    this.#path = path;
    this.name = name;
    this.#fd = fd;
  }

  async size(): Promise<number> {
    return this.#run('look at', () => fs.fstatSync(this.#fd).size);
  }

  async read(position: number, length: number): Promise<Buffer> {
    // Views of it may be kept, so it must not share memory with anything else.
    const into = Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < length) {
      const bytes = await this.#readSome(into, filled, position + filled);
      if (bytes === 0) break;
      filled += bytes;
    }
    return into.subarray(0, filled);
  }

  #readSome(into: Buffer, offset: number, position: number): Promise<number> {
    const read = new Promise<number>((resolve, reject) => {
      fs.read(this.#fd, into, offset, into.length - offset, position, (failure, bytes) =>
        failure ? reject(failure) : resolve(bytes),
      );
    });
    return fromSystem('read', this.#path, read);
  }

  write(position: number, bytes: readonly Uint8Array[]): void {
    for (const part of bytes) {
      let written = 0;
      // The system may take less than it is given, for instance just before it is full.
      while (written < part.length) {
        written += this.#run('write', () =>
          fs.writeSync(this.#fd, part, written, part.length - written, position + written),
        );
      }
      position += part.length;
    }
  }

  sync(): Promise<void> {
    const synced = new Promise<void>((resolve, reject) => {
      fs.fdatasync(this.#fd, (failure) => (failure ? reject(failure) : resolve()));
    });
    return fromSystem('sync', this.#path, synced);
  }

  syncNow(): void {
    this.#run('sync', () => fs.fdatasyncSync(this.#fd));
  }

  async close(): Promise<void> {
    this.#run('close', () => fs.closeSync(this.#fd));
  }

  #run<T>(action: string, work: () => T): T {
    try {
      return work();
    } catch (reason) {
      throw storageError(action, this.#path, reason);
    }
  }
}

/** Says what was tried on which path, if `work` fails. @throws {StorageError} FULL or IO. */
export async function fromSystem<T>(action: string, path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (reason) {
    throw storageError(action, path, reason);
  }
}

/** What the operating system refused, and what to do about it. */
export function storageError(action: string, path: string, reason: unknown): StorageError {
  const { code = '', message } = reason as NodeJS.ErrnoException;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  const remedy = REMEDIES[code] ?? 'check the disk and the kernel log, then start again';
  return new StorageError(
    isFull ? 'FULL' : 'IO',
    `cannot ${action} ${path}: ${message}; ${remedy}`,
    {
      cause: reason,
    },
  );
}

const REMEDIES: Record<string, string> = {
  ENOSPC: 'make room on this disk, then start again',
  EDQUOT: 'raise the quota or make room, then start again',
  EACCES: 'give this user the right to read and write there',
  EPERM: 'give this user the right to read and write there',
  EROFS: 'the file system is read-only: often a sign of a failing disk',
  EMFILE: 'raise the limit of open files (ulimit -n)',
  ENFILE: 'raise the limit of open files of the system',
};
