import { inChapter } from '../mutant.ts';

const APPLY = 'lib/store/database/apply-entry.ts';
const TIMED = 'lib/store/database/do-timed.ts';
const STATE = 'lib/store/database/key-value-state.ts';
const CLOCK = 'lib/core/log-clock.ts';

/** Sessions, leases, and the log time by which they end. */
export const SESSIONS = inChapter('sessions', [
  {
    id: 'x1',
    name: 'repeated-write-done-again',
    breaks: 'applied once',
    source: ['m50', 'bug 86'],
    edits: [{ file: APPLY, find: '  if (first) return first;\n', replace: '' }],
  },
  {
    id: 'x2',
    name: 'replies-of-a-session-lost-with-the-batch',
    breaks: 'applied once',
    source: ['m51'],
    edits: [
      {
        file: 'lib/store/database/sessions.ts',
        find: 'new ReplyWindow(at(3), at(4), row.subarray(ITEMS_AT))',
        replace: 'new ReplyWindow(at(3), at(4), NOTHING)',
      },
    ],
  },
  {
    id: 'x3',
    name: 'acknowledged-write-taken-again',
    breaks: 'applied once',
    source: ['model'],
    edits: [
      {
        file: APPLY,
        find: '  if (seq <= session.replies.floor) return forgotten(id, seq);\n',
        replace: '',
      },
    ],
  },
  {
    id: 'x4',
    name: 'write-in-a-forgotten-session-done',
    breaks: 'applied once',
    source: ['model'],
    edits: [
      {
        file: APPLY,
        find: '  if (!session) return sessionExpired(id);\n',
        replace: '  if (!session) return applyRequest(mortals, request, index);\n',
      },
    ],
  },
  {
    id: 'x5',
    name: 'ttl-without-slack',
    breaks: 'nothing ends before its ttl',
    source: ['model'],
    edits: [
      {
        file: TIMED,
        find: 'return now + ttlMs + CLOCK_STEP_MS;',
        replace: 'return now + Math.max(0, ttlMs - CLOCK_STEP_MS);',
      },
    ],
  },
  {
    id: 'x6',
    name: 'writes-do-not-prolong-their-session',
    breaks: 'nothing ends before its ttl',
    source: ['model'],
    edits: [{ file: APPLY, find: '  prolong(session, mortals.now);\n', replace: '' }],
  },
  {
    id: 'x7',
    name: 'time-counted-from-the-beginning-of-the-world',
    breaks: 'nothing ends before its ttl',
    source: ['model'],
    edits: [
      { file: 'lib/core/leader.ts', find: '    clockAt: now,\n', replace: '    clockAt: 0,\n' },
    ],
  },
  {
    id: 'x8',
    name: 'time-counted-twice',
    breaks: 'nothing ends before its ttl',
    source: ['model'],
    edits: [{ file: CLOCK, find: '  leader.clockAt += ms;\n', replace: '' }],
  },
  {
    id: 'x9',
    name: 'nobody-asks-for-time',
    breaks: 'what has lived its time ends',
    source: ['model'],
    edits: [
      {
        file: 'streams/log-time.ts',
        find: 'const isDue = office !== null && next !== null && !isAsked;',
        replace: 'const isDue = office !== null && next !== null && next < 0 && !isAsked;',
      },
    ],
  },
  {
    id: 'x10',
    name: 'lease-ends-without-its-keys',
    breaks: 'answers are those of the model',
    source: ['model'],
    edits: [
      {
        file: STATE,
        find: "      this.#remove({ text: bytes.toString('utf8'), bytes });\n",
        replace: '      if (bytes.length === 0) this.#rev += 1;\n',
      },
    ],
  },
  {
    id: 'x11',
    name: 'key-goes-with-a-lease-that-it-had-before',
    breaks: 'answers are those of the model',
    source: ['model'],
    edits: [
      {
        file: STATE,
        find: '    if (past !== 0) this.leases.detach(past, key.bytes);\n',
        replace: '',
      },
    ],
  },
  {
    id: 'x12',
    name: 'clock-of-the-machine-in-log-time',
    breaks: 'replicas are equal',
    source: ['model'],
    edits: [
      {
        file: TIMED,
        find: '  mortals.now += ms;\n',
        replace: '  mortals.now += ms + Date.now() % 7;\n',
      },
    ],
  },
]);
