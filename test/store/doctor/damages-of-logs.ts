import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { checksum } from '../../../lib/kit/checksum.ts';
import { HEADER_BYTES } from '../../../lib/store/log/batch.ts';
import { SECTOR_BYTES } from '../../../lib/store/log/segment.ts';
import {
  BYTES_FIELD,
  changed,
  FIRST,
  flipped,
  forge,
  SECOND,
  SEQUENCE_FIELD,
  seal,
} from '../damage.ts';
import {
  gone,
  inJson,
  inLog,
  lastBatch,
  note,
  put,
  type Row,
  refuses,
  SECOND_BATCH,
  THIRD,
} from './damages.ts';
import { changeLog } from './node-directory.ts';

/** What a log may have been through. */
export const LOG_ROWS: readonly Row[] = [
  ['nothing', 'closed', () => {}, []],
  ['kill -9', 'killed', () => {}, []],
  // what recovery repairs
  [
    'a last batch without its end',
    'killed',
    (root) => {
      inLog(THIRD, (bytes) => {
        const end = lastBatch(bytes) + 1024;
        bytes.fill(0, end - SECTOR_BYTES, end);
      })(root);
      gone('db')(root);
    },
    [
      ...note('log', /\.wal at offset \d+: 1024 bytes of an unfinished batch \(it has no end\)/),
      ...note('database', /there is none/),
    ],
  ],
  [
    'a segment that was made in advance',
    'closed',
    put('wal/000000000004.wal', 'nothing in it counts'),
    note('log', /000000000004\.wal: made in advance and not used/),
  ],
  [
    'a segment that was being made',
    'closed',
    put('wal/000000000009.wal.tmp', 'half'),
    note('files', /000000000009\.wal\.tmp: a segment that was being made/),
  ],
  [
    'a file of somebody else in the log',
    'closed',
    put('wal/notes.txt', 'mine'),
    note('files', /notes\.txt: not a file of this program/),
  ],
  [
    'a file of somebody else',
    'closed',
    put('README', 'mine'),
    note('files', /README: not a file of this program/),
  ],
  // what recovery refuses
  [
    'a batch in the middle that rots',
    'closed',
    (root) => changeLog(root, (files) => flipped(files, FIRST, (SECOND_BATCH + 300) * 8)),
    refuses('log', 'CORRUPT', /000000000001\.wal at offset 1024: no intact batch, although/),
  ],
  [
    'a last batch that is complete and rots',
    'killed',
    inLog(THIRD, (bytes) => {
      const at = lastBatch(bytes) + 200;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
    }),
    refuses('log', 'CORRUPT', /complete but damaged/),
  ],
  [
    'a batch that claims too much',
    'closed',
    inLog(FIRST, (bytes) => forge(bytes, SECOND_BATCH, BYTES_FIELD, 2 ** 47)),
    refuses('log', 'CORRUPT', /a batch claims \d+ bytes/),
  ],
  [
    'a batch that does not follow',
    'closed',
    inLog(FIRST, (bytes) => forge(bytes, SECOND_BATCH, SEQUENCE_FIELD, 9)),
    refuses('log', 'CORRUPT', /batch 9 does not follow batch 1/),
  ],
  [
    'records that do not fit together',
    'closed',
    inLog(FIRST, (bytes) => {
      bytes.writeUInt32LE(0xffff_ffff, SECOND_BATCH + HEADER_BYTES);
      seal(bytes, SECOND_BATCH, 2 * SECTOR_BYTES);
    }),
    refuses('log', 'CORRUPT', /at offset 1120: the records of a batch do not fit together/),
  ],
  [
    'a first batch that rots',
    'closed',
    inLog(FIRST, (bytes) => bytes.fill(7, SECTOR_BYTES, SECOND_BATCH)),
    refuses('log', 'CORRUPT', /the first batch of the log is damaged/),
  ],
  [
    'a segment missing in the middle',
    'closed',
    gone(`wal/${SECOND}`),
    refuses('log', 'CORRUPT', /000000000002\.wal at offset 0: the file is missing/),
  ],
  [
    'a segment missing at the end',
    'closed',
    gone(`wal/${THIRD}`),
    refuses('log', 'CORRUPT', /the file is missing/),
  ],
  [
    'the oldest segment missing',
    'closed',
    gone(`wal/${FIRST}`),
    refuses('log', 'CORRUPT', /the log begins after entry \d+/),
  ],
  [
    'a segment cut short',
    'closed',
    (root) => truncateSync(join(root, 'wal', FIRST), 7000),
    refuses('log', 'CORRUPT', /has 7000 bytes, it was made with 8192/),
  ],
  [
    'a segment whose header rots',
    'closed',
    inLog(SECOND, (bytes) => bytes.fill(0, 0, 8)),
    refuses('log', 'CORRUPT', /the header of the segment is damaged/),
  ],
  [
    'a segment under the name of another',
    'closed',
    (root) => changeLog(root, (files) => ({ ...files, [SECOND]: files[THIRD] as Buffer })),
    refuses('log', 'CORRUPT', /its header says segment 3, its name 2/),
  ],
  [
    'a segment of a newer format',
    'closed',
    (root) =>
      changeLog(root, (files) =>
        changed(files, FIRST, (bytes) => {
          bytes.writeUInt32LE(2, 8);
          bytes.writeUInt32LE(checksum(bytes.subarray(8, SECTOR_BYTES)), 4);
        }),
      ),
    refuses('log', 'TOO_NEW', /has format 2, this program knows 1/),
  ],
  [
    'the log of an earlier life',
    'closed',
    inJson('identity.json', { incarnation: 5 }),
    refuses('log', 'FOREIGN', /belongs to the log of another node/),
  ],
];
