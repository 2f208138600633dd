import { inChapter } from '../mutant.ts';

const READS = 'lib/core/reads.ts';
const CONTACT = 'lib/core/contact.ts';

/** Linearizable reads: that the leader still led after they were asked. */
export const READS_MUTANTS = inChapter('reads', [
  {
    id: 'q1',
    name: 'read-without-a-round',
    breaks: 'linearizability',
    source: ['m47'],
    edits: [
      {
        file: READS,
        find: 'if (!attached || confirmedRound(state, leader) < attached.round) return;',
        replace: 'if (!attached || confirmedRound(state, leader) < 0) return;',
      },
    ],
  },
  {
    id: 'q2',
    name: 'read-before-an-entry-of-the-term-is-committed',
    breaks: 'linearizability',
    source: ['bug 80'],
    edits: [
      {
        file: READS,
        find: '  if (!hasCommitted(state)) return;\n',
        replace: '',
      },
    ],
  },
  {
    id: 'q3',
    name: 'beat-from-before-the-read-confirms-it',
    breaks: 'linearizability',
    source: ['m48', 'bug 81'],
    edits: [
      {
        file: READS,
        find: 'round: leader.round + 1, index',
        replace: 'round: leader.round, index',
      },
    ],
  },
  {
    id: 'q4',
    name: 'one-answer-confirms-a-read',
    breaks: 'linearizability',
    source: ['bug 82'],
    edits: [
      {
        file: CONTACT,
        find: `return reachedByQuorum(state.configuration, (id) =>
    id === state.id ? leader.round : (leader.progress.get(id)?.round ?? 0),
  );`,
        replace: `return leader.progress.size === 0
    ? leader.round
    : Math.max(...[...leader.progress.values()].map(({ round }) => round));`,
      },
      {
        file: CONTACT,
        find: 'function confirmedRound(state: RaftState, leader: Leader)',
        replace: 'function confirmedRound(_: RaftState, leader: Leader)',
      },
    ],
  },
  {
    id: 'q5',
    name: 'answer-to-an-earlier-leadership-confirms-a-read',
    breaks: 'linearizability',
    source: ['bug 81'],
    edits: [
      {
        file: 'lib/core/step.ts',
        find: "return m.kind === 'PreVoteReply';",
        replace: "return m.kind === 'PreVoteReply' || m.kind === 'HeartbeatReply';",
      },
    ],
  },
  {
    id: 'q6',
    name: 'reads-of-a-deposed-leader-not-answered',
    breaks: 'every request is answered',
    source: ['m63'],
    edits: [
      {
        file: 'lib/core/election.ts',
        find: "if (past.name === 'leader') refuseReads(past.reads, out);",
        replace: "if (past.name === 'leader') refuseReads({ waiting: [], attached: null }, out);",
      },
    ],
  },
  {
    id: 'q7',
    name: 'waiting-reads-of-a-deposed-leader-not-answered',
    breaks: 'every request is answered',
    source: ['m63'],
    edits: [
      {
        file: READS,
        find: 'out.refuse([...(reads.attached?.tokens ?? []), ...reads.waiting]',
        replace: 'out.refuse([...(reads.attached?.tokens ?? [])]',
      },
    ],
  },
  {
    id: 'q8',
    name: 'read-at-what-the-own-disk-has',
    breaks: 'linearizability',
    source: ['bug 80'],
    edits: [
      {
        file: READS,
        find: 'index: state.commit, tokens',
        replace: 'index: state.released, tokens',
      },
    ],
  },
  {
    id: 'q9',
    name: 'reads-under-way-are-overwritten',
    breaks: 'every request is answered',
    source: ['liveness'],
    edits: [
      {
        file: READS,
        find: '  if (reads.waiting.length === 0 || reads.attached) return;\n',
        replace: '  if (reads.waiting.length === 0) return;\n',
      },
    ],
  },
  {
    id: 'q10',
    name: 'round-before-the-read-is-enough',
    breaks: 'linearizability',
    source: ['bug 82'],
    edits: [
      {
        file: CONTACT,
        find: '(leader.progress.get(id)?.round ?? 0)',
        replace: '(leader.progress.get(id)?.round ?? 0) + 1',
      },
    ],
  },
  {
    id: 'q11',
    name: 'lease-read-before-an-entry-of-the-term-is-committed',
    breaks: 'linearizability',
    source: ['bug 80'],
    edits: [{ file: READS, find: 'byLease && hasCommitted(state) && ', replace: 'byLease && ' }],
  },
  {
    id: 'q12',
    name: 'lease-not-looked-at-again-after-a-pause',
    breaks: 'linearizability',
    source: ['m49'],
    edits: [
      {
        file: CONTACT,
        find: 'return now < contactAt(state, leader) + settings.leaseMs;',
        replace: 'return now >= 0 && contactAt(state, leader) + settings.leaseMs > 0;',
      },
    ],
  },
  {
    id: 'q13',
    name: 'lease-from-when-the-answer-came',
    breaks: 'linearizability',
    source: ['m49', 'thesis 6.4.1'],
    edits: [
      {
        file: CONTACT,
        find: 'contact.at = beats.shift()?.sentAt ?? contact.at;',
        replace: 'contact.at = beats.shift() ? state.now : contact.at;',
      },
    ],
  },
  {
    id: 'q14',
    name: 'lease-longer-than-loyalty',
    breaks: 'linearizability',
    source: ['m64', 'thesis 6.4.1'],
    edits: [
      {
        file: CONTACT,
        find: 'contactAt(state, leader) + settings.leaseMs',
        replace: 'contactAt(state, leader) + settings.electionMsMax',
      },
    ],
  },
  {
    id: 'q15',
    name: 'follower-reads-what-it-has-applied',
    breaks: 'linearizability',
    source: ['m53'],
    edits: [
      {
        file: 'streams/desk.ts',
        find: 'for (const pending of reads) this.#reads.add(pending, index);',
        replace: 'for (const pending of reads) this.#reads.add(pending, Math.min(index, 0));',
      },
    ],
  },
  {
    id: 'q16',
    name: 'questions-for-an-index-all-have-one-name',
    breaks: 'linearizability',
    source: ['bug 81'],
    edits: [
      {
        file: 'streams/index-desk.ts',
        find: '    const token = this.#pending.takeToken();\n',
        replace: '    const token = byLease ? 2 : 1;\n',
      },
    ],
  },
]);
