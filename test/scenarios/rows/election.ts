import type { Row } from './row.ts';

const TERMS = 'core/terms.test.ts';
const TABLES = 'core/election.test.ts';

export const ELECTION: readonly Row[] = [
  {
    id: 'E01',
    rule: 'without faults one leader is elected, and the term does not change',
    in: ['scenarios/election/election.txt', 'scenarios/election/steady-term.txt'],
  },
  {
    id: 'E02',
    rule: 'a majority elects another leader, a minority none; who comes back disturbs nobody',
    in: ['scenarios/election/re-election.txt'],
  },
  {
    id: 'E03',
    rule: 'whichever three of seven are gone, the other four elect a leader',
    in: ['scenarios/election/many-elections.txt', 'sim-rows/elections.test.ts'],
  },
  {
    id: 'E05',
    rule: 'a newer term makes a follower of everybody, and is stored before anything is said in it',
    in: [TERMS],
  },
  {
    id: 'E06',
    rule: 'messages of an older term change nothing; the answer carries the newer term',
    in: [TERMS],
  },
  {
    id: 'E07',
    rule: 'a leader beats once an interval, whatever else is under way',
    in: ['core/heartbeat.test.ts'],
  },
  { id: 'E09', rule: 'what an election comes to after one round of votes', in: [TABLES] },
  { id: 'E10', rule: 'one vote a term; the same candidate gets it again', in: [TABLES] },
  {
    id: 'E11',
    rule: 'a candidate gives way to the leader of its term, or of a newer one',
    in: ['scenarios/election/concede.txt', TERMS],
  },
  {
    id: 'E13',
    rule: 'five servers rarely time out together',
    in: [TABLES, 'sim-rows/elections.test.ts'],
  },
  { id: 'E14', rule: 'a vote goes only to a log that is as up to date', in: [TABLES] },
  {
    id: 'E15',
    rule: 'requests for votes carry the next term and the end of the log',
    in: ['core/pre-vote.test.ts'],
  },
  {
    id: 'E17',
    rule: "who loses a duel of pre-votes has raised nobody's term",
    in: ['scenarios/election/duelling-precandidates.txt'],
  },
  {
    id: 'E18',
    rule: "a candidate that was cut off gives way, and its log becomes the leader's",
    in: ['scenarios/election/candidate-cut-off.txt'],
  },
  {
    id: 'E19',
    rule: 'a lone voter leads once its vote is stored, and commits once its entry is',
    in: [TABLES],
  },
  {
    id: 'E21',
    rule: 'each server in turn can become the only leader, in a new term',
    in: ['scenarios/election/leader-cycle.txt'],
  },
  {
    id: 'E22',
    rule: 'an entry of a newer term on one server only may be replaced by a later leader',
    in: ['scenarios/election/newer-term-replaced.txt'],
  },
  {
    id: 'E23',
    rule: 'a learner never stands; promoted, it can win',
    in: [TABLES],
  },
  {
    id: 'E25',
    rule: "a candidate's own vote that is stored late counts for nothing once it has given way",
    in: ['scenarios/election/late-own-vote.txt'],
  },
  { id: 'E26', rule: 'a late pre-vote is no vote', in: ['scenarios/election/late-votes.txt'] },
  {
    id: 'E27',
    rule: 'who gives way in its term keeps the vote it gave itself',
    in: ['scenarios/election/same-term-vote.txt'],
  },
  {
    id: 'E28',
    rule: 'who asks for pre-votes keeps the vote it gave in its term',
    in: ['scenarios/election/precandidate-keeps-vote.txt'],
  },
  {
    id: 'E29',
    rule: 'votes of a former term do not count',
    in: ['scenarios/election/late-votes.txt'],
  },
  {
    id: 'E30',
    rule: 'votes and acknowledgements of strangers do not count',
    in: [TABLES, 'core/leader.test.ts', 'core/membership.test.ts'],
  },
  {
    id: 'E31',
    rule: 'a leader does not stand, nor does who has a change of configuration to apply',
    lacks:
      'there is nothing to refuse: a leader has no timeout, and a configuration counts once it is in the log',
  },
  {
    id: 'E32',
    rule: 'no crash around a vote makes a server vote twice in a term',
    in: ['scenarios/restarts/vote-durability.txt', 'scenarios/crash-at-each-step.test.ts'],
  },
];
