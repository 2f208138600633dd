import test from 'ava';
import { MemoryDisk } from '../../lib/store/disk/disk-memory.ts';
import { SECTOR_BYTES } from '../../lib/store/log/segment.ts';
import {
  chance,
  diskWith,
  entries,
  fileBytes,
  hard,
  openLog,
  readAll,
  write,
} from './log-world.ts';

const SEGMENT = '000000000001.wal';
const SEGMENT_BYTES = 16 * 1024;
const ACKNOWLEDGED = ['1/1 one', '2/1 two'];

type Images = {
  /** The segment before the last batch was written, and after. */
  readonly before: Buffer;
  readonly after: Buffer;
  /** Where the last batch is. */
  readonly start: number;
  readonly end: number;
};

/** A log with two acknowledged entries, and a last batch that may be cut up. */
async function withLastBatch(...payloads: string[]): Promise<Images> {
  const disk = new MemoryDisk();
  const { store } = await openLog(disk, { segmentBytes: SEGMENT_BYTES });
  await store.commit([write(entries(1, 1, 'one', 'two'), hard(1))]);
  const before = await fileBytes(disk, SEGMENT);
  await store.commit([write(entries(3, 2, ...payloads), hard(2, 3))]);
  const after = await fileBytes(disk, SEGMENT);
  const start = before.findIndex((byte, i) => byte !== after[i]);
  const sectors = Math.ceil((96 + payloads.join('').length + payloads.length * 24 + 16) / 512);
  return { before, after, start, end: start + sectors * SECTOR_BYTES };
}

/** Recovers the segment, stores one more entry, recovers again, and tells what was there. */
async function survivors(segment: Buffer): Promise<{ found: string[]; term: number }> {
  const disk = await diskWith({ [SEGMENT]: segment });
  const recovered = await openLog(disk, { segmentBytes: SEGMENT_BYTES });
  const found = await readAll(recovered);
  const next = found.length + 1;
  await recovered.store.commit([write(entries(next, 9, 'later'), hard(9))]);
  const again = await readAll(await openLog(disk, { segmentBytes: SEGMENT_BYTES }));
  if (again.join() !== [...found, `${next}/9 later`].join()) throw new Error(again.join());
  return { found, term: recovered.hard.term };
}

type Fill = (before: Buffer, length: number) => Buffer;
const FILLS = {
  'as it was before': (before: Buffer) => before,
  'full of zeros': (_: Buffer, length: number) => Buffer.alloc(length),
  garbage: (_: Buffer, length: number) => {
    const random = chance(5);
    return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
  },
} satisfies Record<string, Fill>;

const cutEverywhere = test.macro({
  async exec(t, fill: keyof typeof FILLS, ...payloads: string[]) {
    const { before, after, start, end } = await withLastBatch(...payloads);
    const whole = [...ACKNOWLEDGED, ...payloads.map((payload, i) => `${3 + i}/2 ${payload}`)];
    let kept = 0;
    for (let cut = start; cut <= end; cut += 1) {
      const rest = FILLS[fill](before.subarray(cut, end), end - cut);
      const segment = Buffer.concat([after.subarray(0, cut), rest, after.subarray(end)]);
      const { found, term } = await survivors(segment);
      const isWhole = found.length > ACKNOWLEDGED.length;
      t.deepEqual(found, isWhole ? whole : ACKNOWLEDGED, `cut at byte ${cut - start}`);
      t.is(term, isWhole ? 2 : 1);
      if (isWhole) kept += 1;
      if (cut < end - 12) t.false(isWhole);
    }
    t.true(kept > 0);
  },
  title: (_, fill, ...payloads) =>
    `D01: a last batch of ${payloads.length} cut at every byte, the rest ${fill}, is kept whole or dropped whole`,
});

for (const fill of ['as it was before', 'full of zeros', 'garbage'] as const) {
  test(cutEverywhere, fill, 'three');
  test(cutEverywhere, fill, 'three', 'x'.repeat(700), 'five');
}

test('D02: a last batch of which any subset of sectors arrived is dropped, unless all did', async (t) => {
  const payloads = ['a'.repeat(900), 'b'.repeat(1800), '\0'.repeat(900)];
  const { before, after, start, end } = await withLastBatch(...payloads);
  const sectors = (end - start) / SECTOR_BYTES;
  t.is(sectors, 8);
  for (let subset = 0; subset < 2 ** sectors; subset += 1) {
    const segment = Buffer.from(before);
    for (let sector = 0; sector < sectors; sector += 1) {
      const at = start + sector * SECTOR_BYTES;
      if (subset & (1 << sector)) after.copy(segment, at, at, at + SECTOR_BYTES);
    }
    const isWhole = subset === 2 ** sectors - 1;
    const { found } = await survivors(segment);
    t.is(found.length, isWhole ? 5 : 2, `subset ${subset.toString(2)}`);
  }
});

test('what is dropped is told, with the place and the reason', async (t) => {
  const { before, after, start } = await withLastBatch('x'.repeat(1000));
  const segment = Buffer.concat([after.subarray(0, start + 512), before.subarray(start + 512)]);
  const { notes } = await openLog(await diskWith({ [SEGMENT]: segment }));

  t.is(notes.length, 1);
  t.true(notes[0]?.startsWith(`memory/${SEGMENT} at offset ${start}: dropped 512 bytes`));
  t.regex(notes[0] ?? '', /nothing in it was acknowledged/);
});

test('what is dropped is gone for good before anything new is stored', async (t) => {
  const { before, after, start } = await withLastBatch('x'.repeat(1000));
  const segment = Buffer.concat([after.subarray(0, start + 512), before.subarray(start + 512)]);
  const disk = await diskWith({ [SEGMENT]: segment });
  await openLog(disk);

  const afterCrash = disk.crash(() => 1, { kept: 0, torn: 0 });
  t.true((await fileBytes(afterCrash, SEGMENT)).equals(before));
});
