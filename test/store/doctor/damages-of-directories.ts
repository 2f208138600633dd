import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gone, inJson, note, put, type Row, refuses } from './damages.ts';

/** What all but the log may have been through. */
export const DIRECTORY_ROWS: readonly Row[] = [
  [
    'no identity and no log',
    'closed',
    gone('identity.json', 'wal', 'db'),
    [...note('identity', /nothing was ever stored here/), ...note('database', /there is none/)],
  ],
  [
    'an identity that says there is no log yet',
    'closed',
    (root) => {
      inJson('identity.json', { hasLog: false })(root);
      gone('db')(root);
    },
    [...note('identity', /nothing was ever stored here/), ...note('database', /there is none/)],
  ],
  [
    'a database that was left without its log',
    'closed',
    gone('identity.json', 'wal'),
    [
      ...note('identity', /nothing was ever stored here/),
      ...refuses('database', 'CORRUPT', /has applied entry 16, but the log ends at 0/),
    ],
  ],
  [
    'a lost log',
    'closed',
    gone('wal'),
    refuses('identity', 'CORRUPT', /says that there is a log, but it is gone/),
  ],
  [
    'a lost identity',
    'closed',
    gone('identity.json'),
    refuses('identity', 'CORRUPT', /there is a log, but no identity\.json/),
  ],
  [
    'an identity that is empty',
    'closed',
    put('identity.json', ''),
    refuses('identity', 'CORRUPT', /identity\.json cannot be read/),
  ],
  [
    'an identity that is no identity',
    'closed',
    put('identity.json', '[1]'),
    refuses('identity', 'CORRUPT', /identity\.json cannot be read/),
  ],
  [
    'an identity of a newer format',
    'closed',
    inJson('identity.json', { format: 3 }),
    refuses('identity', 'TOO_NEW', /has format 3/),
  ],
  [
    'an identity with a member that is none',
    'closed',
    inJson('identity.json', { members: [1] }),
    refuses('identity', 'CORRUPT', /identity\.json cannot be read/),
  ],
  [
    'the identity of a node that was removed',
    'closed',
    inJson('identity.json', { removed: 7 }),
    refuses(
      'identity',
      'REMOVED',
      /was removed from its cluster \(entry 7\): start it with --join/,
    ),
  ],
  // the database
  [
    'no database',
    'closed',
    gone('db'),
    note('database', /there is none; a start makes it from the newest snapshot and the log/),
  ],
  [
    'a database without its stamp',
    'closed',
    gone('db/stamp.json'),
    note(
      'database',
      /rebuilds it from the newest snapshot and the log: nothing says how it was left/,
    ),
  ],
  [
    'a database whose stamp is garbage',
    'closed',
    put('db/stamp.json', '\u0000\u0001'),
    note('database', /stamp\.json is damaged/),
  ],
  [
    'a database without its file',
    'closed',
    gone('db/data.mdb'),
    note('database', /data\.mdb is missing/),
  ],
  [
    'a database that a power cut may have torn',
    'killed',
    inJson('db/stamp.json', { boot: 'before' }),
    note('database', /restarted before it was closed/),
  ],
  [
    'a database that its process died of',
    'closed',
    inJson('db/stamp.json', { state: 'opening' }),
    note('database', /died while it opened it/),
  ],
  [
    'a database that is text',
    'closed',
    put('db/data.mdb', 'not a database\n'.repeat(1000)),
    note('database', /does not start like an LMDB file/),
  ],
  [
    'a database that is cut',
    'closed',
    (root) => truncateSync(join(root, 'db/data.mdb'), 12_288),
    note('database', /pages are missing at its end/),
  ],
  [
    'a database of a newer version',
    'closed',
    inJson('db/stamp.json', { format: 3 }),
    refuses('database', 'TOO_NEW', /has format 3/),
  ],
  // flight recordings
  [
    'a recording that is garbage',
    'closed',
    (root) => {
      mkdirSync(join(root, 'flight'));
      writeFileSync(join(root, 'flight', '0000000001.flight'), 'garbage');
      writeFileSync(join(root, 'flight', 'notes'), 'mine');
    },
    [
      ['note', 'files', /notes: not a file of this program/],
      ['note', 'recordings', /it is not a flight recording; it may be removed/],
    ],
  ],
];
