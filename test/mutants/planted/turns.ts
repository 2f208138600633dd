import { inChapter } from '../mutant.ts';

const DRAFT = 'lib/core/draft.ts';

/** What one turn decides: that it is complete, closed, and in the right rank. */
export const TURNS = inChapter('turns', [
  {
    id: 't1',
    name: 'entries-left-out-when-the-term-moves',
    breaks: 'durability',
    source: ['bug 57'],
    edits: [
      {
        file: DRAFT,
        find: '      entries,\n      receipt: {',
        replace: '      entries: moved ? [] : entries,\n      receipt: {',
      },
    ],
  },
  {
    id: 't2',
    name: 'receipt-reads-the-state-when-it-is-handed-back',
    breaks: 'durability',
    source: ['bug 51', 'm28'],
    edits: [
      {
        file: DRAFT,
        find: '        last: state.log.last.index,\n        epoch: state.log.epoch,\n',
        replace: `        get last() {
          return state.log.last.index;
        },
        get epoch() {
          return state.log.epoch;
        },
`,
      },
    ],
  },
  {
    id: 't3',
    name: 'receipt-reads-the-term-when-it-is-handed-back',
    breaks: 'election safety',
    source: ['bug 51'],
    edits: [
      {
        file: DRAFT,
        find: '        term: state.hard.term,\n        last',
        replace: `        get term() {
          return state.hard.term;
        },
        last`,
      },
    ],
  },
  {
    id: 't4',
    name: 'mail-speaks-in-the-last-term-of-its-turn',
    breaks: 'election safety',
    source: ['bug 51'],
    edits: [
      {
        file: DRAFT,
        find: '      sworn: this.#sworn,\n',
        replace: `      sworn: this.#sworn.map(({ message, ...rest }) => ({
        ...rest,
        message: { ...message, term: this.#state.hard.term },
      })),
`,
      },
    ],
  },
  {
    id: 't5',
    name: 'repeated-acknowledgement-does-not-wait-for-the-disk',
    breaks: 'durability',
    source: ['bug 36'],
    edits: [
      {
        file: DRAFT,
        find: 'const mail = SWORN[message.kind] ? this.#sworn : this.#free;',
        replace: `const { hard, unstoredSince } = this.#state;
    const isNews = hard !== this.#before || unstoredSince === null;
    const mail = SWORN[message.kind] && isNews ? this.#sworn : this.#free;`,
      },
    ],
  },
  {
    id: 't6',
    name: 'released-before-it-is-stored',
    breaks: 'applied is stored',
    source: ['m27'],
    edits: [
      {
        file: DRAFT,
        find: 'const upTo = Math.min(state.commit, state.log.stored);',
        replace: 'const upTo = state.commit;',
      },
    ],
  },
  {
    id: 't7',
    name: 'released-twice',
    breaks: 'applied once',
    source: ['bug 89'],
    edits: [
      {
        file: DRAFT,
        find: 'state.log.held(Math.max(state.released, install?.index ?? 0) + 1, upTo)',
        replace: 'state.log.held(state.released, upTo)',
      },
    ],
  },
  {
    id: 't8',
    name: 'release-page-cut-short',
    breaks: 'applied once',
    source: ['bug 89'],
    edits: [
      {
        file: DRAFT,
        find: 'return { install, upTo, entries };',
        replace: 'return { install, upTo, entries: entries.slice(0, 8) };',
      },
    ],
  },
  {
    id: 't9',
    name: 'view-keeps-the-old-leader',
    breaks: 'the view shows the state',
    source: ['liveness'],
    edits: [{ file: DRAFT, find: '    a.leader === b.leader &&\n', replace: '' }],
  },
  {
    id: 't10',
    name: 'refusals-forgotten',
    breaks: 'every request is answered',
    source: ['m63'],
    edits: [
      {
        file: DRAFT,
        find: 'if (tokens.length === 0) return;',
        replace: 'if (tokens.length < 2) return;',
      },
    ],
  },
]);
