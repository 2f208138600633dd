import { inChapter } from '../mutant.ts';

const LOG = 'lib/core/log.ts';

/** The log in memory: attaching, replacing, and what is known to be on disk. */
export const LOG_MUTANTS = inChapter('log', [
  {
    id: 'l1',
    name: 'late-append-cuts-what-follows-it',
    breaks: 'durability',
    source: ['m14', 'bug 43'],
    edits: [
      {
        file: LOG,
        find: 'if (news === -1) return true;',
        replace: `if (news === -1) {
      const next = (entries.at(-1)?.index ?? this.#last.index) + 1;
      if (next > commit && next <= this.#last.index) this.#truncate(next);
      return true;
    }`,
      },
    ],
  },
  {
    id: 'l2',
    name: 'entries-that-differ-are-kept',
    breaks: 'log matching',
    source: ['m15'],
    edits: [
      {
        file: LOG,
        find: 'if (from <= this.#last.index) this.#truncate(from);',
        replace: 'if (from <= this.#last.index) return true;',
      },
    ],
  },
  {
    id: 'l3',
    name: 'news-of-an-older-write-believed',
    breaks: 'durability',
    source: ['m28', 'bug 38'],
    edits: [
      {
        file: LOG,
        find: 'if (epoch === this.#epoch) this.#stored = Math.max(this.#stored, last);',
        replace:
          'if (epoch <= this.#epoch) this.#stored = Math.max(this.#stored, Math.min(last, this.#last.index));',
      },
    ],
  },
  {
    id: 'l4',
    name: 'replaced-entries-count-as-stored',
    breaks: 'durability',
    source: ['bug 36'],
    edits: [
      {
        file: LOG,
        find: '    this.#stored = Math.min(this.#stored, from - 1);\n',
        replace: '',
      },
    ],
  },
  {
    id: 'l5',
    name: 'epoch-stays-when-entries-are-replaced',
    breaks: 'durability',
    source: ['bug 38'],
    edits: [
      {
        file: LOG,
        find: '    this.#unwritten = Math.min(this.#unwritten, from);\n    this.#epoch += 1;\n',
        replace: '    this.#unwritten = Math.min(this.#unwritten, from);\n',
      },
    ],
  },
  {
    id: 'l6',
    name: 'replacing-entries-not-written',
    breaks: 'durability',
    source: ['bug 58'],
    edits: [
      {
        file: LOG,
        find: '    this.#unwritten = Math.min(this.#unwritten, from);\n',
        replace: '',
      },
    ],
  },
  {
    id: 'l7',
    name: 'memory-lets-go-of-what-is-not-stored',
    breaks: 'durability',
    source: ['memory window'],
    edits: [
      {
        file: LOG,
        find: 'this.#windowBytes > bytesMax && this.#windowFirst + gone <= upTo',
        replace: 'this.#windowBytes > bytesMax && gone < this.#window.length && upTo > 0',
      },
    ],
  },
  {
    id: 'l8',
    name: 'term-that-begins-at-the-cut-is-kept',
    breaks: 'log matching',
    source: ['bug 58'],
    edits: [
      {
        file: LOG,
        find: 'while ((this.#terms.at(-1)?.first ?? 0) >= from) this.#terms.pop();',
        replace: 'while ((this.#terms.at(-1)?.first ?? 0) > from) this.#terms.pop();',
      },
    ],
  },
  {
    id: 'l9',
    name: 'slice-of-an-older-log',
    breaks: 'log matching',
    source: ['bug 52'],
    edits: [
      {
        file: LOG,
        find: 'const isSame = sliced.last === this.#last && sliced.bytesMax === bytesMax;',
        replace:
          'const isSame = sliced.last.index === this.#last.index && sliced.bytesMax === bytesMax;',
      },
    ],
  },
  {
    id: 'l10',
    name: 'term-looked-up-one-entry-late',
    breaks: 'log matching',
    source: ['log in memory'],
    edits: [
      {
        file: LOG,
        find: 'if ((this.#terms[middle] as TermStart).first <= index) low = middle;',
        replace: 'if ((this.#terms[middle] as TermStart).first < index) low = middle;',
      },
    ],
  },
  {
    id: 'l11',
    name: 'window-begins-in-the-wrong-place',
    breaks: 'log matching',
    source: ['log in memory'],
    edits: [
      {
        file: LOG,
        find: '    this.#windowFirst = Math.min(this.#windowFirst, from);\n',
        replace: '',
      },
    ],
  },
  {
    id: 'l12',
    name: 'hint-ignores-the-term',
    breaks: 'liveness',
    source: ['m19'],
    edits: [
      {
        file: LOG,
        find: 'if (start.term <= term) return { index: at, term: start.term };',
        replace: 'if (start.term <= term + 1) return { index: at, term: start.term };',
      },
    ],
  },
]);
