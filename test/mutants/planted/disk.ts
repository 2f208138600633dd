import { inChapter } from '../mutant.ts';

const WAL = 'lib/store/log/wal.ts';
const PREPARE = 'lib/store/log/prepare.ts';

/** The write-ahead log while it is written. */
export const DISK = inChapter('disk', [
  {
    id: 'd1',
    name: 'batch-not-synced',
    breaks: 'durability',
    source: ['m8', 'm21'],
    edits: [{ file: WAL, find: '    await this.#appender.segment.file.sync();\n', replace: '' }],
  },
  {
    id: 'd2',
    name: 'small-batch-not-synced',
    breaks: 'durability',
    source: ['m8', 'm21'],
    edits: [{ file: WAL, find: '      this.#appender.segment.file.syncNow();\n', replace: '' }],
  },
  {
    id: 'd3',
    name: 'sync-not-waited-for',
    breaks: 'durability',
    source: ['m8', 'm29'],
    edits: [
      {
        file: WAL,
        find: 'await this.#appender.segment.file.sync();',
        replace: 'this.#appender.segment.file.sync().catch(() => {});',
      },
    ],
  },
  {
    id: 'd4',
    name: 'failed-sync-tried-again',
    breaks: 'durability',
    source: ['m55', 'bug 91'],
    edits: [
      {
        file: WAL,
        find: 'await this.#appender.segment.file.sync();',
        replace: `const { file } = this.#appender.segment;
    await file.sync().catch(() => file.sync());`,
      },
    ],
  },
  {
    id: 'd5',
    name: 'goes-on-after-a-failed-write',
    breaks: 'durability',
    source: ['m55', 'bug 58'],
    edits: [
      {
        file: WAL,
        find: '    this.#closed ??= reason as Error;\n',
        replace: '',
      },
      { file: WAL, find: '    return this.#closed;\n', replace: '    return reason;\n' },
    ],
  },
  {
    id: 'd6',
    name: 'term-written-after-the-entries',
    breaks: 'leader completeness',
    source: ['bug 5', 'bug 57'],
    edits: [
      {
        file: 'lib/store/log/coalesce.ts',
        find: '  let changed = false;\n',
        replace: '  let changed = false;\n  const stored = hard;\n',
      },
      {
        file: 'lib/store/log/coalesce.ts',
        find: '  return { hard, entries, base };\n',
        replace: '  return { hard: entries.length > 0 ? stored : hard, entries, base };\n',
      },
    ],
  },
  {
    id: 'd7',
    name: 'first-of-several-terms-kept',
    breaks: 'election safety',
    source: ['bug 5'],
    edits: [
      {
        file: 'lib/store/log/coalesce.ts',
        find: '      hard = write.hard;\n      changed = true;\n',
        replace: '      if (!changed) hard = write.hard;\n      changed = true;\n',
      },
    ],
  },
  {
    id: 'd8',
    name: 'replaced-entries-of-one-batch-kept',
    breaks: 'log matching',
    source: ['bug 58'],
    edits: [
      {
        file: 'lib/store/log/coalesce.ts',
        find: '  run.length = Math.max(0, kept);\n',
        replace: '  if (kept > 0) run.length = kept;\n',
      },
    ],
  },
  {
    id: 'd9',
    name: 'next-segment-not-named',
    breaks: 'durability',
    source: ['bug 94'],
    edits: [{ file: WAL, find: '    await this.#append(this.#nothing(), id);\n', replace: '' }],
  },
  {
    id: 'd10',
    name: 'directory-not-synced',
    breaks: 'durability',
    source: ['m54', 'bug 94'],
    edits: [{ file: PREPARE, find: '    await disk.syncDirectory();\n', replace: '' }],
  },
  {
    id: 'd11',
    name: 'segment-not-synced-before-it-is-named',
    breaks: 'durability',
    source: ['m54', 'bug 94'],
    edits: [
      {
        file: PREPARE,
        find: '    file.write(offset, [step]);\n    await file.sync();\n',
        replace: '    file.write(offset, [step]);\n',
      },
    ],
  },
  {
    id: 'd12',
    name: 'mark-vouches-for-its-own-batch',
    breaks: 'a crash is no damage',
    source: ['m57'],
    edits: [
      {
        file: 'lib/store/log/appender.ts',
        find: '      mark: durable,\n',
        replace: '      mark: { segment: durable.segment, offset: offset + bytes },\n',
      },
    ],
  },
  {
    id: 'd13',
    name: 'positions-not-cut',
    breaks: 'log matching',
    source: ['bug 58'],
    edits: [
      {
        file: WAL,
        find: '    if (first !== null) this.#positions.truncate(first);\n',
        replace:
          '    if (first !== null && first > this.#positions.last.index)\n      this.#positions.truncate(first);\n',
      },
    ],
  },
]);
