import { checksum } from '../../kit/checksum.ts';
import type { DiskFile } from '../ports.ts';
import {
  CHUNK_BYTES,
  chunksOf,
  END_BYTES,
  FORMAT,
  type Label,
  readEnd,
  readLabel,
} from './format.ts';

/** Looks at the end of the file first. @returns the label of a snapshot, or what is wrong with it. */
export async function labelOf(file: DiskFile): Promise<Label | string> {
  const size = await file.size();
  const end = readEnd(await file.read(Math.max(0, size - END_BYTES), END_BYTES));
  if (typeof end === 'string') return end;
  if (end.format > FORMAT) return `it has format ${end.format}, and this version knows ${FORMAT}`;
  const { contentBytes, labelBytes } = end;
  if (contentBytes + labelBytes + END_BYTES !== size)
    return `it has ${size} bytes, and should have ${contentBytes + labelBytes + END_BYTES}`;
  return readLabel(await file.read(contentBytes, labelBytes), end);
}

/** Writes a content to a file from its beginning on, and sums it up on the way. */
export class ContentWriter {
  readonly #file: DiskFile;
  readonly #sums: number[] = [];
  #bytes = 0;
  #unsynced = 0;

  constructor(file: DiskFile) {
    this.#file = file;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get sums(): Uint32Array {
    return Uint32Array.from(this.#sums);
  }

  /** Syncs now and then, so that the syncs of the log never wait behind much. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#file.write(this.#bytes, [bytes]);
    for (let at = 0; at < bytes.length; ) {
      const chunk = Math.floor(this.#bytes / CHUNK_BYTES);
      const part = bytes.subarray(at, at + (chunk + 1) * CHUNK_BYTES - this.#bytes);
      this.#sums[chunk] = checksum(part, this.#sums[chunk] ?? 0);
      this.#bytes += part.length;
      at += part.length;
    }
    this.#unsynced += bytes.length;
    if (this.#unsynced < SYNC_BYTES) return;
    this.#unsynced = 0;
    await this.#file.sync();
  }
}

/** Written between two syncs. */
const SYNC_BYTES = 4 * 1024 * 1024;

/** The checksums of the chunks of the first `bytes` bytes of a file. */
export async function sumsOf(file: DiskFile, bytes: number): Promise<Uint32Array> {
  const sums = new Uint32Array(chunksOf(bytes));
  for (let i = 0; i < sums.length; i += 1) sums[i] = checksum(await chunkAt(file, i, bytes));
  return sums;
}

/** The number of the first chunk of the content that is not as it was written, or null. */
export async function damagedChunk(
  file: DiskFile,
  { snapshot, sums }: Label,
): Promise<number | null> {
  for (const [i, sum] of sums.entries()) {
    if (checksum(await chunkAt(file, i, snapshot.bytes)) !== sum) return i;
  }
  return null;
}

/** A chunk of a content of `bytes` bytes, unchecked. */
export function chunkAt(file: DiskFile, chunk: number, bytes: number): Promise<Buffer> {
  const start = chunk * CHUNK_BYTES;
  return file.read(start, Math.min(CHUNK_BYTES, bytes - start));
}
