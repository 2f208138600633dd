const SECTOR_BYTES = 512;
/** A torn sector is torn between words: a disk moves several bytes at once. */
const WORD_BYTES = 8;

/** A number in [0, 1), from a seeded generator. */
export type Chance = () => number;

/** What the disk does with sectors that were never synced when the power goes. */
export type Crash = {
  /** Chance that a sector which was written but not synced is on the disk. */
  readonly kept: number;
  /** Chance that such a sector is half new, half old. */
  readonly torn: number;
};

/** What a sector held after a write; writes are numbered. */
export type Version = { readonly write: number; readonly content: Buffer };

/**
 * One file of the disk in memory: what programs see, what is on the platter, and between them
 * every content that a sector had since it was last synced. Any of those may be what a crash
 * leaves, and each sector decides for itself.
 */
export class MemoryFile {
  #seen: Buffer;
  #platter: Buffer;
  readonly #dirty = new Map<number, Version[]>();
  #writes = 0;

  constructor(content: Uint8Array = Buffer.alloc(0)) {
    this.#seen = Buffer.from(content);
    this.#platter = Buffer.from(content);
  }

  get size(): number {
    return this.#seen.length;
  }

  /** What programs see; to look at only. */
  get seen(): Buffer {
    return this.#seen;
  }

  /** What is durable for certain; to look at only. */
  get platter(): Buffer {
    return this.#platter;
  }

  /** Contents that a sector had since the last sync, oldest first: a crash may leave any of them. */
  get unsynced(): ReadonlyMap<number, readonly Version[]> {
    return this.#dirty;
  }

  copy(): MemoryFile {
    const copy = new MemoryFile(this.#platter);
    copy.#seen = Buffer.from(this.#seen);
    copy.#writes = this.#writes;
    for (const [sector, versions] of this.#dirty) copy.#dirty.set(sector, [...versions]);
    return copy;
  }

  read(position: number, length: number): Buffer {
    return Buffer.from(this.#seen.subarray(position, position + length));
  }

  write(position: number, bytes: Uint8Array): void {
    const end = position + bytes.length;
    if (end > this.#seen.length) this.#seen = extended(this.#seen, end);
    this.#seen.set(bytes, position);
    this.#writes += 1;
    const last = Math.floor((end - 1) / SECTOR_BYTES);
    for (let sector = Math.floor(position / SECTOR_BYTES); sector <= last; sector += 1) {
      const versions = this.#dirty.get(sector) ?? [];
      const start = sector * SECTOR_BYTES;
      const content = Buffer.from(this.#seen.subarray(start, start + SECTOR_BYTES));
      versions.push({ write: this.#writes, content });
      this.#dirty.set(sector, versions);
    }
  }

  /** Begins a sync. @returns what ends it: everything written before it began is on the platter. */
  sync(): () => void {
    const size = this.size;
    const upTo = this.#writes;
    return () => {
      if (this.#platter.length < size) this.#platter = extended(this.#platter, size);
      for (const [sector, versions] of [...this.#dirty]) {
        const newest = versions.findLast(({ write }) => write <= upTo);
        if (newest !== undefined) this.#put(sector, newest.content);
        const later = versions.filter(({ write }) => write > upTo);
        if (later.length > 0) this.#dirty.set(sector, later);
        else this.#dirty.delete(sector);
      }
    };
  }

  /**
   * A sync that fails as Linux lets it fail: some sectors arrive, the others stay visible but
   * count as clean, so that no later sync writes them.
   */
  failSync(chance: Chance): void {
    for (const [sector, versions] of this.#dirty) {
      if (chance() < 0.5) this.#put(sector, (versions.at(-1) as Version).content);
    }
    this.#dirty.clear();
  }

  /** The file as it is found when the power is back. */
  crashed(chance: Chance, { kept, torn }: Crash): MemoryFile {
    const file = new MemoryFile(this.#platter);
    for (const [sector, versions] of [...this.#dirty].sort(([a], [b]) => a - b)) {
      if (chance() >= kept) continue;
      const { content } = versions[Math.floor(chance() * versions.length)] as Version;
      file.#put(sector, chance() < torn ? file.#torn(sector, content, chance) : content);
    }
    file.#seen = Buffer.from(file.#platter);
    return file;
  }

  /** Turns one bit over, on the platter and as seen. */
  flip(offset: number, bit: number): void {
    for (const bytes of [this.#seen, this.#platter]) {
      if (offset < bytes.length) bytes[offset] = (bytes[offset] as number) ^ (1 << bit);
    }
  }

  #put(sector: number, content: Buffer): void {
    const start = sector * SECTOR_BYTES;
    const end = start + content.length;
    if (this.#platter.length < end) this.#platter = extended(this.#platter, end);
    this.#platter.set(content, start);
  }

  #torn(sector: number, content: Buffer, chance: Chance): Buffer {
    const start = sector * SECTOR_BYTES;
    const torn = Buffer.alloc(content.length);
    torn.set(this.#platter.subarray(start, start + content.length));
    const words = Math.ceil(content.length / WORD_BYTES);
    const cut = Math.floor(chance() * (words + 1)) * WORD_BYTES;
    if (chance() < 0.5) torn.set(content.subarray(0, cut));
    else torn.set(content.subarray(cut), Math.min(cut, content.length));
    return torn;
  }
}

function extended(bytes: Buffer, length: number): Buffer {
  const longer = Buffer.alloc(length);
  longer.set(bytes);
  return longer;
}
