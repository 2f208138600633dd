import { inChapter } from '../mutant.ts';

const RECOVER = 'lib/store/log/recover.ts';
const TORN = 'lib/store/log/torn-tail.ts';
const SCAN = 'lib/store/log/scan.ts';
const BATCH = 'lib/store/log/batch.ts';

/** The write-ahead log when it is read back after a crash. */
export const RECOVERY = inChapter('recovery', [
  {
    id: 'd21',
    name: 'last-batch-not-written-again',
    breaks: 'durability',
    source: ['m55', 'bug 91'],
    edits: [
      {
        file: RECOVER,
        find: '  segment.file.write(offset, [await segment.file.read(offset, bytes)]);\n',
        replace: '  await segment.file.read(offset, bytes);\n',
      },
    ],
  },
  {
    id: 'd22',
    name: 'last-batch-not-synced-again',
    breaks: 'durability',
    source: ['m55', 'bug 91'],
    edits: [
      {
        file: RECOVER,
        find: '  await segment.file.sync();\n  if (active !== segment) await active.file.sync();\n',
        replace: '',
      },
    ],
  },
  {
    id: 'd23',
    name: 'remains-of-a-torn-batch-left-in-place',
    breaks: 'a crash is no damage',
    source: ['bug 58'],
    edits: [
      {
        file: RECOVER,
        find: '    active.file.write(scan.end, [new Blank(owner, active.id).bytes(scan.end, torn.bytes)]);\n',
        replace: '    new Blank(owner, active.id).bytes(scan.end, torn.bytes);\n',
      },
    ],
  },
  {
    id: 'd24',
    name: 'cut-at-the-first-damaged-batch',
    breaks: 'durability',
    source: ['m56', 'bug 92'],
    edits: [
      {
        file: TORN,
        find: '  if (rest.later !== null) throw refuse(lostBefore(segment.path, rest.later));\n',
        replace: '',
      },
      {
        file: TORN,
        find: 'if (header.bytes < remains.length) return null;',
        replace: "if (header.bytes < remains.length) return 'it is damaged';",
      },
    ],
  },
  {
    id: 'd25',
    name: 'damaged-last-batch-dropped',
    breaks: 'durability',
    source: ['m56', 'bug 92'],
    edits: [
      {
        file: TORN,
        find: "return endIn(remains, sequence) === 'none' ? 'it has no end' : null;",
        replace: "return endIn(remains, sequence) === 'none' ? 'it has no end' : 'it is damaged';",
      },
    ],
  },
  {
    id: 'd26',
    name: 'later-segments-not-looked-at',
    breaks: 'durability',
    source: ['m56', 'bug 92'],
    edits: [
      {
        file: TORN,
        find: '    if (later !== null) throw refuse(',
        replace: '    if (later !== null && id < 0) throw refuse(',
      },
    ],
  },
  {
    id: 'd27',
    name: 'torn-batch-refused',
    breaks: 'a crash is no damage',
    source: ['torn tail'],
    edits: [
      {
        file: TORN,
        find: "if (blank.hasWord(remains, place.offset)) return 'a part of it was never written';",
        replace: '',
      },
    ],
  },
  {
    id: 'd28',
    name: 'batch-without-an-end-refused',
    breaks: 'a crash is no damage',
    source: ['torn tail'],
    edits: [
      {
        file: TORN,
        find: "if (header.bytes > remains.length) return 'its end was never written';",
        replace: 'if (header.bytes > remains.length) return null;',
      },
    ],
  },
  {
    id: 'd29',
    name: 'checksum-of-a-batch-not-compared',
    breaks: 'durability',
    source: ['m57'],
    edits: [
      {
        file: BATCH,
        find: 'return sum === batch.readUInt32LE(end) ? sum : null;',
        replace: 'return batch.readUInt32LE(end) === 0 ? null : sum;',
      },
    ],
  },
  {
    id: 'd30',
    name: 'vote-forgotten-at-recovery',
    breaks: 'election safety',
    source: ['m1', 'bug 53'],
    edits: [
      {
        file: SCAN,
        find: '    this.#hard = header.hard;\n',
        replace: '    this.#hard = { term: header.hard.term, vote: null };\n',
      },
    ],
  },
  {
    id: 'd31',
    name: 'term-without-entries-forgotten-at-recovery',
    breaks: 'election safety',
    source: ['m9', 'bug 53'],
    edits: [
      {
        file: SCAN,
        find: '    this.#hard = header.hard;\n',
        replace: '    if (header.count > 0) this.#hard = header.hard;\n',
      },
    ],
  },
  {
    id: 'd32',
    name: 'replaced-entries-come-back',
    breaks: 'log matching',
    source: ['bug 58'],
    edits: [
      {
        file: SCAN,
        find: '      positions.truncate(header.first);\n',
        replace:
          '      if (header.first > last.index) positions.truncate(header.first);\n      else return;\n',
      },
    ],
  },
  {
    id: 'd33',
    name: 'last-entries-left-out-of-memory',
    breaks: 'log matching',
    source: ['bug 97'],
    edits: [
      {
        file: RECOVER,
        find: 'const tail = await readTail(scan);',
        replace: 'const tail = (await readTail(scan)).slice(0, -1);',
      },
    ],
  },
]);
