import { SECTOR_BYTES } from '../../../lib/store/log/segment.ts';
import type { Remains } from './remains.ts';

/** Bytes of a sector in which a bit rots: in a header, in the middle, in the end of a batch. */
const ROTTEN = [20, 300, 498];

type Files = Remains['files'];

/** What one fault of the disk, long after the last sync, may make of these files. */
export function* rotOf(files: Files): Generator<{ readonly told: string; readonly files: Files }> {
  for (const [at, [name, bytes]] of files.entries()) {
    // An empty directory becomes a new log; that there was one is known from the identity.
    if (files.length > 1) yield { told: `${name} is gone`, files: files.toSpliced(at, 1) };
    const blank = bytes.subarray(-SECTOR_BYTES);
    const after = files[(at + 1) % files.length]?.[1] ?? bytes;
    for (let start = 0; start < bytes.length; start += SECTOR_BYTES) {
      const sector = bytes.subarray(start, start + SECTOR_BYTES);
      const next = bytes.subarray(start + SECTOR_BYTES, start + 2 * SECTOR_BYTES);
      const contents = [
        ...ROTTEN.map((byte) => ['has a bit turned over', flipped(sector, byte)] as const),
        ['is full of zeros', Buffer.alloc(SECTOR_BYTES)] as const,
        ['lost what was written', blank] as const,
        ['got what belongs after it', next] as const,
        [
          'got what belongs into another file',
          after.subarray(start, start + SECTOR_BYTES),
        ] as const,
      ];
      for (const [how, content] of contents) {
        if (content.length === 0 || content.equals(sector)) continue;
        const rotten = Buffer.from(bytes);
        rotten.set(content, start);
        const told = `${name}: sector ${start / SECTOR_BYTES} ${how}`;
        yield { told, files: files.toSpliced(at, 1, [name, rotten]) };
      }
    }
  }
}

function flipped(sector: Buffer, byte: number): Buffer {
  const rotten = Buffer.from(sector);
  rotten[byte] = (rotten[byte] as number) ^ 4;
  return rotten;
}
