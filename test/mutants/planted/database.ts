import { inChapter } from '../mutant.ts';

const MACHINE = 'lib/store/database/machine.ts';
const WRITE = 'lib/store/database/do-write.ts';
const STATE = 'lib/store/database/key-value-state.ts';
const VALUES = 'lib/store/database/key-values.ts';

/** The key-value database: the same everywhere, each entry once. */
export const DATABASE = inChapter('database', [
  {
    id: 'k1',
    name: 'applied-index-one-batch-behind',
    breaks: 'applied once',
    source: ['m35', 'bug 88'],
    edits: [
      {
        file: MACHINE,
        find: 'writeMeta(this.#meta, { applied, rev,',
        replace: 'writeMeta(this.#meta, { applied: this.#applied, rev,',
      },
    ],
  },
  {
    id: 'k3',
    name: 'rev-after-a-restart-is-the-index',
    breaks: 'replicas are equal',
    source: ['bug 88'],
    edits: [
      {
        file: 'lib/store/database/meta.ts',
        find: 'rev: readU48(row, 2 * U48_BYTES),',
        replace: 'rev: readU48(row, 0),',
      },
    ],
  },
  {
    id: 'k4',
    name: 'opening-entry-counted-as-a-write',
    breaks: 'answers are those of the model',
    source: ['m25'],
    edits: [
      {
        file: 'lib/store/database/apply-entry.ts',
        find: '  let reply: Reply | Refusal | null = null;\n',
        replace:
          "  let reply: Reply | Refusal | null = null;\n  if (entry.kind === 'noop') mortals.state.skip();\n",
      },
      {
        file: STATE,
        find: '  get(key: Key): KeyValue | null {\n',
        replace:
          '  skip(): void {\n    this.#rev += 1;\n  }\n\n  get(key: Key): KeyValue | null {\n',
      },
    ],
  },
  {
    id: 'k5',
    name: 'deleting-nothing-counted-as-a-write',
    breaks: 'answers are those of the model',
    source: ['model'],
    edits: [
      {
        file: STATE,
        find: '    if (lease === null) return false;\n    if (lease !== 0)',
        replace: '    if (lease)',
      },
    ],
  },
  {
    id: 'k6',
    name: 'absent-key-is-equal-to-any-value',
    breaks: 'answers are those of the model',
    source: ['model'],
    edits: [
      {
        file: WRITE,
        find: 'return found !== null && sameValue(found.value, expect.value);',
        replace: 'return found === null || sameValue(found.value, expect.value);',
      },
    ],
  },
  {
    id: 'k7',
    name: 'newer-rev-is-good-enough',
    breaks: 'answers are those of the model',
    source: ['model'],
    edits: [
      {
        file: WRITE,
        find: 'return found?.rev === expect.rev;',
        replace: 'return (found?.rev ?? 0) >= expect.rev;',
      },
    ],
  },
  {
    id: 'k8',
    name: 'one-condition-of-a-txn-is-enough',
    breaks: 'answers are those of the model',
    source: ['model'],
    edits: [
      {
        file: WRITE,
        find: 'command.conditions.every(({ key, expect }) =>',
        replace: 'command.conditions.some(({ key, expect }) =>',
      },
    ],
  },
  {
    id: 'k9',
    name: 'swaps-and-says-it-did-not',
    breaks: 'answers are those of the model',
    source: ['model'],
    edits: [
      {
        file: WRITE,
        find: '  state.put(key, value, null);\n  return { swapped: true, rev: state.rev };\n',
        replace:
          '  state.put(key, value, null);\n  return { swapped: found !== null, rev: state.rev };\n',
      },
    ],
  },
  {
    id: 'k10',
    name: 'wall-clock-in-the-database',
    breaks: 'replicas are equal',
    source: ['m62'],
    edits: [
      {
        file: VALUES,
        find: 'const created = before ? readU48(before, CREATED_AT) : rev;',
        replace: 'const created = before ? readU48(before, CREATED_AT) : Date.now();',
      },
    ],
  },
  {
    id: 'k11',
    name: 'last-entry-of-a-batch-not-applied',
    breaks: 'replicas are equal',
    source: ['bug 89'],
    edits: [
      {
        file: MACHINE,
        find: '        done.push(applyEntry(this.#mortals, entry));\n',
        replace:
          '        if (done.length < 3) done.push(applyEntry(this.#mortals, entry));\n        else done.push({ index, reply: null, changes: [] });\n',
      },
    ],
  },
]);
