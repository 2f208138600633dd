import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import test, { type ExecutionContext } from 'ava';
import { StorageError } from '../../lib/kit/errors.ts';
import { MemoryDisk } from '../../lib/store/disk/disk-memory.ts';
import { realDisk, storageError } from '../../lib/store/disk/disk-real.ts';
import { encodeSegmentHeader, ownerCheck, SECTOR_BYTES } from '../../lib/store/log/segment.ts';
import { replay, SETTINGS } from './crash-states/hunt.ts';
import type { Operation } from './crash-states/operations.ts';
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
import { diskWith, entries, fileBytes, hard, OWNER, openLog, readAll, write } from './log-world.ts';
import { temporaryDirectory } from './temporary.ts';

/** What a disk may do, as the rows of a table: a number, the rule, and the proof. */
type Row = readonly [id: string, rule: string, proof: (t: ExecutionContext) => Promise<void>];

const SPARE = '000000000004.wal';
const THIRD = '000000000003.wal';

/** Plays the sequences in every setting; each crash state must recover. */
async function survives(t: ExecutionContext, ...sequences: readonly Operation[][]): Promise<void> {
  for (const operations of sequences) {
    for (const setting of SETTINGS) {
      const { failure, distinct } = await replay(setting, operations, false);
      t.is(failure, null);
      t.true(distinct > 20, `${distinct}`);
    }
  }
}

/** A copy of the sector or sectors from one place put over another. */
function misdirected(files: Files, from: readonly [string, number], to: readonly [string, number]) {
  const source = files[from[0]] as Buffer;
  const batch = source.subarray(from[1] * SECTOR_BYTES, (from[1] + 2) * SECTOR_BYTES);
  return changed(files, to[0], (bytes) => bytes.set(batch, to[1] * SECTOR_BYTES));
}

