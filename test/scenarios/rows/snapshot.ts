import type { Row } from './row.ts';

const CORE = 'core/snapshots.test.ts';
const INSTALL = 'core/install.test.ts';
const ON_WHOLE_NODES = 'sim-rows/snapshots.test.ts';

/** Rules of snapshots and compaction: letter S. */
export const SNAPSHOT: readonly Row[] = [
  {
    id: 'S01',
    rule: 'with all nodes up the log stays small, and nobody needs a snapshot',
    in: [ON_WHOLE_NODES],
  },
  {
    id: 'S02',
    rule: 'a node that was away until the log had moved on catches up by a snapshot',
    in: ['e2e/snapshots.test.ts', ON_WHOLE_NODES],
  },
  { id: 'S06', rule: 'all crash again and again, and nothing is lost', in: [ON_WHOLE_NODES] },
  {
    id: 'S07',
    rule: 'a node that starts from a snapshot goes on from there',
    in: ['e2e/snapshots.test.ts'],
  },
  {
    id: 'S08',
    rule: 'after a snapshot that ends where the log ends the follower is in step at once',
    in: [CORE],
  },
  {
    id: 'S09',
    rule: 'a follower that acknowledges less than the pending snapshot is in step if the log goes on from there',
    in: [CORE],
  },
  {
    id: 'S10',
    rule: 'a follower behind the log gets a snapshot, then the rest; one at its very beginning does not',
    in: [CORE],
  },
  {
    id: 'S11',
    rule: 'an old or repeated snapshot changes nothing; one whose last entry is in the log only tells what is committed',
    in: [INSTALL],
  },
  {
    id: 'S12',
    rule: 'a log that parts from a snapshot is replaced as a whole',
    in: [INSTALL, 'store/compact.test.ts', 'store/snapshot/recover-server.test.ts'],
  },
  {
    id: 'S13',
    rule: 'a snapshot brings the configuration as it was, joint or with learners',
    in: [INSTALL],
  },
  {
    id: 'S14',
    rule: 'while a snapshot is on its way nothing else is sent; success, failure and silence end it',
    in: [CORE],
  },
  {
    id: 'S15',
    rule: 'parts may be lost, doubled, late or damaged, and of several snapshots: only a whole one is used',
    in: ['store/snapshot/snapshots.test.ts', 'streams/move-snapshots.test.ts'],
  },
  {
    id: 'S17',
    rule: 'a crash while a snapshot is taken or the log compacted leaves no gap between them',
    in: ['store/snapshot/crash.test.ts'],
  },
  {
    id: 'S18',
    rule: 'of two snapshots that come at once the newer counts',
    in: [INSTALL, 'store/snapshot/snapshots.test.ts'],
  },
  {
    id: 'S19',
    rule: 'a learner without anything is sent a snapshot, although nothing is written',
    in: [CORE],
  },
  {
    id: 'S21',
    rule: 'taking a snapshot blocks neither appending nor applying',
    in: ['store/snapshot/snapshots.test.ts'],
    lacks: 'nobody measures a floor of throughput',
  },
  {
    id: 'S22',
    rule: 'a follower that crashes at any step of an install recovers',
    in: ['store/snapshot/crash.test.ts'],
  },
  {
    id: 'S23',
    rule: 'a snapshot holds all of the state, and so what makes a repeated command stay one',
    in: ['store/snapshot/snapshots.test.ts'],
  },
  {
    id: 'S25',
    rule: 'a follower that is behind by less than the tail is served by the log',
    in: [CORE],
  },
];
