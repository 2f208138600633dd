import { inChapter } from '../mutant.ts';

const ELECTION = 'lib/core/election.ts';
const STEP = 'lib/core/step.ts';
const TYPES = 'lib/core/types.ts';

/** Votes and terms: who may lead, and what must be on disk before anybody hears of it. */
export const ELECTIONS = inChapter('elections', [
  {
    id: 'e1',
    name: 'stale-vote-counted',
    breaks: 'election safety',
    source: ['m10', 'bug 1'],
    edits: [
      {
        file: STEP,
        find: "return m.kind === 'PreVoteReply';",
        replace: "return m.kind === 'PreVoteReply' || m.kind === 'RequestVoteReply';",
      },
    ],
  },
  {
    id: 'e2',
    name: 'vote-cleared-in-the-same-term',
    breaks: 'election safety',
    source: ['m2', 'bug 2'],
    edits: [
      {
        file: ELECTION,
        find: 'if (term !== state.hard.term) enterTerm(state, term, null);',
        replace: 'enterTerm(state, term, null);',
      },
    ],
  },
  {
    id: 'e3',
    name: 'campaign-before-the-vote-is-durable',
    breaks: 'election safety',
    source: ['bug 4'],
    edits: [
      {
        file: 'lib/core/message.ts',
        find: 'RequestVote: true,',
        replace: 'RequestVote: false,',
      },
    ],
  },
  {
    id: 'e4',
    name: 'vote-granted-before-it-is-durable',
    breaks: 'election safety',
    source: ['m8'],
    edits: [
      {
        file: 'lib/core/message.ts',
        find: 'RequestVoteReply: true,',
        replace: 'RequestVoteReply: false,',
      },
    ],
  },
  {
    id: 'e5',
    name: 'vote-not-written',
    breaks: 'election safety',
    source: ['m1'],
    edits: [
      {
        file: 'lib/core/draft.ts',
        find: 'const moved = state.hard !== this.#before;',
        replace: 'const moved = state.hard.term !== this.#before.term;',
      },
    ],
  },
  {
    id: 'e6',
    name: 'vote-not-remembered',
    breaks: 'election safety',
    source: ['m1'],
    edits: [
      {
        file: ELECTION,
        find: 'if (vote === null) enterTerm(state, term, from);',
        replace: '',
      },
    ],
  },
  {
    id: 'e7',
    name: 'two-votes-in-a-term',
    breaks: 'election safety',
    source: ['m2'],
    edits: [
      {
        file: ELECTION,
        find: `  const isFree = vote === null || vote === from;
  const granted = m.term === term && isFree && upToDate(m.last, state.log.last);
  if (granted) {
    if (vote === null) enterTerm(state, term, from);`,
        replace: `  const granted = m.term === term && upToDate(m.last, state.log.last);
  if (granted) {
    if (vote !== from) enterTerm(state, term, from);`,
      },
    ],
  },
  {
    id: 'e8',
    name: 'logs-compared-by-index',
    breaks: 'leader completeness',
    source: ['m4', 'bug 8'],
    edits: [
      {
        file: TYPES,
        find: 'return a.term > b.term || (a.term === b.term && a.index >= b.index);',
        replace: 'return a.index > b.index || (a.index === b.index && a.term >= b.term);',
      },
    ],
  },
  {
    id: 'e9',
    name: 'logs-compared-by-parts',
    breaks: 'liveness',
    source: ['bug 8'],
    edits: [
      {
        file: TYPES,
        find: 'return a.term > b.term || (a.term === b.term && a.index >= b.index);',
        replace: 'return a.term >= b.term && a.index >= b.index;',
      },
    ],
  },
  {
    id: 'e10',
    name: 'equal-log-refused',
    breaks: 'liveness',
    source: ['m3'],
    edits: [
      {
        file: TYPES,
        find: '(a.term === b.term && a.index >= b.index)',
        replace: '(a.term === b.term && a.index > b.index)',
      },
    ],
  },
  {
    id: 'e11',
    name: 'logs-not-compared',
    breaks: 'leader completeness',
    source: ['m3'],
    edits: [
      {
        file: ELECTION,
        find: 'm.term === term && isFree && upToDate(m.last, state.log.last)',
        replace: 'm.term === term && isFree',
      },
      {
        file: ELECTION,
        find: 'm.term > term && upToDate(m.last, state.log.last) && !isLoyal(state, from)',
        replace: 'm.term > term && !isLoyal(state, from)',
      },
    ],
  },
  {
    id: 'e12',
    name: 'votes-counted-by-the-message',
    breaks: 'election safety',
    source: ['m5', 'bug 31'],
    edits: [
      {
        file: ELECTION,
        find: 'state.role.votes.set(voter, granted);',
        replace: 'state.role.votes.set(granted ? state.role.votes.size + 1 : voter, granted);',
      },
    ],
  },
  {
    id: 'e13',
    name: 'pre-vote-counted-as-vote',
    breaks: 'election safety',
    source: ['m6', 'bug 19'],
    edits: [
      {
        file: ELECTION,
        find: "if (state.role.name !== 'precandidate') return;",
        replace: `if (state.role.name === 'candidate' && m.granted) return countVote(state, from, true, out);
  if (state.role.name !== 'precandidate') return;`,
      },
    ],
  },
  {
    id: 'e14',
    name: 'vote-granted-in-a-term-that-is-over',
    breaks: 'election safety',
    source: ['m7'],
    edits: [
      {
        file: ELECTION,
        find: 'const granted = m.term === term && isFree && upToDate(m.last, state.log.last);\n  if (granted) {',
        replace: `const isLate = m.term < term;
  const granted = (isLate || (m.term === term && isFree)) && upToDate(m.last, state.log.last);
  if (granted && !isLate) {`,
      },
      {
        file: ELECTION,
        find: "out.say(from, { kind: 'RequestVoteReply', term, granted });",
        replace:
          "out.say(from, { kind: 'RequestVoteReply', term: granted ? m.term : term, granted });",
      },
    ],
  },
  {
    id: 'e15',
    name: 'half-is-a-majority',
    breaks: 'election safety',
    source: ['m23'],
    edits: [
      {
        file: 'lib/core/quorum.ts',
        find: 'agreeing * 2 > members.length',
        replace: 'agreeing * 2 >= members.length',
      },
    ],
  },
  {
    id: 'e16',
    name: 'less-than-half-is-a-majority',
    breaks: 'election safety',
    source: ['m22'],
    edits: [
      {
        file: 'lib/core/quorum.ts',
        find: 'agreeing * 2 > members.length',
        replace: 'agreeing >= Math.floor(members.length / 2)',
      },
    ],
  },
  {
    id: 'e17',
    name: 'one-half-of-a-joint-configuration-elects',
    breaks: 'election safety',
    source: ['m43', 'bug 73'],
    edits: [
      {
        file: 'lib/core/quorum.ts',
        find: 'isMajority(configuration.voters, agree) && isMajority(configuration.outgoing, agree)',
        replace: 'isMajority(configuration.voters, agree)',
      },
    ],
  },
  {
    id: 'e18',
    name: 'learner-votes-and-campaigns',
    breaks: 'leader completeness',
    source: ['m11', 'bug 25'],
    edits: [
      {
        file: 'lib/core/quorum.ts',
        find: `return configuration.voters.includes(id) || configuration.outgoing.includes(id);`,
        replace: 'return configuration.voters.length > 0 && id > 0;',
      },
    ],
  },
  {
    id: 'e19',
    name: 'term-of-a-newer-leader-not-written',
    breaks: 'leader completeness',
    source: ['m9', 'bug 57'],
    edits: [
      {
        file: 'lib/core/draft.ts',
        find: 'const moved = state.hard !== this.#before;',
        replace: 'const moved = state.hard.vote !== this.#before.vote;',
      },
    ],
  },
]);
