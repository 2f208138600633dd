import { inChapter } from '../mutant.ts';

const LEADER = 'lib/core/leader.ts';
const PROGRESS = 'lib/core/progress.ts';
const REPLICATION = 'lib/core/replication.ts';

/** Followers as their leader sees them: windows, losses, and what is read back for them. */
export const PROGRESS_MUTANTS = inChapter('replication', [
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
    source: ['probes'],
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
  if (state.log.has(m.last)) noteMatched(progress, m.last.index, 0);`,
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
]);
