import type { Row } from './row.ts';

const ONE_VERSION = 'this is the first version: there is no other to mix it with';

export const OPERATIONS: readonly Row[] = [
  {
    id: 'O01',
    rule: 'nodes of two versions work together while one after the other is upgraded, and back',
    lacks: ONE_VERSION,
  },
  {
    id: 'O02',
    rule: 'a crash while a directory is brought to a new format leaves what opens again',
    lacks: ONE_VERSION,
  },
  {
    id: 'O03',
    rule: 'a backup restored to a new cluster begins with the same state on every node',
    in: ['cli/backup.test.ts'],
    lacks: 'a backup of a node that runs, under load',
  },
  {
    id: 'O05',
    rule: 'what one survivor has left becomes a cluster of its own, loudly, and only when told to',
    in: ['cli/backup.test.ts'],
    lacks: 'nodes of the former cluster that come back among real processes: identity refuses them',
  },
  {
    id: 'O06',
    rule: 'timeouts that are changed while nodes run disturb nothing',
    lacks: 'settings are read at the start: a node takes new ones when it is restarted',
  },
  {
    id: 'O07',
    rule: 'a leader that is told to stop hands over first, and leaves nobody in doubt',
    in: ['e2e/transfer.test.ts', 'streams/transfer-desk.test.ts'],
  },
  {
    id: 'O09',
    rule: 'databases of running nodes are compared, without false alarm',
    lacks: 'there is no such command: only the simulator compares the databases of nodes',
  },
];
