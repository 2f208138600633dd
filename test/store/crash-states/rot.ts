import { Blank } from '../../../lib/store/log/blank.ts';
import { ownerCheck, SECTOR_BYTES, segmentId } from '../../../lib/store/log/segment.ts';
import { OWNER } from '../log-world.ts';
import type { Remains } from './remains.ts';

/** Bytes of a sector in which a bit rots: in a header, in the middle, in the end of a batch. */
const ROTTEN = [20, 300, 498];

type Files = Remains['files'];
/** The files of a log, of which one thing is not what it was. */
export type Rotten = { readonly told: string; readonly files: Files };

/** One bit that turned over, anywhere: even in a batch that no mark covers yet. */
export function* bitsOf(files: Files): Generator<Rotten> {
  yield* sectorsOf(files, (sector) =>
    ROTTEN.map((byte) => [`bit ${byte * 8} turned over`, flipped(sector, byte)]),
  );
}

/** One sector that was lost or went astray, or one file that is gone, where a mark covers all. */
export function* faultsOf(files: Files): Generator<Rotten> {
  // An empty directory becomes a new log; that there was one is known from the identity.
  if (files.length > 1) {
    for (const [at, [name]] of files.entries()) {
      yield { told: `${name} is gone`, files: files.toSpliced(at, 1) };
    }
  }
  yield* sectorsOf(files, (_, start, at) => {
    const [name, bytes] = files[at] as Files[number];
    const [, others] = files[(at + 1) % files.length] as Files[number];
    const blank = new Blank(ownerCheck(OWNER), segmentId(name) ?? 0);
    return [
      ['is full of zeros', Buffer.alloc(SECTOR_BYTES)],
      ['is blank as it was', blank.bytes(start, SECTOR_BYTES)],
      ['got the next one', bytes.subarray(start + SECTOR_BYTES, start + 2 * SECTOR_BYTES)],
      ['got that of another file', others.subarray(start, start + SECTOR_BYTES)],
    ];
  });
}

type Contents = readonly (readonly [how: string, content: Buffer])[];

function* sectorsOf(
  files: Files,
  contentsOf: (sector: Buffer, start: number, at: number) => Contents,
): Generator<Rotten> {
  for (const [at, [name, bytes]] of files.entries()) {
    for (let start = 0; start < bytes.length; start += SECTOR_BYTES) {
      const sector = bytes.subarray(start, start + SECTOR_BYTES);
      for (const [how, content] of contentsOf(sector, start, at)) {
        if (content.length === 0 || content.equals(sector)) continue;
        const rotten = Buffer.from(bytes);
        rotten.set(content, start);
        const told = `${name}: sector ${start / SECTOR_BYTES}: ${how}`;
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
