import type { Row } from './row.ts';

export const TRANSFERS: readonly Row[] = [
  {
    id: 'T01',
    rule: 'a voter that is up to date leads the next term, whoever asked for it, and nothing is lost',
    in: ['core/transfer.test.ts', 'e2e/transfer.test.ts', 'streams/transfer-desk.test.ts'],
  },
  {
    id: 'T02',
    rule: 'voters that hear a leader vote for whom it wants',
    in: ['core/transfer.test.ts'],
  },
  {
    id: 'T03',
    rule: 'a target that is behind is brought up to date first',
    in: ['core/transfer.test.ts'],
  },
  {
    id: 'T05',
    rule: 'to itself it is done at once; strangers, learners and those who leave get no office',
    in: ['core/transfer.test.ts', 'e2e/transfer.test.ts'],
  },
  {
    id: 'T06',
    rule: 'a target that is dead costs an election timeout at most, and the leader leads on',
    in: ['core/transfer.test.ts', 'e2e/transfer.test.ts'],
  },
  {
    id: 'T07',
    rule: 'what is proposed meanwhile is refused, and never acknowledged and lost',
    in: ['core/transfer.test.ts', 'e2e/transfer.test.ts', 'streams/transfer-desk.test.ts'],
  },
  {
    id: 'T09',
    rule: 'a target that ceases to vote is given up',
    in: ['core/transfer.test.ts'],
  },
  {
    id: 'T10',
    rule: 'the latest wish counts; the same wish gets no more time',
    in: ['core/transfer.test.ts'],
  },
  {
    id: 'T11',
    rule: 'told to stand, one that was removed or never voted does nothing',
    in: ['core/transfer.test.ts'],
  },
  {
    id: 'T13',
    rule: 'told to stand in a term that is over, nobody does',
    in: ['core/transfer.test.ts'],
  },
  {
    id: 'T14',
    rule: 'a leader that dies right after it told another to stand: one election, one vote each',
    in: ['scenarios/transfer/leader-crashes.txt'],
  },
];
