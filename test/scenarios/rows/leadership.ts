import type { Row } from './row.ts';

export const LEADERSHIP: readonly Row[] = [
  {
    id: 'Q01',
    rule: 'a server whose log lags gets no pre-vote and raises no term',
    in: ['scenarios/leadership/lagging-log.txt'],
  },
  {
    id: 'Q02',
    rule: 'who hears a leader has no other; who has not heard it for long enough has',
    in: ['scenarios/leadership/loyal-voters.txt', 'scenarios/leadership/returning-server.txt'],
  },
  {
    id: 'Q03',
    rule: 'a leader that nobody answers stops, in its term, and its late beats do no harm',
    in: ['scenarios/leadership/check-quorum.txt'],
  },
  {
    id: 'Q05',
    rule: 'a server whose term ran ahead is freed, by its answer to the old leader',
    in: ['scenarios/leadership/stuck-candidate.txt', 'scenarios/leadership/old-log-high-term.txt'],
  },
  {
    id: 'Q06',
    rule: 'a leader leads on as long as a quorum answers, and no longer',
    in: [
      'scenarios/leadership/check-quorum.txt',
      'scenarios/leadership/half-deaf-leader.txt',
      'core/deadlines.test.ts',
      'core/lease.test.ts',
    ],
  },
  {
    id: 'Q07',
    rule: 'a voter that does not know itself to be one follows and votes, but never stands',
    in: ['core/election.test.ts'],
  },
  {
    id: 'Q09',
    rule: 'after a split vote the next round decides',
    in: ['scenarios/election/duel.txt', 'scenarios/election/split-vote.txt'],
  },
  {
    id: 'Q10',
    rule: 'servers with and without pre-votes elect a leader together',
    lacks: 'there are no servers without: pre-votes cannot be switched off',
  },
  {
    id: 'Q11',
    rule: 'with many links missing for good the leader stays and commits go on',
    in: ['scenarios/leadership/partial-mesh.txt', 'sim-rows/elections.test.ts'],
  },
  {
    id: 'Q13',
    rule: 'clients that reach followers only, or hear no reply, are served, each command once',
    in: ['sim-rows/elections.test.ts'],
  },
  {
    id: 'Q14',
    rule: 'a follower that is told to forget its leader keeps its term and its timeout',
    lacks: 'there is no such command: only time makes a follower forget',
  },
  {
    id: 'Q15',
    rule: 'whoever asks for pre-votes in ever higher terms moves nobody',
    in: ['core/pre-vote.test.ts'],
  },
];
