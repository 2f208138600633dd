import { checksum } from '../../lib/kit/checksum.ts';
import { StorageError } from '../../lib/kit/errors.ts';
import { MemoryDisk } from '../../lib/store/disk/disk-memory.ts';
import { END_BYTES, HEADER_BYTES } from '../../lib/store/log/batch.ts';
import { diskWith, entries, filesOf, hard, openLog, readAll, write } from './log-world.ts';

/** Logs to damage, and what recovery makes of them. */

export const OPTIONS = { segmentBytes: 8192 };
export const FIRST = '000000000001.wal';
export const SECOND = '000000000002.wal';

export type Files = Record<string, Buffer>;

/** Two entries of 600 bytes, then one of 5; the last is covered by no mark unless the log is closed. */
export async function threeEntries(close: boolean): Promise<Files> {
  const disk = new MemoryDisk();
  const { store } = await openLog(disk, OPTIONS);
  await store.commit([write(entries(1, 1, 'x'.repeat(600)), hard(1))]);
  await store.commit([write(entries(2, 1, '\0'.repeat(600)))]);
  await store.commit([write(entries(3, 1, 'three'))]);
  if (close) await store.close();
  return filesOf(disk);
}

/** Twenty entries of 600 bytes: several segments. */
export async function severalSegments(): Promise<Files> {
  const disk = new MemoryDisk();
  const { store } = await openLog(disk, OPTIONS);
  for (let index = 1; index <= 20; index += 1) {
    await store.commit([write(entries(index, 1, 'x'.repeat(600)), hard(1))]);
  }
  return filesOf(disk);
}

export function flipped(files: Files, name: string, bit: number): Files {
  const bytes = Buffer.from(files[name] as Buffer);
  bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
  return { ...files, [name]: bytes };
}

export function changed(files: Files, name: string, change: (bytes: Buffer) => void): Files {
  const bytes = Buffer.from(files[name] as Buffer);
  change(bytes);
  return { ...files, [name]: bytes };
}

/** Changes a field of the header of the batch at `offset`, and makes the checksum fit. */
export function forge(bytes: Buffer, offset: number, field: number, value: number): void {
  bytes.writeUIntLE(value, offset + field, 6);
  bytes.writeUInt32LE(checksum(bytes.subarray(offset + 8, offset + HEADER_BYTES)), offset + 4);
}

/** Makes the checksum of a batch fit what is in it. */
export function seal(bytes: Buffer, offset: number, length: number): void {
  const end = offset + length - END_BYTES;
  bytes.writeUInt32LE(checksum(bytes.subarray(offset, end)), end);
}

export const BYTES_FIELD = 28;
export const SEQUENCE_FIELD = 34;

/** What recovery says: the entries, or the error it refuses with. Nothing is changed by a refusal. */
export async function verdict(files: Files): Promise<string[] | StorageError> {
  const disk = await diskWith(files);
  try {
    return await readAll(await openLog(disk, OPTIONS));
  } catch (reason) {
    if (!(reason instanceof StorageError)) throw reason;
    const left = await filesOf(disk);
    for (const name of Object.keys(files)) {
      if (!left[name]?.equals(files[name] as Buffer)) throw new Error(`${name} was changed`);
    }
    return reason;
  }
}

export async function refusal(files: Files): Promise<StorageError> {
  const found = await verdict(files);
  if (found instanceof StorageError) return found;
  throw new Error(`recovered ${found.length} entries`);
}
