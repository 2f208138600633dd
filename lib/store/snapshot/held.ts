import type { Snapshot } from '../../core/snapshot.ts';
import { checksum } from '../../kit/checksum.ts';
import type { SnapshotPlace } from '../log/examine.ts';
import type { Disk } from '../ports.ts';
import { chunkAt, damagedChunk } from './content.ts';
import { CHUNK_BYTES, type Label } from './format.ts';
import { snapshotName } from './names.ts';

/** One snapshot that is there, whole and under its name. */
export class HeldSnapshot {
  readonly label: Label;
  readonly name: string;
  /** How many need it: it is not removed meanwhile. */
  holders = 0;
  /** Its content is not what was written. What its label says still holds. */
  isDamaged = false;
  readonly #disk: Disk;
  #read: { readonly chunk: number; readonly bytes: Buffer } | null = null;

  constructor(disk: Disk, label: Label) {
    this.#disk = disk;
    this.label = label;
    this.name = snapshotName(label.snapshot);
  }

  get path(): string {
    return `${this.#disk.path}/${this.name}`;
  }

  /** What the log must know of it. */
  get place(): SnapshotPlace {
    const { snapshot, isReceived } = this.label;
    const { index, term } = snapshot;
    return { index, term, isReceived, isDamaged: this.isDamaged };
  }

  is({ index, term, checksum }: Snapshot): boolean {
    const { snapshot } = this.label;
    return snapshot.index === index && snapshot.term === term && snapshot.checksum === checksum;
  }

  /** Reads a part of the content, as far as there is one. @returns null, and is damaged, if it is. */
  async read(offset: number, length: number): Promise<Buffer | null> {
    const end = Math.min(offset + length, this.label.snapshot.bytes);
    const parts: Buffer[] = [];
    for (let at = offset; at < end; ) {
      const chunk = Math.floor(at / CHUNK_BYTES);
      const bytes = await this.#chunk(chunk);
      if (bytes === null) return null;
      const start = chunk * CHUNK_BYTES;
      parts.push(bytes.subarray(at - start, end - start));
      at = start + CHUNK_BYTES;
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }

  /** All of the content, a chunk at a time, unchecked. */
  async *content(): AsyncGenerator<Buffer> {
    const file = await this.#disk.open(this.name);
    try {
      for (const chunk of this.label.sums.keys()) {
        yield await chunkAt(file, chunk, this.label.snapshot.bytes);
      }
    } finally {
      await file.close();
    }
  }

  /** Reads all of it. @returns false, and is damaged, if it is not what was written. */
  async isWhole(): Promise<boolean> {
    const file = await this.#disk.open(this.name);
    try {
      if ((await damagedChunk(file, this.label)) !== null) this.#doubt();
      return !this.isDamaged;
    } finally {
      await file.close();
    }
  }

  /** Neighbours mostly ask for parts of the same chunk, so the last one is kept. */
  async #chunk(chunk: number): Promise<Buffer | null> {
    if (this.#read?.chunk === chunk) return this.#read.bytes;
    const file = await this.#disk.open(this.name);
    try {
      const bytes = await chunkAt(file, chunk, this.label.snapshot.bytes);
      if (checksum(bytes) !== this.label.sums[chunk]) {
        this.#doubt();
        return null;
      }
      this.#read = { chunk, bytes };
      return bytes;
    } finally {
      await file.close();
    }
  }

  #doubt(): void {
    this.isDamaged = true;
    this.#read = null;
  }
}
