import type { Row } from './row.ts';

export const READS: readonly Row[] = [
  {
    id: 'L01',
    rule: 'a read sees all that was acknowledged before it was asked',
    in: [
      'scenarios/reads/reads-own-index.txt',
      'core/reads.test.ts',
      'e2e/transfer.test.ts',
      'streams/index-desk.test.ts',
    ],
  },
  {
    id: 'L02',
    rule: 'a new leader serves reads once its first entry is committed',
    in: ['scenarios/reads/noop-before-reads.txt'],
  },
  {
    id: 'L03',
    rule: 'a leader that was deposed serves nothing',
    in: [
      'scenarios/leadership/check-quorum.txt',
      'scenarios/reads/deposed-reader.txt',
      'scenarios/reads/read-after-loss.txt',
      'streams/index-desk.test.ts',
    ],
  },
  {
    id: 'L04',
    rule: 'a read is confirmed by a round that began after it',
    in: ['scenarios/reads/fresh-round.txt', 'core/reads.test.ts'],
  },
  {
    id: 'L05',
    rule: 'every read is answered once, at an index of its own',
    in: [
      'scenarios/reads/reads-own-index.txt',
      'scenarios/reads/reads-share-rounds.txt',
      'streams/index-desk.test.ts',
    ],
  },
  {
    id: 'L06',
    rule: 'while the configuration changes both quorums confirm a read',
    in: ['core/lease.test.ts', 'core/reads.test.ts'],
  },
  {
    id: 'L07',
    rule: 'a read waits until its index is applied',
    in: ['streams/desk.test.ts'],
  },
  {
    id: 'L09',
    rule: 'a leader that was paused serves nothing by the clock',
    in: ['scenarios/reads/paused-leader.txt', 'core/lease.test.ts', 'e2e/faults.test.ts'],
  },
  {
    id: 'L10',
    rule: 'a read that waits is served across the installation of a snapshot',
    in: ['sim-rows/snapshots.test.ts'],
  },
  {
    id: 'L11',
    rule: 'a stale read is served by anybody, but not before the rev that it asks for',
    in: ['e2e/transfer.test.ts', 'streams/desk.test.ts'],
  },
  {
    id: 'L13',
    rule: 'after a restart a lone server reads what it acknowledged before',
    in: ['scenarios/restarts/read-after-restart.txt', 'sim-rows/disks.test.ts'],
  },
];
