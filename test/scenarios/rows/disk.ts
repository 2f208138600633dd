import type { Row } from './row.ts';

const IN_A_CLUSTER = 'the same on one, a minority and all servers of a cluster';

export const DISK: readonly Row[] = [
  {
    id: 'D01',
    rule: 'a last batch that is cut anywhere is kept whole or dropped whole',
    in: ['store/torn.test.ts'],
    lacks: IN_A_CLUSTER,
  },
  {
    id: 'D02',
    rule: 'so is one of which any subset of sectors arrived',
    in: ['store/torn.test.ts'],
    lacks: IN_A_CLUSTER,
  },
  {
    id: 'D03',
    rule: 'rot in what was acknowledged is refused, not dropped',
    in: ['store/rot.test.ts'],
    lacks: IN_A_CLUSTER,
  },
  {
    id: 'D04',
    rule: 'rot in the middle of the log is refused',
    in: ['store/rot.test.ts'],
    lacks: IN_A_CLUSTER,
  },
  {
    id: 'D05',
    rule: 'a record full of zeros that rots is not taken for an unfinished one',
    in: ['store/rot.test.ts'],
    lacks: IN_A_CLUSTER,
  },
  {
    id: 'D06',
    rule: 'lengths that rot claim no memory, and the place is told',
    in: ['store/disk-rows.test.ts', 'store/refused.test.ts'],
    lacks: IN_A_CLUSTER,
  },
  {
    id: 'D07',
    rule: 'a segment with a damaged header, or of another name, is refused',
    in: ['store/disk-rows.test.ts', 'store/refused.test.ts'],
    lacks: IN_A_CLUSTER,
  },
  {
    id: 'D09',
    rule: 'a power cut anywhere in making a directory or a segment leaves what opens again',
    in: ['store/disk-rows.test.ts', 'store/crash.test.ts', 'store/data-directory.test.ts'],
    lacks: IN_A_CLUSTER,
  },
  {
    id: 'D10',
    rule: 'no rot brings an older term or vote back: both are in every batch of the log',
    in: ['store/disk-rows.test.ts'],
    lacks: IN_A_CLUSTER,
  },
  {
    id: 'D11',
    rule: 'a batch that was written to another place is not taken for what belongs there',
    in: ['store/disk-rows.test.ts', 'store/batch.test.ts', 'store/refused.test.ts'],
    lacks: IN_A_CLUSTER,
  },
  {
    id: 'D13',
    rule: 'a failed sync ends the node, and what it left is stored anew before it counts',
    in: [
      'store/disk-rows.test.ts',
      'store/crash.test.ts',
      'streams/node.test.ts',
      'sim-rows/disks.test.ts',
    ],
  },
  {
    id: 'D14',
    rule: 'a sync that hangs acknowledges nothing, and the others go on',
    in: [
      'store/disk-rows.test.ts',
      'scenarios/leadership/disk-stall.txt',
      'sim-rows/disks.test.ts',
    ],
  },
  {
    id: 'D15',
    rule: 'a write that fails in the middle closes the log',
    in: ['store/disk-rows.test.ts', 'store/crash.test.ts'],
    lacks: IN_A_CLUSTER,
  },
  {
    id: 'D17',
    rule: 'a disk that turns read-only ends the process, and the cluster goes on',
    in: ['store/disk-rows.test.ts', 'sim-rows/disks.test.ts'],
  },
  {
    id: 'D18',
    rule: 'names that a power cut takes lose nothing that was acknowledged',
    in: [
      'store/disk-rows.test.ts',
      'store/crash.test.ts',
      'store/snapshot/crash.test.ts',
      'sim-rows/disks.test.ts',
    ],
  },
  {
    id: 'D19',
    rule: 'a damaged database is rebuilt from the log',
    in: ['store/database.test.ts'],
    lacks: 'rot that leaves the file readable: no digests are compared yet',
  },
  {
    id: 'D21',
    rule: 'a damaged snapshot is not used',
    in: ['store/snapshot/snapshots.test.ts'],
  },
  {
    id: 'D22',
    rule: 'an entry that is damaged everywhere stops the cluster, and is never dropped',
    in: ['sim-rows/disks.test.ts'],
  },
  {
    id: 'D23',
    rule: 'servers that are damaged in different places heal one another',
    in: ['sim-rows/disks.test.ts'],
    lacks: 'a damaged log is refused, not repaired, so far',
  },
  {
    id: 'D25',
    rule: 'a disk that gets slower and slower brings no storm of elections',
    in: ['sim-rows/disks.test.ts'],
  },
  {
    id: 'D26',
    rule: 'every state that a power cut can leave is recovered from',
    in: ['store/crash-states/crash-states.test.ts', 'store/crash.test.ts'],
    lacks: 'snapshots, and all orders of writes in longer sequences',
  },
  {
    id: 'D27',
    rule: 'an end of the log that was replaced is never taken for what replaced it',
    in: ['store/disk-rows.test.ts', 'store/crash.test.ts'],
    lacks: IN_A_CLUSTER,
  },
];
