import { inChapter } from '../mutant.ts';

const ELECTION = 'lib/core/election.ts';
const STEP = 'lib/core/step.ts';
const DEADLINES = 'lib/core/deadlines.ts';

/** Pre-vote, loyalty, check-quorum: that there is a leader, and that it stays. */
export const LEADERSHIP = inChapter('elections', [
  {
    id: 'e31',
    name: 'higher-term-in-an-answer-ignored',
    breaks: 'liveness',
    source: ['bug 10'],
    edits: [
      {
        file: STEP,
        find: 'if (m.term > term) {',
        replace: "if (m.term > term && m.kind !== 'HeartbeatReply') {",
      },
    ],
  },
  {
    id: 'e32',
    name: 'pre-vote-raises-the-term',
    breaks: 'stability',
    source: ['bug 11'],
    edits: [
      {
        file: ELECTION,
        find: 'const granted = m.term > term && upToDate(m.last, state.log.last) && !isLoyal(state, from);',
        replace: `const granted = m.term > term && upToDate(m.last, state.log.last) && !isLoyal(state, from);
  if (m.term > term) becomeFollower(state, m.term, null, out);`,
      },
    ],
  },
  {
    id: 'e33',
    name: 'pre-vote-grant-carries-the-own-term',
    breaks: 'liveness',
    source: ['bug 13'],
    edits: [
      {
        file: ELECTION,
        find: 'term: granted ? m.term : term, granted',
        replace: 'term, granted',
      },
    ],
  },
  {
    id: 'e34',
    name: 'pre-vote-of-a-lower-term-dropped',
    breaks: 'liveness',
    source: ['bug 14'],
    edits: [
      {
        file: ELECTION,
        find: 'const granted = m.term > term && upToDate(m.last, state.log.last) && !isLoyal(state, from);',
        replace: `if (m.term <= term) return;
  const granted = upToDate(m.last, state.log.last) && !isLoyal(state, from);`,
      },
    ],
  },
  {
    id: 'e35',
    name: 'term-of-a-pre-vote-refusal-not-adopted',
    breaks: 'liveness',
    source: ['bug 14'],
    edits: [
      {
        file: STEP,
        find: "if (m.kind === 'PreVoteReply' && m.granted) return true;",
        replace: "if (m.kind === 'PreVoteReply') return true;",
      },
      { file: STEP, find: "return m.kind === 'PreVoteReply';", replace: 'return false;' },
    ],
  },
  {
    id: 'e36',
    name: 'leader-grants-pre-votes-and-votes',
    breaks: 'stability',
    source: ['bug 17'],
    edits: [
      {
        file: ELECTION,
        find: "if (role.name === 'leader') return true;",
        replace: '',
      },
    ],
  },
  {
    id: 'e37',
    name: 'nobody-is-loyal',
    breaks: 'stability',
    source: ['bug 11'],
    edits: [
      {
        file: ELECTION,
        find: 'return now - role.heardAt < settings.electionMsMin;',
        replace: 'return now < role.heardAt - settings.electionMsMin;',
      },
    ],
  },
  {
    id: 'e38',
    name: 'pre-vote-granted-by-the-loyal',
    breaks: 'stability',
    source: ['bug 11'],
    edits: [
      {
        file: ELECTION,
        find: 'm.term > term && upToDate(m.last, state.log.last) && !isLoyal(state, from)',
        replace: 'm.term > term && upToDate(m.last, state.log.last)',
      },
    ],
  },
  {
    id: 'e39',
    name: 'silent-to-a-leader-of-a-lower-term',
    breaks: 'liveness',
    source: ['bug 20'],
    edits: [
      {
        file: STEP,
        find: `    const { last } = state.log;
    out.say(from, { kind: 'HeartbeatReply', term, round: 0, last });`,
        replace: '',
      },
    ],
  },
  {
    id: 'e40',
    name: 'candidate-ignores-the-leader-of-its-term',
    breaks: 'liveness',
    source: ['bug 23'],
    edits: [
      {
        file: 'lib/core/follower.ts',
        find: '  if (other !== null) {',
        replace: `  if (role.name === 'candidate' || role.name === 'precandidate') return false;
  if (other !== null) {`,
      },
    ],
  },
  {
    id: 'e41',
    name: 'candidate-never-gives-up',
    breaks: 'liveness',
    source: ['bug 26'],
    edits: [
      {
        file: DEADLINES,
        find: 'if (mayCampaign(state) && now < stallEndsAt(state)) preCampaign(state, out);',
        replace: `const mayAsk = mayCampaign(state) && now < stallEndsAt(state);
  if (mayAsk && role.name !== 'candidate') preCampaign(state, out);`,
      },
    ],
  },
  {
    id: 'e42',
    name: 'leader-that-nobody-answers-stays',
    breaks: 'liveness',
    source: ['thesis 6.2'],
    edits: [
      {
        file: DEADLINES,
        find: 'return Math.min(lastContactAt(state, leader) + state.settings.electionMsMax, stallEndsAt(state));',
        replace:
          'return lastContactAt(state, leader) > 0 ? stallEndsAt(state) : Number.POSITIVE_INFINITY;',
      },
    ],
  },
  {
    id: 'e43',
    name: 'leader-whose-disk-is-stuck-stays',
    breaks: 'liveness',
    source: ['disk stall'],
    edits: [
      {
        file: DEADLINES,
        find: 'return Math.min(lastContactAt(state, leader) + state.settings.electionMsMax, stallEndsAt(state));',
        replace: 'return lastContactAt(state, leader) + state.settings.electionMsMax;',
      },
    ],
  },
  {
    id: 'e44',
    name: 'contact-with-one-is-contact-with-a-quorum',
    breaks: 'liveness',
    source: ['thesis 6.2'],
    edits: [
      {
        file: 'lib/core/contact.ts',
        find: 'const confirmed = confirmedRound(state, leader);',
        replace:
          'const rounds = [...leader.progress.values()].map((one) => one.round);\n  const confirmed = rounds.length > 0 ? Math.max(...rounds) : confirmedRound(state, leader);',
      },
    ],
  },
  {
    id: 'e45',
    name: 'leader-does-not-wake-for-its-beat',
    breaks: 'stability',
    source: ['timers'],
    edits: [
      {
        file: DEADLINES,
        find: 'return Math.min(beatDueAt(state, role), resignationDueAt(state, role), transferEndsAt);',
        replace: 'return Math.max(beatDueAt(state, role), resignationDueAt(state, role));',
      },
    ],
  },
  {
    id: 'e46',
    name: 'beat-that-a-follower-missed-not-sent-again',
    breaks: 'liveness',
    source: ['heartbeats by fan-out'],
    edits: [
      {
        file: 'lib/core/heartbeat.ts',
        find: 'if (leader.round - progress.round > MISSED_ROUNDS_MAX) out.say(id, beat);',
        replace: 'if (leader.round < progress.round - MISSED_ROUNDS_MAX) out.say(id, beat);',
      },
    ],
  },
  {
    id: 'e47',
    name: 'no-entry-opens-the-term',
    breaks: 'liveness',
    source: ['m25'],
    edits: [
      {
        file: 'lib/core/leader.ts',
        find: "  log.append(hard.term, 'noop');\n",
        replace: '',
      },
    ],
  },
  {
    id: 'e48',
    name: 'timeouts-all-alike',
    breaks: 'liveness',
    source: ['thesis 3.4'],
    edits: [
      {
        file: 'lib/core/state.ts',
        find: 'state.now + electionMsMin + fraction(state.random) * (electionMsMax - electionMsMin);',
        replace: 'state.now + electionMsMin + fraction(0) * electionMsMax;',
      },
    ],
  },
  {
    id: 'e49',
    name: 'chance-from-outside',
    breaks: 'determinism',
    source: ['m62'],
    edits: [
      {
        file: 'lib/core/state.ts',
        find: 'fraction(state.random)',
        replace: 'Math.random()',
      },
    ],
  },
]);
