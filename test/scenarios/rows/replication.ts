import type { Row } from './row.ts';

export const REPLICATION: readonly Row[] = [
  {
    id: 'R01',
    rule: 'what is proposed is committed by all, at the next index',
    in: ['scenarios/replication/agreement.txt'],
  },
  {
    id: 'R02',
    rule: 'each command crosses each link once',
    in: ['scenarios/replication/bytes-once.txt'],
  },
  {
    id: 'R03',
    rule: 'with one follower of two gone commits go on, with both gone they stop',
    in: ['scenarios/replication/progressive-failure.txt'],
  },
  {
    id: 'R05',
    rule: 'a follower that was away gets what it missed',
    in: ['scenarios/replication/rejoin.txt'],
  },
  {
    id: 'R06',
    rule: 'without a quorum nothing is committed, and what was proposed may be replaced',
    in: ['scenarios/replication/no-quorum.txt'],
  },
  {
    id: 'R07',
    rule: 'commands proposed together get an index each',
    in: ['scenarios/replication/agreement.txt'],
  },
  {
    id: 'R09',
    rule: 'logs that went far apart come together in few questions',
    in: ['scenarios/replication/fast-backup.txt'],
  },
  {
    id: 'R10',
    rule: 'an election, ten commands and a second of quiet take few messages',
    in: ['scenarios/replication/message-economy.txt'],
  },
  {
    id: 'R11',
    rule: 'a command is stored and sent in the turn in which it was proposed',
    in: ['core/leader.test.ts'],
  },
  {
    id: 'R13',
    rule: "entries of earlier terms are committed with one of the leader's own",
    in: ['core/commit.test.ts'],
  },
  {
    id: 'R14',
    rule: 'a follower commits what the leader has, as far as this message proved its log',
    in: ['core/follower.test.ts'],
  },
  {
    id: 'R15',
    rule: 'where entries fit and where they are refused; a refusal replaces nothing',
    in: ['core/follower.test.ts'],
  },
  {
    id: 'R17',
    rule: 'logs as in figure 7 of the paper become equal',
    in: ['scenarios/replication/figure-7.txt'],
  },
  {
    id: 'R18',
    rule: "only entries of the leader's own term are committed by counting",
    in: ['core/commit.test.ts'],
  },
  {
    id: 'R19',
    rule: 'an old entry on a majority may still be replaced, unless one of the own term follows it',
    in: [
      'scenarios/replication/figure-8-replaced.txt',
      'scenarios/replication/figure-8-committed.txt',
    ],
  },
  {
    id: 'R20',
    rule: 'whoever wins a later term, by whatever votes, has what was committed',
    in: ['scenarios/voters.test.ts'],
  },
  {
    id: 'R21',
    rule: 'acknowledgements and refusals out of order take no match back',
    in: ['scenarios/replication/reordered-acknowledgements.txt', 'core/progress.test.ts'],
  },
  {
    id: 'R22',
    rule: 'one refusal skips a whole term',
    in: ['core/backtracking.test.ts', 'core/progress.test.ts'],
  },
  {
    id: 'R23',
    rule: 'a refusal of a former term rolls nothing back',
    in: ['scenarios/replication/stale-refusal.txt', 'core/leader.test.ts'],
  },
  {
    id: 'R25',
    rule: 'an old entry is committed by a later one, and that of a leader in between is replaced',
    in: ['scenarios/replication/indirect-commit.txt'],
  },
  {
    id: 'R26',
    rule: 'messages in flight are bounded; a stream that lost some stops, probes and goes on',
    in: ['scenarios/replication/in-flight.txt', 'scenarios/replication/paused-stream.txt'],
  },
  {
    id: 'R27',
    rule: 'a lost acknowledgement or news of a commit is made up for by the next beat',
    in: [
      'scenarios/replication/lagging-commit.txt',
      'scenarios/replication/lost-mail.txt',
      'scenarios/replication/beat-commit.txt',
      'core/replication.test.ts',
    ],
  },
  {
    id: 'R29',
    rule: 'an acknowledgement makes as much room as it covers',
    in: ['core/progress.test.ts', 'core/replication.test.ts'],
  },
  {
    id: 'R30',
    rule: 'the same entries again, or fewer, change nothing',
    in: ['core/follower.test.ts'],
  },
  {
    id: 'R31',
    rule: 'a leader takes no more than it may hold uncommitted, but one command always',
    in: ['scenarios/replication/busy.txt', 'core/proposals.test.ts'],
  },
  {
    id: 'R33',
    rule: 'a lone server commits what its disk has, no sooner',
    in: ['scenarios/restarts/lone-server.txt'],
  },
  {
    id: 'R34',
    rule: 'of several writes under way each is acknowledged when it is done',
    in: ['scenarios/replication/write-pipeline.txt'],
  },
  {
    id: 'R35',
    rule: 'a write whose entries were replaced makes nothing stored',
    in: [
      'scenarios/replication/stored-replaced.txt',
      'scenarios/replication/stored-replaced-twice.txt',
    ],
  },
  {
    id: 'R37',
    rule: 'a vote rests on all accepted entries and leaves after them',
    in: ['scenarios/replication/vote-after-entries.txt'],
  },
  {
    id: 'R38',
    rule: 'a leader that comes back and wins again commits its entries, each once',
    in: ['scenarios/restarts/restarted-leader.txt'],
  },
  {
    id: 'R39',
    rule: "commits come as fast as a quorum of disks, the leader's or not",
    in: [
      'scenarios/replication/slow-disks.txt',
      'scenarios/replication/own-disk-last.txt',
      'sim-rows/disks.test.ts',
      'scenarios/leadership/disk-stall.txt',
    ],
  },
];
