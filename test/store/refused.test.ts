import test from 'ava';
import { checksum } from '../../lib/kit/checksum.ts';
import { type StorageCode, StorageError } from '../../lib/kit/errors.ts';
import { HEADER_BYTES } from '../../lib/store/log/batch.ts';
import { SECTOR_BYTES } from '../../lib/store/log/segment.ts';
import type { Disk } from '../../lib/store/ports.ts';
import {
  BYTES_FIELD,
  changed,
  FIRST,
  type Files,
  forge,
  OPTIONS,
  refusal,
  SECOND,
  SEQUENCE_FIELD,
  seal,
  severalSegments,
  threeEntries,
} from './damage.ts';
import { diskWith, ManualTimer, OWNER, openLog } from './log-world.ts';

const refuses = test.macro({
  async exec(t, make: () => Promise<Files>, code: StorageCode, message: RegExp) {
    const error = await refusal(await make());
    t.is(error.code, code);
    t.regex(error.message, message);
  },
  title: (title = '') => `${title} is refused`,
});

test(
  'D06: a batch that claims to be larger than the segment',
  refuses,
  async () =>
    changed(await threeEntries(true), FIRST, (bytes) =>
      forge(bytes, 2 * SECTOR_BYTES, BYTES_FIELD, 2 ** 47),
    ),
  'CORRUPT',
  /000000000001\.wal at offset 1024: a batch claims \d+ bytes/,
);

test(
  'D06: a record that claims to be larger than its batch',
  refuses,
  async () =>
    changed(await threeEntries(true), FIRST, (bytes) => {
      bytes.writeUInt32LE(0xffff_ffff, 2 * SECTOR_BYTES + HEADER_BYTES);
      seal(bytes, 2 * SECTOR_BYTES, 2 * SECTOR_BYTES);
    }),
  'CORRUPT',
  /at offset 1120: the records of a batch do not fit together/,
);

test(
  'a batch that does not follow the one before it',
  refuses,
  async () =>
    changed(await threeEntries(true), FIRST, (bytes) =>
      forge(bytes, 2 * SECTOR_BYTES, SEQUENCE_FIELD, 9),
    ),
  'CORRUPT',
  /at offset 1024: batch 9 does not follow batch 1/,
);

test(
  'D11: a batch that was written to the wrong place',
  refuses,
  async () =>
    changed(await threeEntries(true), FIRST, (bytes) =>
      bytes.copyWithin(2 * SECTOR_BYTES, 4 * SECTOR_BYTES, 6 * SECTOR_BYTES),
    ),
  'CORRUPT',
  /at offset 1024: no intact batch/,
);

test(
  'a segment that is missing in the middle',
  refuses,
  async () => {
    const { [SECOND]: _, ...rest } = await severalSegments();
    return rest;
  },
  'CORRUPT',
  /000000000002\.wal at offset 0: the file is missing, although .*000000000001\.wal goes on in it/,
);

test(
  'a segment that is missing at the end',
  refuses,
  async () => {
    const {
      '000000000003.wal': _last,
      '000000000004.wal': _spare,
      ...rest
    } = await severalSegments();
    return rest;
  },
  'CORRUPT',
  /the file is missing/,
);

test(
  'a log that has lost its oldest segment',
  refuses,
  async () => {
    const { [FIRST]: _, ...rest } = await severalSegments();
    return rest;
  },
  'CORRUPT',
  /the log begins after entry \d+, and no snapshot stands for/,
);

test(
  'a segment that was cut short',
  refuses,
  async () => {
    const files = await threeEntries(true);
    return { [FIRST]: (files[FIRST] as Buffer).subarray(0, 7000) };
  },
  'CORRUPT',
  /the file has 7000 bytes, it was made with 8192/,
);

test(
  'D07: a segment under the name of another',
  refuses,
  async () => {
    const files = await severalSegments();
    return { ...files, [SECOND]: files['000000000003.wal'] as Buffer };
  },
  'CORRUPT',
  /its header says segment 3, its name 2/,
);

test(
  'D07: a segment of a newer format',
  refuses,
  async () =>
    changed(await threeEntries(true), FIRST, (bytes) => {
      bytes.writeUInt32LE(2, 8);
      bytes.writeUInt32LE(checksum(bytes.subarray(8, SECTOR_BYTES)), 4);
    }),
  'TOO_NEW',
  /has format 2, this program knows 1/,
);

test('the log of another node, cluster or incarnation is refused', async (t) => {
  const files = await threeEntries(true);
  for (const other of [{ node: 2 }, { cluster: 'other' }, { incarnation: 8 }]) {
    const disk = await diskWith(files);
    const opening = openLog(disk, { ...OPTIONS, owner: { ...OWNER, ...other } });
    const { code } = (await t.throwsAsync(opening, { instanceOf: StorageError })) as StorageError;
    t.is(code, 'FOREIGN');
  }
});

test('a log may begin where a snapshot ends, and no later', async (t) => {
  const { [FIRST]: _, ...rest } = await severalSegments();
  const { base, last, hard, store } = await openLog(await diskWith(rest), {
    ...OPTIONS,
    snapshots: [{ index: 6, term: 1, isReceived: false, isDamaged: false }],
  });
  t.deepEqual([base.index, last.index, hard.term], [6, 20, 1]);
  t.is((await store.read(7, 100))[0]?.index, 7);
  const opening = openLog(await diskWith(rest), {
    ...OPTIONS,
    snapshots: [{ index: 5, term: 1, isReceived: false, isDamaged: false }],
  });
  await t.throwsAsync(opening, { instanceOf: StorageError, message: /begins after entry 6/ });
});

test('files that are not ours are left alone, which is told; unfinished ones are removed', async (t) => {
  const files = await threeEntries(true);
  const disk = await diskWith({
    ...files,
    'notes.txt': Buffer.from('mine'),
    '000000000002.wal.tmp': Buffer.alloc(100),
  });
  const { notes } = await openLog(disk, OPTIONS);

  t.deepEqual(await disk.list(), [FIRST, 'notes.txt']);
  t.deepEqual(notes, ['memory/notes.txt: not a file of this program, left alone']);
});

/** Files whose reads fail from the one of that number on. */
function unreadable(disk: Disk, first: number): Disk {
  let reads = 0;
  const open = disk.open.bind(disk);
  disk.open = async (name) => {
    const file = await open(name);
    const read = file.read.bind(file);
    file.read = async (position, length) => {
      reads += 1;
      if (reads >= first) throw new StorageError('IO', `read ${reads} failed`);
      return read(position, length);
    };
    return file;
  };
  return disk;
}

test('a recovery that a read ends, whichever it is, leaves nothing that would write later', async (t) => {
  const files = await threeEntries(false);
  let read = 1;
  for (; ; read += 1) {
    const timer = new ManualTimer();
    const disk = unreadable(await diskWith(files), read);
    const failure = await openLog(disk, { timer }).then(
      () => null,
      (reason: Error) => reason,
    );
    if (failure === null) break;
    t.is(failure.message, `read ${read} failed`);
    t.is(timer.waiting, 0, failure.message);
  }
  t.true(read > 4);
});
