import { inChapter } from '../mutant.ts';

const COMMIT = 'lib/core/commit.ts';
const QUORUM = 'lib/core/quorum.ts';

/** What may be called committed, and when. */
export const COMMIT_MUTANTS = inChapter('commit', [
  {
    id: 'c1',
    name: 'entry-of-an-old-term-committed-by-counting',
    breaks: 'leader completeness',
    source: ['m13', 'bug 28'],
    edits: [
      {
        file: COMMIT,
        find: 'commit <= state.commit || log.termAt(commit) !== state.hard.term',
        replace: 'commit <= state.commit',
      },
    ],
  },
  {
    id: 'c2',
    name: 'stops-at-the-first-entry-of-an-old-term',
    breaks: 'liveness',
    source: ['bug 29'],
    edits: [
      {
        file: COMMIT,
        find: 'const commit = Math.min(reached, log.last.index);',
        replace: 'const commit = Math.min(reached, log.last.index, state.commit + 1);',
      },
    ],
  },
  {
    id: 'c3',
    name: 'leader-counts-what-it-has-not-stored',
    breaks: 'durability',
    source: ['m21', 'bug 35'],
    edits: [
      {
        file: COMMIT,
        find: 'server === id ? log.stored :',
        replace: 'server === id ? log.last.index :',
      },
    ],
  },
  {
    id: 'c4',
    name: 'commits-what-anybody-has',
    breaks: 'durability',
    source: ['m24'],
    edits: [
      {
        file: QUORUM,
        find: 'values[Math.floor(members.length / 2)]',
        replace: 'values[0]',
      },
    ],
  },
  {
    id: 'c5',
    name: 'half-of-an-even-number-commits',
    breaks: 'durability',
    source: ['m23'],
    edits: [
      {
        file: QUORUM,
        find: 'values[Math.floor(members.length / 2)]',
        replace: 'values[Math.floor((members.length - 1) / 2)]',
      },
    ],
  },
  {
    id: 'c6',
    name: 'matches-not-sorted',
    breaks: 'durability',
    source: ['bug 40'],
    edits: [
      {
        file: QUORUM,
        find: 'members.map(reached).sort((a, b) => b - a)',
        replace: 'members.map(reached)',
      },
    ],
  },
  {
    id: 'c7',
    name: 'matches-sorted-as-text',
    breaks: 'durability',
    source: ['bug 40'],
    edits: [
      {
        file: QUORUM,
        find: 'members.map(reached).sort((a, b) => b - a)',
        replace: 'members.map(reached).sort().reverse()',
      },
    ],
  },
  {
    id: 'c8',
    name: 'learners-counted',
    breaks: 'durability',
    source: ['m11', 'bug 82'],
    edits: [
      {
        file: QUORUM,
        find: '    reachedByMajority(configuration.voters, reached),\n',
        replace:
          '    reachedByMajority([...configuration.voters, ...configuration.learners], reached),\n',
      },
    ],
  },
  {
    id: 'c9',
    name: 'one-half-of-a-joint-configuration-commits',
    breaks: 'durability',
    source: ['m43', 'bug 73'],
    edits: [
      {
        file: QUORUM,
        find: '    reachedByMajority(configuration.outgoing, reached),\n',
        replace: '',
      },
    ],
  },
  {
    id: 'c10',
    name: 'commit-falls',
    breaks: 'commit never falls',
    source: ['bug 34'],
    edits: [
      {
        file: 'lib/core/follower.ts',
        find: 'state.commit = Math.max(state.commit, index);',
        replace: 'state.commit = index;',
      },
    ],
  },
  {
    id: 'c11',
    name: 'uncommitted-bytes-leak',
    breaks: 'liveness',
    source: ['bug 59'],
    edits: [
      {
        file: COMMIT,
        find: '  leader.uncommittedBytes -= recordBytes(log.held(state.commit + 1, commit));\n',
        replace: '',
      },
      { file: COMMIT, find: "import { recordBytes } from './entry.ts';\n", replace: '' },
    ],
  },
  {
    id: 'c12',
    name: 'one-follower-counted-for-all',
    breaks: 'durability',
    source: ['bug 31'],
    edits: [
      {
        file: COMMIT,
        find: '(leader.progress.get(server)?.match ?? 0)',
        replace: 'Math.max(0, ...[...leader.progress.values()].map(({ match }) => match))',
      },
    ],
  },
]);
