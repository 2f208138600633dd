import test from 'ava';
import fc from 'fast-check';
import { readRun } from '../../lib/core/entry.ts';
import {
  type BatchHeader,
  batchBytes,
  decodeHeader,
  encodeBatch,
  endIn,
  HEADER_BYTES,
  verifyBatch,
} from '../../lib/store/log/batch.ts';
import { Blank } from '../../lib/store/log/blank.ts';
import {
  checkSegmentHeader,
  encodeSegmentHeader,
  SECTOR_BYTES,
  segmentId,
  segmentName,
} from '../../lib/store/log/segment.ts';
import { entries } from './log-world.ts';

const u32 = fc.nat(2 ** 32 - 1);
const u48 = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const place = fc.record({ segment: u48, offset: u48 });
const payloads = fc.array(fc.uint8Array({ maxLength: 900 }), { maxLength: 5 });

const header = fc.record({
  owner: u32,
  place,
  sequence: u48,
  chain: u32,
  first: fc.integer({ min: 1, max: 2 ** 40 }),
  hard: fc.record({ term: u48, vote: fc.option(fc.integer({ min: 1, max: 2 ** 48 - 1 })) }),
  next: u48,
  mark: place,
  before: fc.record({ index: u48, term: u48 }),
  begins: fc.boolean(),
});

test('a batch is read as it was written, and its records are the ones that went in', (t) => {
  fc.assert(
    fc.property(header, payloads, (fields, bytes) => {
      const run = entries(fields.first, 3, ...bytes.map((payload) => Buffer.from(payload)));
      const whole: BatchHeader = { ...fields, bytes: batchBytes(run), count: run.length };
      const into = Buffer.alloc(whole.bytes, 0xff);
      const { checksum, offsets } = encodeBatch(whole, run, into);

      t.is(into.length % SECTOR_BYTES, 0);
      t.deepEqual(decodeHeader(into, 0, fields.owner, fields.place), whole);
      t.is(verifyBatch(into), checksum);
      t.is(endIn(into, fields.sequence), 'whole');
      const records = into.subarray(HEADER_BYTES, HEADER_BYTES + total(run));
      t.deepEqual(readRun(Buffer.from(records), 2000), run);
      t.deepEqual(offsets.length, run.length);
    }),
    { numRuns: 200 },
  );
});

function total(run: readonly { readonly record: Uint8Array }[]): number {
  return run.reduce((bytes, { record }) => bytes + record.length, 0);
}

test('D11: a header counts only where it was written, and for whom', (t) => {
  const at = { segment: 3, offset: 1024 };
  const fields = {
    owner: 7,
    place: at,
    bytes: SECTOR_BYTES,
    sequence: 9,
    chain: 1,
    count: 0,
    first: 5,
    hard: { term: 2, vote: null },
    next: 0,
    mark: at,
    before: { index: 4, term: 2 },
    begins: false,
  };
  const into = Buffer.alloc(SECTOR_BYTES);
  encodeBatch(fields, [], into);

  t.deepEqual(decodeHeader(into, 0, 7, at), fields);
  t.is(decodeHeader(into, 0, 8, at), null);
  t.is(decodeHeader(into, 0, 7, { segment: 4, offset: 1024 }), null);
  t.is(decodeHeader(into, 0, 7, { segment: 3, offset: 512 }), null);
  t.is(decodeHeader(into.subarray(0, HEADER_BYTES - 1), 0, 7, at), null);
});

test('every blank sector is its own, and only the right blank is blank', (t) => {
  const blank = new Blank(1, 1);
  const bytes = blank.bytes(512, 64 * SECTOR_BYTES);
  const sectors = Array.from({ length: 64 }, (_, i) =>
    bytes.toString('hex', i * 512, i * 512 + 512),
  );

  t.is(new Set(sectors).size, 64);
  t.true(blank.bytes(1024, 512).equals(bytes.subarray(512, 1024)));
  t.deepEqual(blank.sectors(bytes, 512), Array(64).fill(true));
  for (const other of [new Blank(2, 1), new Blank(1, 2), new Blank(1, 2 ** 40)]) {
    t.deepEqual(other.sectors(bytes, 512), Array(64).fill(false));
    t.false(other.hasWord(bytes, 512));
  }
});

test('one blank word is found in a batch, and none in zeros', (t) => {
  const blank = new Blank(5, 9);
  const bytes = Buffer.alloc(4 * SECTOR_BYTES);
  t.false(blank.hasWord(bytes, 2048));
  blank.bytes(2048 + 1024, 512).copy(bytes, 1024 + 64, 64, 72);
  t.true(blank.hasWord(bytes, 2048));
});

test('the header of a segment is read as it was written; its name tells its id', (t) => {
  const sector = encodeSegmentHeader({ owner: 7, id: 300, bytes: 8192 });
  const expected = { path: 'x', owner: 7, id: 300 };

  t.deepEqual(checkSegmentHeader(sector, 8192, expected), { owner: 7, id: 300, bytes: 8192 });
  t.throws(() => checkSegmentHeader(Buffer.alloc(0), 0, expected), {
    message: /header .* damaged/,
  });
  t.is(segmentName(300), '00000000012c.wal');
  t.is(segmentId('00000000012c.wal'), 300);
  for (const name of ['12c.wal', '00000000012c.wal.tmp', 'x', '00000000012C.wal']) {
    t.is(segmentId(name), null);
  }
});
