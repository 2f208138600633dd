import test from 'ava';
import { StorageError } from '../../lib/kit/errors.ts';
import { MemoryDisk } from '../../lib/store/disk/disk-memory.ts';
import { END_BYTES, HEADER_BYTES } from '../../lib/store/log/batch.ts';
import { FIRST_BATCH, SECTOR_BYTES } from '../../lib/store/log/segment.ts';
import {
  changed,
  FIRST,
  type Files,
  flipped,
  OPTIONS,
  refusal,
  SECOND,
  severalSegments,
  threeEntries,
  verdict,
} from './damage.ts';
import { chance, entries, filesOf, hard, ManualTimer, openLog, write } from './log-world.ts';

test('D03 D04: a bit that rots wherever a mark covers it is refused, or does not matter', async (t) => {
  const files = await threeEntries(true);
  const whole = await verdict(files);
  let refused = 0;
  // The batches of the first two entries, two sectors each, and the segment's own header.
  const sectors = [0, 2, 3, 4, 5];
  for (const sector of sectors) {
    const random = chance(sector);
    for (let i = 0; i < 300; i += 1) {
      const bit = sector * SECTOR_BYTES * 8 + Math.floor(random() * SECTOR_BYTES * 8);
      const found = await verdict(flipped(files, FIRST, bit));
      if (found instanceof StorageError) refused += 1;
      else t.deepEqual(found, whole, `bit ${bit}`);
    }
  }
  t.true(refused > 1450, `${refused} of 1500 refused`);
});

test('D03: every bit that rots in a last batch without a mark is refused, or does not matter', async (t) => {
  const files = await threeEntries(false);
  const whole = await verdict(files);
  let refused = 0;
  const start = 6 * SECTOR_BYTES * 8;
  for (let bit = start; bit < start + SECTOR_BYTES * 8; bit += 1) {
    const found = await verdict(flipped(files, FIRST, bit));
    if (found instanceof StorageError) refused += 1;
    else t.deepEqual(found, whole, `bit ${bit - start}`);
  }
  // The last 12 bytes tell where a batch ends; its checksum does without them.
  t.is(refused, (SECTOR_BYTES - 12) * 8);
});

test('D04: a bit that rots in a segment that is no longer written to is refused', async (t) => {
  const files = await severalSegments();
  const random = chance(3);
  for (const name of [FIRST, SECOND]) {
    for (let i = 0; i < 200; i += 1) {
      // Up to the ninth sector all is in use in both.
      const bit = Math.floor(random() * 9 * SECTOR_BYTES * 8);
      const found = await verdict(flipped(files, name, bit));
      if (found instanceof StorageError) t.is(found.code, 'CORRUPT');
      else t.is(found.length, 20);
    }
  }
});

test('D05: a record full of zeros that rots is not taken for one that was never written', async (t) => {
  const files = await threeEntries(true);
  const middle = 4 * SECTOR_BYTES + 300;
  const { code, message } = await refusal(flipped(files, FIRST, middle * 8));

  t.is(code, 'CORRUPT');
  t.regex(message, new RegExp(`^memory/${FIRST} at offset ${4 * SECTOR_BYTES}: no intact batch`));
  t.regex(message, /nothing was changed.*Restore this data directory/);
});

test('a sector that turned into zeros or went back to blank is refused where a mark covers it', async (t) => {
  const files = await threeEntries(true);
  const blank = (files[FIRST] as Buffer).subarray(-SECTOR_BYTES);
  for (const content of [Buffer.alloc(SECTOR_BYTES), blank]) {
    for (const sector of [2, 3, 4, 5, 6]) {
      const rotten = changed(files, FIRST, (bytes) => bytes.set(content, sector * SECTOR_BYTES));
      t.is((await refusal(rotten)).code, 'CORRUPT');
    }
  }
});

test('a segment that no longer shows that it was continued is refused', async (t) => {
  const files = await severalSegments();
  const blank = (files['000000000004.wal'] as Buffer).subarray(-SECTOR_BYTES);
  for (const content of [Buffer.alloc(SECTOR_BYTES), blank]) {
    const end = 14 * SECTOR_BYTES;
    const rotten = changed(files, FIRST, (bytes) => bytes.set(content, end));
    const { message } = await refusal(rotten);
    t.regex(message, /at offset 7168: no intact batch, .*000000000002\.wal was written after it/);
  }
});

test('a damaged batch that still shows a part of its end is not taken for an unfinished one', async (t) => {
  const files = await threeEntries(false);
  const end = 7 * SECTOR_BYTES - END_BYTES;
  for (const [first, second] of [
    [0, 4],
    [0, 12],
  ] as const) {
    const rotten = flipped(flipped(files, FIRST, (end + first) * 8), FIRST, (end + second) * 8);
    t.is((await refusal(rotten)).code, 'CORRUPT');
  }
});

test('a batch with a hole is refused if anything at all was written after it', async (t) => {
  const files = await threeEntries(false);
  const rotten = changed(files, FIRST, (bytes) => {
    bytes.fill(0, 5 * SECTOR_BYTES, 6 * SECTOR_BYTES);
    bytes.fill(0xee, 6 * SECTOR_BYTES, 7 * SECTOR_BYTES);
  });
  t.is((await refusal(rotten)).code, 'CORRUPT');
});

test('the mark of a quiet moment covers the last entry', async (t) => {
  const timer = new ManualTimer();
  const disk = new MemoryDisk();
  const { store } = await openLog(disk, { ...OPTIONS, timer });
  await store.commit([write(entries(1, 1, 'only'), hard(1))]);
  const end = FIRST_BATCH + SECTOR_BYTES;
  const torn = (files: Files) =>
    changed(files, FIRST, (bytes) => bytes.fill(0, end, end + SECTOR_BYTES));
  t.deepEqual(await verdict(torn(await filesOf(disk))), [], 'so far it looks unfinished');

  timer.pass(50);
  await new Promise((resolve) => setImmediate(resolve));
  t.is((await refusal(torn(await filesOf(disk)))).code, 'CORRUPT');
});

test('a stored entry that rots while the log is open is refused when it is read', async (t) => {
  const disk = new MemoryDisk();
  const { store } = await openLog(disk, OPTIONS);
  await store.commit([write(entries(1, 1, 'x'.repeat(600), 'y'), hard(1))]);
  disk.flip(FIRST, FIRST_BATCH + SECTOR_BYTES + HEADER_BYTES + 30, 3);

  const error = (await t.throwsAsync(store.read(1, 1000))) as StorageError;
  t.is(error.code, 'CORRUPT');
  t.regex(error.message, /000000000001\.wal at offset 1120: entry 1 is damaged \(checksum\)/);
});
