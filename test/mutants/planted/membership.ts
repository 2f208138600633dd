import { inChapter } from '../mutant.ts';

const COMMIT = 'lib/core/commit.ts';
const MEMBERSHIP = 'lib/core/membership.ts';
const CONFIGURATIONS = 'lib/core/configurations.ts';
const RETIREMENT = 'lib/core/retirement.ts';
const CHANGE = 'lib/core/change.ts';
const SCAN = 'lib/store/log/scan.ts';

/** Who takes part, and from when on. */
export const MEMBERSHIP_MUTANTS = inChapter('membership', [
  {
    id: 'b1',
    name: 'commits-by-the-configuration-that-is-committed',
    breaks: 'durability',
    source: ['m39'],
    edits: [
      {
        file: COMMIT,
        find: 'const { log, configuration, id } = state;',
        replace: `const { log, id, commit: done } = state;
  const past = state.configurations.findLast(({ index }) => index <= done);
  const { configuration } = past ?? state;`,
      },
    ],
  },
  {
    id: 'b2',
    name: 'two-changes-at-once',
    breaks: 'leader completeness',
    source: ['m40', 'bug 77'],
    edits: [
      {
        file: MEMBERSHIP,
        find: 'configuration.outgoing.length > 0 || index > state.commit',
        replace: 'configuration.outgoing.length > 0',
      },
    ],
  },
  {
    id: 'b3',
    name: 'configuration-stays-when-its-entry-is-replaced',
    breaks: 'election safety',
    source: ['m41', 'bug 71'],
    edits: [
      {
        file: CONFIGURATIONS,
        find: 'if (first === undefined || (found.length === 0 && !isNewEpoch)) return;',
        replace: 'if (first === undefined || found.length === 0) return;',
      },
    ],
  },
  {
    id: 'b4',
    name: 'change-before-an-entry-of-the-own-term',
    breaks: 'leader completeness',
    source: ['m42', 'bug 70'],
    edits: [
      {
        file: MEMBERSHIP,
        find: "if (!hasCommitted(state)) return 'this leader has not committed an entry of its term yet';",
        replace: '',
      },
    ],
  },
  {
    id: 'b5',
    name: 'joint-configuration-left-before-it-is-committed',
    breaks: 'leader completeness',
    source: ['bug 74'],
    edits: [
      {
        file: MEMBERSHIP,
        find: 'if (!hasCommitted(state) || latestConfiguration(state).index > state.commit) return;',
        replace: `if (!hasCommitted(state)) return;
  const isJoint = state.configuration.outgoing.length > 0;
  if (!isJoint && latestConfiguration(state).index > state.commit) return;`,
      },
    ],
  },
  {
    id: 'b6',
    name: 'joint-configuration-left-twice',
    breaks: 'one change at a time',
    source: ['m45', 'bug 76'],
    edits: [
      {
        file: MEMBERSHIP,
        find: 'append(state, leader, withoutOutgoing(now));',
        replace: `append(state, leader, withoutOutgoing(now));
    append(state, leader, withoutOutgoing(now));`,
      },
    ],
  },
  {
    id: 'b7',
    name: 'joint-configuration-never-left',
    breaks: 'liveness',
    source: ['bug 76'],
    edits: [
      {
        file: MEMBERSHIP,
        find: `    append(state, leader, withoutOutgoing(now));
`,
        replace: '',
      },
    ],
  },
  {
    id: 'b8',
    name: 'leader-counts-itself-after-its-removal',
    breaks: 'durability',
    source: ['m20'],
    edits: [
      {
        file: COMMIT,
        find: 'reachedByQuorum(configuration,',
        replace:
          'reachedByQuorum({ ...configuration, voters: [...new Set([...configuration.voters, id])] },',
      },
    ],
  },
  {
    id: 'b9',
    name: 'leader-that-is-out-leads-on',
    breaks: 'one leader that takes part',
    source: ['m46'],
    edits: [
      {
        file: RETIREMENT,
        find: 'if (isVoter(state.configuration, state.id)) return;',
        replace: 'if (state.commit >= 0) return;',
      },
    ],
  },
  {
    id: 'b10',
    name: 'leader-goes-before-its-removal-is-committed',
    breaks: 'liveness',
    source: ['bug 77'],
    edits: [
      {
        file: RETIREMENT,
        find: `  if (latestConfiguration(state).index > state.commit) return;
`,
        replace: '',
      },
    ],
  },
  {
    id: 'b11',
    name: 'counts-who-was-removed',
    breaks: 'durability',
    source: ['m44'],
    edits: [
      {
        file: COMMIT,
        find: 'reachedByQuorum(configuration,',
        replace:
          'reachedByQuorum({ ...configuration, voters: [...configuration.voters, ...leader.departing.keys()] },',
      },
    ],
  },
  {
    id: 'b12',
    name: 'other-voters-at-once',
    breaks: 'election safety',
    source: ['thesis 4.3'],
    edits: [
      {
        file: CHANGE,
        find: 'const outgoing = hasOtherVoters ? now.voters : [];',
        replace: 'const outgoing: readonly NodeId[] = [];',
      },
    ],
  },
  {
    id: 'b13',
    name: 'change-complete-when-it-begins',
    breaks: 'durability',
    source: ['bug 77'],
    edits: [
      {
        file: MEMBERSHIP,
        find: 'else leader.change = { token, index };',
        replace: 'else out.reconfigure(token, index);',
      },
    ],
  },
  {
    id: 'b14',
    name: 'learner-stands-for-election',
    breaks: 'election safety',
    source: ['bug 75'],
    edits: [
      {
        file: CONFIGURATIONS,
        find: `isVoter(state.configuration, state.id) ||
    isVoter(committed`,
        replace: `isMember(state.configuration, state.id) ||
    isVoter(committed`,
      },
    ],
  },
  {
    id: 'b15',
    name: 'new-member-is-not-replicated-to',
    breaks: 'liveness',
    source: ['thesis 4.2.1'],
    edits: [
      {
        file: MEMBERSHIP,
        find: `  for (const id of added) leader.progress.set(id, unknownProgress(log.last.index + 1, now));
`,
        replace: '',
      },
    ],
  },
  {
    id: 'b16',
    name: 'learner-is-never-promoted',
    breaks: 'liveness',
    source: ['thesis 4.2.1'],
    edits: [
      {
        file: MEMBERSHIP,
        find: `  if (ready.length === 0) return;
`,
        replace: `  if (ready.length < 2) return;
`,
      },
    ],
  },
  {
    id: 'b17',
    name: 'configurations-not-found-at-recovery',
    breaks: 'election safety',
    source: ['m39'],
    edits: [{ file: SCAN, find: 'this.#configurations.push({ index, payload });', replace: '' }],
  },
]);
