import { type Edit, inChapter } from '../mutant.ts';

const FOLLOWER = 'lib/core/follower.ts';
const PROGRESS = 'lib/core/progress.ts';

/** No bug by itself: a leader may ask where the logs part without bringing anything along. */
const EMPTY_PROBES: Edit = {
  file: 'lib/core/replication.ts',
  find: 'const entries = log.slice(progress.next, settings.messageBytesMax);',
  replace:
    "const entries = progress.mode === 'probe' ? [] : log.slice(progress.next, settings.messageBytesMax);",
};

/** Getting the leader's log to the followers, and knowing what they have. */
export const REPLICATION_MUTANTS = inChapter('replication', [
  {
    id: 'r1',
    name: 'acknowledges-its-own-last-index',
    breaks: 'state machine safety',
    source: ['bug 37'],
    edits: [
      {
        file: FOLLOWER,
        find: "result: 'matched', index });",
        replace: "result: 'matched', index: state.log.last.index });",
      },
      // The first message to a follower would take away what its log has too many.
      EMPTY_PROBES,
    ],
  },
  {
    id: 'r2',
    name: 'commits-past-what-was-verified',
    breaks: 'state machine safety',
    source: ['bug 32'],
    edits: [
      {
        file: FOLLOWER,
        find: 'commitTo(state, Math.min(m.commit, index));',
        replace: 'commitTo(state, Math.min(m.commit, state.log.last.index));',
      },
      // The first message to a follower would take away what its log has too many.
      EMPTY_PROBES,
    ],
  },
  {
    id: 'r3',
    name: 'commit-of-a-beat-not-compared',
    breaks: 'state machine safety',
    source: ['m16', 'bug 32'],
    edits: [
      {
        file: FOLLOWER,
        find: 'if (state.log.has(m.commit)) commitTo(state, m.commit.index);',
        replace: 'commitTo(state, Math.min(m.commit.index, state.log.last.index));',
      },
    ],
  },
  {
    id: 'r4',
    name: 'acknowledges-before-the-disk-has-it',
    breaks: 'durability',
    source: ['m21'],
    edits: [
      {
        file: 'lib/core/message.ts',
        find: 'AppendEntriesReply: true,',
        replace: 'AppendEntriesReply: false,',
      },
    ],
  },
  {
    id: 'r5',
    name: 'term-of-the-entry-before-not-compared',
    breaks: 'log matching',
    source: ['thesis 3.5'],
    edits: [
      {
        file: FOLLOWER,
        find: 'if (!state.log.has(m.prev)) {',
        replace: 'if (m.prev.index > state.log.last.index) {',
      },
    ],
  },
  {
    id: 'r6',
    name: 'match-taken-from-a-conflict',
    breaks: 'state machine safety',
    source: ['bug 41'],
    edits: [
      {
        file: PROGRESS,
        find: 'startProbing(progress, Math.min(rejected, common.index + 1));',
        replace: `progress.match = Math.max(progress.match, common.index);
  startProbing(progress, Math.min(rejected, common.index + 1));`,
      },
    ],
  },
  {
    id: 'r7',
    name: 'late-acknowledgement-lowers-the-match',
    breaks: 'match never falls',
    source: ['bug 34'],
    edits: [
      {
        file: PROGRESS,
        find: 'progress.match = Math.max(progress.match, index);',
        replace: 'progress.match = index;',
      },
    ],
  },
  {
    id: 'r8',
    name: 'conflict-lowers-the-match',
    breaks: 'match never falls',
    source: ['m17', 'bug 49'],
    edits: [
      {
        file: PROGRESS,
        find: 'if (rejected <= progress.match) return;',
        replace: 'if (rejected <= progress.match) progress.match = Math.max(0, rejected - 1);',
      },
    ],
  },
  {
    id: 'r9',
    name: 'answer-to-an-earlier-leadership-counted',
    breaks: 'durability',
    source: ['m18'],
    edits: [
      {
        file: 'lib/core/step.ts',
        find: "return m.kind === 'PreVoteReply';",
        replace: "return m.kind === 'PreVoteReply' || m.kind === 'AppendEntriesReply';",
      },
    ],
  },
  {
    id: 'r10',
    name: 'hint-off-by-one',
    breaks: 'liveness',
    source: ['m19'],
    edits: [
      {
        file: PROGRESS,
        find: 'startProbing(progress, Math.min(rejected, common.index + 1));',
        replace: 'startProbing(progress, common.index + 2);',
      },
    ],
  },
  {
    id: 'r11',
    name: 'next-does-not-follow-match',
    breaks: 'next follows match',
    source: ['bug 34'],
    edits: [
      {
        file: PROGRESS,
        find: '  progress.next = Math.max(progress.next, progress.match + 1);\n',
        replace: '',
      },
    ],
  },
  {
    id: 'r12',
    name: 'message-in-flight-not-freed-at-its-end',
    breaks: 'liveness',
    source: ['m26', 'bug 50'],
    edits: [
      {
        file: PROGRESS,
        find: 'while ((progress.inflight[0]?.last ?? Number.POSITIVE_INFINITY) <= progress.match) {',
        replace:
          'while ((progress.inflight[0]?.last ?? Number.POSITIVE_INFINITY) < progress.match) {',
      },
    ],
  },
  {
    id: 'r23',
    name: 'no-bound-on-what-is-uncommitted',
    breaks: 'bounds',
    source: ['m63'],
    edits: [
      {
        file: 'lib/core/proposals.ts',
        find: 'bytes > settings.uncommittedBytesMax && role.uncommittedBytes > 0',
        replace: 'bytes > settings.uncommittedBytesMax && role.uncommittedBytes < 0',
      },
    ],
  },
  {
    id: 'r24',
    name: 'large-proposal-never-taken',
    breaks: 'liveness',
    source: ['bug 59'],
    edits: [
      {
        file: 'lib/core/proposals.ts',
        find: 'bytes > settings.uncommittedBytesMax && role.uncommittedBytes > 0',
        replace: 'bytes > settings.uncommittedBytesMax',
      },
    ],
  },
  {
    id: 'r25',
    name: 'batch-accepted-at-the-wrong-index',
    breaks: 'every client hears of its own write',
    source: ['deferred reads'],
    edits: [
      {
        file: 'lib/core/proposals.ts',
        find: 'out.accept(tokens, first, term);',
        replace: 'out.accept(tokens, log.last.index, first > 0 ? term : 0);',
      },
    ],
  },
]);
