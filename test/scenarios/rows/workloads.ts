import type { Row } from './row.ts';

function withSnapshots(id: string, rule: string, file = 'workloads'): Row {
  return { id, rule, in: [`sim-rows/${file}.test.ts`] };
}

/** Each is played by clients that write and read, and its history is linearizable. */
export const WORKLOADS: readonly Row[] = [
  { id: 'K01', rule: 'one client, five servers', in: ['sim-rows/workloads.test.ts'] },
  {
    id: 'K02',
    rule: 'one client, a thousand writes: no slower than three in an interval of beats',
    in: ['sim-rows/workloads.test.ts'],
  },
  { id: 'K03', rule: 'five clients, five servers', in: ['sim-rows/workloads.test.ts'] },
  {
    id: 'K04',
    rule: 'five clients, five servers, an unreliable network',
    in: ['sim-rows/workloads.test.ts'],
  },
  {
    id: 'K05',
    rule: 'five clients on one key, three servers, an unreliable network',
    in: ['sim-rows/workloads.test.ts'],
  },
  { id: 'K06', rule: 'one client, five servers, partitions', in: ['sim-rows/workloads.test.ts'] },
  { id: 'K07', rule: 'five clients, five servers, partitions', in: ['sim-rows/workloads.test.ts'] },
  {
    id: 'K08',
    rule: 'one client, five servers, crashes of all',
    in: ['sim-rows/workloads.test.ts'],
  },
  {
    id: 'K09',
    rule: 'five clients, five servers, crashes of all',
    in: ['sim-rows/workloads.test.ts'],
  },
  { id: 'K10', rule: 'the same on an unreliable network', in: ['sim-rows/workloads.test.ts'] },
  {
    id: 'K11',
    rule: 'five clients, five servers, crashes and partitions',
    in: ['sim-rows/workloads.test.ts'],
  },
  {
    id: 'K12',
    rule: 'five clients, five servers, an unreliable network, crashes, partitions',
    in: ['sim-rows/workloads.test.ts'],
  },
  {
    id: 'K13',
    rule: 'fifteen clients on a hundred keys, seven servers, all troubles',
    in: ['sim-rows/workloads.test.ts'],
  },
  withSnapshots(
    'K14',
    'a server that missed what was compacted serves every key afterwards',
    'snapshots',
  ),
  {
    id: 'K15',
    rule: 'snapshots are as large as what they hold',
    lacks: 'they hold the history of changes as well, and no test bounds their bytes',
  },
  withSnapshots('K16', 'snapshots do not slow one client down', 'snapshots'),
  withSnapshots('K17', 'one client, five servers, crashes, snapshots'),
  withSnapshots('K18', 'twenty clients, five servers, crashes, snapshots'),
  withSnapshots('K19', 'five clients, five servers, an unreliable network, snapshots'),
  withSnapshots('K20', 'the same with crashes'),
  withSnapshots('K21', 'the same with crashes and partitions'),
  withSnapshots('K22', 'fifteen clients, seven servers, all troubles, snapshots'),
  {
    id: 'K23',
    rule: 'registers with read, write and compare, in partitions that come and go',
    lacks: 'it asks for a checker that others wrote; K24 plays the like of it before both of ours',
  },
  {
    id: 'K24',
    rule: 'registers of few values, contended by many clients',
    in: ['sim-rows/workloads.test.ts'],
  },
  {
    id: 'K25',
    rule: 'a list that each client appends to has every item once, in order',
    in: ['sim-rows/workloads.test.ts'],
  },
  {
    id: 'K26',
    rule: 'transactions over several keys, and chains of compare and swap',
    in: ['sim-rows/workloads.test.ts'],
  },
  {
    id: 'K27',
    rule: 'transfers between accounts keep the sum, over restarts',
    in: ['sim-rows/workloads.test.ts'],
  },
  {
    id: 'K28',
    rule: 'watchers miss nothing, in order, and hear nothing of the future',
    in: ['sim-rows/watches.test.ts'],
  },
];
