import { inChapter } from '../mutant.ts';

const TRANSFER = 'lib/core/transfer.ts';
const ELECTION = 'lib/core/election.ts';
const CONTACT = 'lib/core/contact.ts';

/** Handing over an office, and what a lease must know of it. */
export const TRANSFER_MUTANTS = inChapter('transfers', [
  {
    id: 'o1',
    name: 'lease-outlives-a-nomination',
    breaks: 'linearizability',
    source: ['bug 83'],
    edits: [
      {
        file: CONTACT,
        find: '  if (transfer !== null || leader.hasNominated) return false;\n',
        replace: '  if (transfer !== null && !leader.hasNominated) return false;\n',
      },
    ],
  },
  {
    id: 'o2',
    name: 'lease-comes-back-after-a-transfer-that-was-given-up',
    breaks: 'linearizability',
    source: ['bug 83'],
    edits: [{ file: TRANSFER, find: '  role.hasNominated = true;\n', replace: '' }],
  },
  {
    id: 'o3',
    name: 'who-hears-nobody-claims-that-its-leader-wants-it',
    breaks: 'linearizability',
    source: ['m12'],
    edits: [
      {
        file: ELECTION,
        find: "if (tally(state.configuration, votes) === 'won') campaign(state, out);",
        replace: "if (tally(state.configuration, votes) !== 'lost') campaign(state, out, true);",
      },
    ],
  },
  {
    id: 'o4',
    name: 'restarted-voter-is-loyal-to-nobody',
    breaks: 'linearizability',
    source: ['thesis 6.4.1'],
    edits: [
      {
        file: 'lib/core/state.ts',
        find: '  const { heardAt = Number.NEGATIVE_INFINITY } = boot;\n',
        replace: '  const heardAt = Math.min(boot.heardAt ?? 0, -1e9);\n',
      },
    ],
  },
  {
    id: 'o5',
    name: 'proposals-taken-while-handing-over',
    breaks: 'liveness',
    source: ['thesis 3.10'],
    edits: [
      {
        file: 'lib/core/proposals.ts',
        find: "  if (state.transfer !== null) return out.refuse(tokens, 'Transferring');\n",
        replace: '',
      },
    ],
  },
  {
    id: 'o6',
    name: 'transfer-never-given-up',
    breaks: 'every request is answered',
    source: ['thesis 3.10'],
    edits: [
      {
        file: TRANSFER,
        find: "  if (now >= transfer.until) return giveUp(state, transfer, 'NotReady', out);\n",
        replace: '',
      },
    ],
  },
  {
    id: 'o7',
    name: 'replaced-transfer-not-answered',
    breaks: 'every request is answered',
    source: ['m63'],
    edits: [
      {
        file: TRANSFER,
        find: "  if (transfer) giveUp(state, transfer, 'TransferReplaced', out);\n",
        replace: '',
      },
    ],
  },
  {
    id: 'o8',
    name: 'transfer-forgotten-with-the-office',
    breaks: 'every request is answered',
    source: ['m63'],
    edits: [
      {
        file: TRANSFER,
        find: "  if (isOver || !transfer.isSent || now >= transfer.until) {\n    giveUp(state, transfer, 'NotLeader', out);\n  }",
        replace:
          '  if (isOver || !transfer.isSent || now >= transfer.until) state.transfer = null;',
      },
    ],
  },
  {
    id: 'o9',
    name: 'told-to-stand-before-it-holds-all',
    breaks: 'liveness',
    source: ['thesis 3.10'],
    edits: [
      {
        file: TRANSFER,
        find: 'return progress.match === log.last.index && progress.round >= transfer.round;',
        replace: 'return progress.round >= transfer.round;',
      },
    ],
  },
]);