const ROWS: readonly Row[] = [
  [
    'D06',
    'any length that rots is refused at its place, and nothing of that size is allocated',
    async (t) => {
      const files = await threeEntries(true);
      const before = process.memoryUsage().arrayBuffers;
      // The length of a batch, 6 bytes at 28, and that of its first record, 4 bytes at 96.
      for (const [field, bytes] of [
        [28, 6],
        [96, 4],
      ] as const) {
        for (let bit = 0; bit < bytes * 8; bit += 1) {
          const at = (2 * SECTOR_BYTES + field) * 8 + bit;
          const { code, message } = await refusal(flipped(files, FIRST, at));
          t.is(code, 'CORRUPT');
          t.regex(message, /000000000001\.wal at offset 1024/);
        }
      }
      t.true(process.memoryUsage().arrayBuffers - before < 64 * 1024 * 1024);
    },
  ],
  [
    'D07',
    'a segment that holds nothing yet is made anew whatever its header says; one in use is refused',
    async (t) => {
      const files = await severalSegments();
      const headers = {
        rotten: Buffer.alloc(SECTOR_BYTES, 7),
        'another id': encodeSegmentHeader({ owner: ownerCheck(OWNER), id: 9, bytes: 8192 }),
        'another size': encodeSegmentHeader({ owner: ownerCheck(OWNER), id: 4, bytes: 4096 }),
      };
      for (const [what, header] of Object.entries(headers)) {
        const spoilt = (name: string) => changed(files, name, (bytes) => bytes.set(header));
        const disk = await diskWith(spoilt(SPARE));
        const { store, last } = await openLog(disk, OPTIONS);
        t.is(last.index, 20, what);
        for (let index = 21; index <= 30; index += 1) {
          await store.commit([write(entries(index, 1, 'x'.repeat(600)))]);
        }
        t.is((await openLog(disk, OPTIONS)).last.index, 30, what);
        for (const used of [FIRST, SECOND, THIRD]) {
          t.is((await refusal(spoilt(used))).code, 'CORRUPT', `${what} in ${used}`);
        }
      }
    },
  ],
  [
    'D09',
    'a crash at any step of making the log or its next segment leaves a log that opens',
    (t) => survives(t, [], ['small'], ['small', 'small'], ['large'], ['small', 'large', 'large']),
  ],
  [
    'D10',
    'term and vote are in every batch: no rot brings an older vote back',
    async (t) => {
      const disk = new MemoryDisk();
      const { store } = await openLog(disk, OPTIONS);
      await store.commit([write([], hard(1, 2))]);
      await store.commit([write([], hard(2, 3))]);
      await store.close();
      const file = await fileBytes(disk, FIRST);
      for (const sector of [2, 3]) {
        for (let bit = 0; bit < SECTOR_BYTES * 8; bit += 7) {
          const at = sector * SECTOR_BYTES * 8 + bit;
          const found = await verdict(flipped({ [FIRST]: file }, FIRST, at));
          if (!(found instanceof StorageError)) {
            const { hard: kept } = await openLog(
              await diskWith(flipped({ [FIRST]: file }, FIRST, at)),
            );
            t.deepEqual(kept, hard(2, 3));
          }
        }
      }
    },
  ],
  [
    'D11',
    'a batch that was written to any other place, over another one or not, does not count there',
    async (t) => {
      const files = await severalSegments();
      const whole = await verdict(files);
      const places = [FIRST, SECOND, THIRD].flatMap((name) =>
        [2, 4, 6, 8].map((sector) => [name, sector] as const),
      );
      let refused = 0;
      for (const from of places) {
        for (const to of places) {
          const found = await verdict(misdirected(files, from, to));
          if (found instanceof StorageError) refused += 1;
          else t.deepEqual(found, whole);
        }
      }
      t.is(refused, places.length * (places.length - 1));
      // Over a segment that holds nothing it does no harm.
      t.deepEqual(await verdict(misdirected(files, [FIRST, 2], [SPARE, 2])), whole);
    },
  ],
  [
    'D13',
    'a sync that fails ends the log, and what it seemed to store is stored anew or gone for good',
    (t) => survives(t, ['large', 'small'], ['replace', 'vote'], ['two', 'large']),
  ],
  [
    'D14',
    'while a sync hangs nothing is acknowledged, and nothing else is begun',
    async (t) => {
      const held: (() => void)[] = [];
      let hangs = false;
      const disk = new MemoryDisk({
        finish: (end) => (hangs ? held.push(end) : queueMicrotask(end)),
      });
      const { store } = await openLog(disk, OPTIONS);
      await store.commit([write(entries(1, 1, 'a'), hard(1))]);
      hangs = true;
      let isAcknowledged = false;
      const hanging = Promise.resolve(store.commit([write(entries(2, 1, 'b'))]));
      void hanging.then(() => {
        isAcknowledged = true;
      });
      await new Promise((resolve) => setImmediate(resolve));
      t.false(isAcknowledged);
      t.is(held.length, 1);
      t.throws(() => store.commit([write(entries(3, 1, 'c'))]), {
        message: /one commit at a time/,
      });

      hangs = false;
      held[0]?.();
      await hanging;
      await store.commit([write(entries(3, 1, 'c'))]);
      t.deepEqual(await readAll(await openLog(disk, OPTIONS)), ['1/1 a', '2/1 b', '3/1 c']);
    },
  ],
  [
    'D17',
    'a file system that went read-only is an error that says so',
    async (t) => {
      const reason = Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
      const { code, message } = storageError('write', '/data/1/wal/000000000001.wal', reason);
      t.is(code, 'IO');
      t.regex(
        message,
        /cannot write .*000000000001\.wal.*read-only: often a sign of a failing disk/,
      );
    },
  ],
  [
    'D18',
    'names that were not synced may be lost at a crash, and with them nothing acknowledged',
    (t) => survives(t, ['small', 'small', 'large'], ['large', 'large', 'small']),
  ],
  [
    'D27',
    'a suffix that was taken away never comes back, wherever a crash falls while it is replaced',
    (t) =>
      survives(
        t,
        ['small', 'small', 'replace'],
        ['large', 'replace', 'small'],
        ['two', 'replace', 'replace'],
      ),
  ],
];

for (const [id, rule, proof] of ROWS) test(`${id}: ${rule}`, proof);

// Replaces a function of the process for as long as it takes, so nothing else may run.
test.serial('D15: a write of which the system takes only a part is gone on with', async (t) => {
  const disk = realDisk(temporaryDirectory(t));
  const file = await disk.create('a');
  const { writeSync } = fs;
  let calls = 0;
  const sparing = (fd: number, bytes: Uint8Array, offset: number, length: number, at: number) => {
    calls += 1;
    return writeSync(fd, bytes, offset, Math.min(length, 7), at);
  };
  try {
    fs.writeSync = sparing as typeof fs.writeSync;
    syncBuiltinESMExports();
    file.write(3, [Buffer.from('a rather long text'), Buffer.from(', and another one')]);
  } finally {
    fs.writeSync = writeSync;
    syncBuiltinESMExports();
  }
  t.is(calls, 6);
  t.is((await fileBytes(disk, 'a')).toString().slice(3), 'a rather long text, and another one');
  await file.close();
});
