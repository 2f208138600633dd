import { inChapter } from '../mutant.ts';

const MARKS = 'streams/marks.ts';
const SEQUENCE = 'lib/client/watch/sequence.ts';
const PURSUIT = 'lib/client/watch/pursuit.ts';
const HEARING = 'lib/client/watch/hearing.ts';

/** Every committed change once and in order, for those who watch a part of the keys. */
export const WATCH = inChapter('watch', [
  {
    id: 'wa1',
    name: 'a-gap-of-one-is-no-gap',
    breaks: 'watch: no loss',
    source: [],
    edits: [
      {
        file: SEQUENCE,
        find: `    if (claim.after > this.#known) {
      this.#keep(claim);`,
        replace: `    if (claim.after > this.#known + 1) {
      this.#keep(claim);`,
      },
    ],
  },
  {
    id: 'wa2',
    name: 'what-is-known-is-handed-over-again',
    breaks: 'watch: once',
    source: [],
    edits: [
      {
        file: SEQUENCE,
        find: ': changes.filter(({ rev }) => rev > known);',
        replace: ': changes;',
      },
    ],
  },
  {
    id: 'wa3',
    name: 'what-joins-on-behind-a-gap-is-forgotten',
    breaks: 'watch: no loss',
    source: [],
    edits: [
      {
        file: SEQUENCE,
        find: 'else joined.push(...this.#add(claim));',
        replace: 'else this.#add(claim);',
      },
    ],
  },
  {
    id: 'wa4',
    name: 'a-node-vouches-for-what-came-before-it-was-watched',
    breaks: 'watch: no loss',
    source: [],
    edits: [
      {
        file: MARKS,
        find: 'const watched = known ?? { prefix, bytes, last: this.#rev };',
        replace: 'const watched = known ?? { prefix, bytes, last: 0 };',
      },
    ],
  },
  {
    id: 'wa5',
    name: 'a-change-joins-on-to-the-one-before-the-last',
    breaks: 'watch: no loss',
    source: [],
    edits: [
      {
        file: MARKS,
        find: `      after.push([watched.bytes, watched.last]);
      watched.last = rev;`,
        replace: `      after.push([watched.bytes, watched.last]);
      if (rev % 4 !== 0) watched.last = rev;`,
      },
    ],
  },
  {
    id: 'wa6',
    name: 'a-mark-counts-a-change-that-is-not-applied',
    breaks: 'watch: no loss',
    source: [],
    edits: [
      {
        file: MARKS,
        find: '({ prefix, rev: this.#rev, last, every })',
        replace: '({ prefix, rev: this.#rev + 1, last, every })',
      },
    ],
  },
  {
    id: 'wa7',
    name: 'a-change-vouches-for-all-before-it',
    breaks: 'watch: no loss',
    source: [],
    edits: [
      {
        file: HEARING,
        find: 'const claim = claimOf(before, rev, [change], bytes);',
        replace: 'const claim = claimOf(before && 0, rev, [change], bytes);',
      },
    ],
  },
  {
    id: 'wa8',
    name: 'the-rest-of-a-page-is-taken-for-known',
    breaks: 'watch: no loss',
    source: [],
    edits: [
      {
        file: PURSUIT,
        find: 'const upTo = more ? (last?.rev ?? since) : at;',
        replace: 'const upTo = more && !last ? since : at;',
      },
    ],
  },
  {
    id: 'wa9',
    name: 'keys-read-anew-hold-what-comes-again',
    breaks: 'watch: order',
    source: [],
    edits: [
      {
        file: PURSUIT,
        find: 'for (const entry of entries) if (entry.rev <= rev) this.#handKey(entry);',
        replace: 'for (const entry of entries) this.#handKey(entry);',
      },
    ],
  },
  {
    id: 'wa10',
    name: 'after-a-reading-changes-begin-at-its-last-page',
    breaks: 'watch: no loss',
    source: [],
    edits: [
      {
        file: PURSUIT,
        find: `    this.#sequence = this.#begin(rev);
    this.#sequence.hear(heard);`,
        replace: `    this.#sequence = this.#begin(at);
    this.#sequence.hear(heard);`,
      },
    ],
  },
]);
