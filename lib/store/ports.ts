import type { Millis } from '../core/types.ts';

/**
 * What the store asks of the world below it. Each port has a real side (`*-real.ts`) and a twin in
 * memory (`*-memory.ts`) that can lose, tear and refuse what a real one can.
 */

/** One directory of files, as a write-ahead log needs it. Names are plain file names. */
export interface Disk {
  /** Where the directory is, for messages. */
  readonly path: string;
  list(): Promise<readonly string[]>;
  /** Opens an existing file for reading and writing. */
  open(name: string): Promise<DiskFile>;
  /** Makes a new file; fails if the name exists. Durable only after `file.sync` and `syncDirectory`. */
  create(name: string): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Makes creations, renames and removals durable. */
  syncDirectory(): Promise<void>;
}

/** Every failure is a StorageError: `FULL` if the disk is full, else `IO`. */
export interface DiskFile {
  readonly name: string;
  size(): Promise<number>;
  /** Reads up to `length` bytes at `position`; fewer only at the end of the file. */
  read(position: number, length: number): Promise<Buffer>;
  /** Hands all of `bytes` to the operating system, in this thread; typically 5 to 25 µs. */
  write(position: number, bytes: readonly Uint8Array[]): void;
  /** Makes every write so far durable (fdatasync) without blocking this thread. */
  sync(): Promise<void>;
  /** The same in this thread: blocks it for the length of a sync, but saves two thread switches. */
  syncNow(): void;
  close(): Promise<void>;
}

/** Time, for work that waits for a quiet moment. */
export interface Timer {
  /** Monotonic, in ms. */
  readonly now: () => Millis;
  /** Runs `task` once after `ms`; the returned function calls it off. */
  readonly after: (ms: Millis, task: () => void) => () => void;
}
