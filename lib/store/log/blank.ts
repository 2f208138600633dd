import { SECTOR_BYTES } from './segment.ts';

/**
 * The pattern of sectors that nothing was written to yet.
 *
 * Each sector repeats one word of eight bytes that depends on the owner, the segment and the sector, and that
 * no payload holds but by a chance of 2^-64. So a blank word inside a batch is proof that the disk
 * did not get all of it, which zeros would not be: payloads are full of zeros.
 */
export class Blank {
  readonly #seed: number;

  constructor(owner: number, segment: number) {
    this.#seed = mix(owner ^ mix(segment)) ^ Math.floor(segment / 2 ** 32);
  }

  /** The blank bytes from `offset` on; both numbers are whole sectors. */
  bytes(offset: number, length: number): Buffer {
    const words = new Uint32Array(length / 4);
    let sector = offset / SECTOR_BYTES;
    for (let start = 0; start < words.length; start += SECTOR_BYTES / 4) {
      const low = this.#low(sector);
      const high = this.#high(sector);
      const end = start + SECTOR_BYTES / 4;
      for (let i = start; i < end; i += 2) {
        words[i] = low;
        words[i + 1] = high;
      }
      sector += 1;
    }
    return Buffer.from(words.buffer);
  }

  /** Where blank sectors lie in `bytes`, which begin at `offset` of the segment: one flag each. */
  sectors(bytes: Buffer, offset: number): boolean[] {
    const blank = this.bytes(offset, bytes.length);
    const flags: boolean[] = [];
    for (let at = 0; at < bytes.length; at += SECTOR_BYTES) {
      flags.push(bytes.compare(blank, at, at + SECTOR_BYTES, at, at + SECTOR_BYTES) === 0);
    }
    return flags;
  }

  /** True if any aligned word of `bytes`, which begin at `offset`, still is blank. */
  hasWord(bytes: Buffer, offset: number): boolean {
    for (let at = 0; at + 8 <= bytes.length; at += 8) {
      const sector = Math.floor((offset + at) / SECTOR_BYTES);
      if (bytes.readUInt32LE(at) !== this.#low(sector)) continue;
      if (bytes.readUInt32LE(at + 4) === this.#high(sector)) return true;
    }
    return false;
  }

  // Every byte has its high bit set: never zero, and never the letters that a batch begins with.
  #low(sector: number): number {
    return (mix(this.#seed ^ sector) | 0x80808080) >>> 0;
  }

  #high(sector: number): number {
    return (mix(this.#seed + Math.imul(sector, 0x9e3779b1)) | 0x80808080) >>> 0;
  }
}

/** The finishing steps of MurmurHash3: every bit of the input moves about half of the output. */
function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
