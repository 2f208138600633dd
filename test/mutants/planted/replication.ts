import { inChapter } from '../mutant.ts';

const FOLLOWER = 'lib/core/follower.ts';
const LEADER = 'lib/core/leader.ts';
const PROGRESS = 'lib/core/progress.ts';
const REPLICATION = 'lib/core/replication.ts';

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
    source: ['bug 44'],
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
    id: 'r13',
    name: 'bytes-in-flight-not-freed',
    breaks: 'liveness',
    source: ['m26', 'bug 50'],
    edits: [
      {
        file: PROGRESS,
        find: 'progress.inflightBytes -= progress.inflight.shift()?.bytes ?? 0;',
        replace: 'progress.inflight.shift();',
      },
    ],
  },
  {
    id: 'r14',
    name: 'window-one-message-too-large',
    breaks: 'bounds',
    source: ['m63'],
    edits: [
      {
        file: PROGRESS,
        find: 'progress.inflight.length < settings.inflightMessagesMax &&',
        replace: 'progress.inflight.length <= settings.inflightMessagesMax &&',
      },
    ],
  },
  {
    id: 'r15',
    name: 'lost-probe-not-sent-again',
    breaks: 'liveness',
    source: ['m38'],
    edits: [
      {
        file: LEADER,
        find: "if (progress.mode === 'probe') progress.waiting = false;\n  else if",
        replace: "if (progress.mode === 'probe') return;\n  if",
      },
    ],
  },
  {
    id: 'r16',
    name: 'lost-acknowledgement-not-asked-for',
    breaks: 'liveness',
    source: ['bug 50'],
    edits: [
      {
        file: LEADER,
        find: '  else if (progress.match < sent) askAgain(state, from, progress, out);\n',
        replace: '',
      },
      { file: LEADER, find: 'import { askAgain, replicate', replace: 'import { replicate' },
    ],
  },
  {
    id: 'r17',
    name: 'reading-back-never-ends',
    breaks: 'liveness',
    source: ['bug 50'],
    edits: [{ file: LEADER, find: '  progress.loading = false;\n', replace: '' }],
  },
  {
    id: 'r18',
    name: 'entries-read-back-for-an-earlier-leadership-sent',
    breaks: 'log matching',
    source: ['bug 52'],
    edits: [
      {
        file: REPLICATION,
        find: 'const isOurs = entries.every((entry) => state.log.has(entry));',
        replace: 'const isOurs = entries.length > 0;',
      },
    ],
  },
  {
    id: 'r19',
    name: 'entries-read-back-sent-wherever-the-follower-is',
    breaks: 'log matching',
    source: ['bug 52'],
    edits: [
      {
        file: REPLICATION,
        find: 'const isWanted = entries[0]?.index === progress.next && hasRoom(progress, state.settings);',
        replace: 'const isWanted = hasRoom(progress, state.settings);',
      },
    ],
  },
  {
    id: 'r20',
    name: 'free-word-counted-as-acknowledgement',
    breaks: 'durability',
    source: ['bug 35', 'bug 37'],
    edits: [
      {
        file: LEADER,
        find: 'progress.round = Math.max(progress.round, m.round);',
        replace: `progress.round = Math.max(progress.round, m.round);
  if (state.log.has(m.last)) noteMatched(progress, m.last.index);`,
      },
    ],
  },
  {
    id: 'r21',
    name: 'next-too-far-after-a-probe',
    breaks: 'liveness',
    source: ['m19'],
    edits: [
      {
        file: PROGRESS,
        find: '    progress.next = progress.match + 1;\n',
        replace: '    progress.next += 1;\n',
      },
    ],
  },
  {
    id: 'r22',
    name: 'lost-messages-stay-in-flight',
    breaks: 'liveness',
    source: ['bug 50'],
    edits: [
      {
        file: PROGRESS,
        find: '  progress.inflight.length = 0;\n  progress.inflightBytes = 0;\n',
        replace: '',
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
