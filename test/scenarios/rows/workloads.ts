import { onWholeNodes, type Row } from './row.ts';

const SNAPSHOTS = 'there are no snapshots yet';

function withSnapshots(id: string, rule: string): Row {
  return { id, rule, lacks: SNAPSHOTS };
}

/** Each is played by clients that write and read, and its history is linearizable. */
export const WORKLOADS: readonly Row[] = [
  onWholeNodes('K01', 'one client, five servers'),
  onWholeNodes(
    'K02',
    'one client, a thousand writes: no slower than three in an interval of beats',
  ),
  onWholeNodes('K03', 'five clients, five servers'),
  onWholeNodes('K04', 'five clients, five servers, an unreliable network'),
  onWholeNodes('K05', 'five clients on one key, three servers, an unreliable network'),
  onWholeNodes('K06', 'one client, five servers, partitions'),
  onWholeNodes('K07', 'five clients, five servers, partitions'),
  onWholeNodes('K08', 'one client, five servers, crashes of all'),
  onWholeNodes('K09', 'five clients, five servers, crashes of all'),
  onWholeNodes('K10', 'the same on an unreliable network'),
  onWholeNodes('K11', 'five clients, five servers, crashes and partitions'),
  onWholeNodes('K12', 'five clients, five servers, an unreliable network, crashes, partitions'),
  onWholeNodes('K13', 'fifteen clients on a hundred keys, seven servers, all troubles'),
  withSnapshots('K14', 'a server that missed what was compacted serves every key afterwards'),
  withSnapshots('K15', 'snapshots are as large as what they hold'),
  withSnapshots('K16', 'snapshots do not slow one client down'),
  withSnapshots('K17', 'one client, five servers, crashes, snapshots'),
  withSnapshots('K18', 'twenty clients, five servers, crashes, snapshots'),
  withSnapshots('K19', 'five clients, five servers, an unreliable network, snapshots'),
  withSnapshots('K20', 'the same with crashes'),
  withSnapshots('K21', 'the same with crashes and partitions'),
  withSnapshots('K22', 'fifteen clients, seven servers, all troubles, snapshots'),
  onWholeNodes('K23', 'registers with read, write and compare, in partitions that come and go'),
  onWholeNodes('K24', 'registers of few values, contended by many clients'),
  onWholeNodes('K25', 'a list that each client appends to has every item once, in order'),
  onWholeNodes('K26', 'transactions over several keys, and chains of compare and swap'),
  onWholeNodes('K27', 'transfers between accounts keep the sum, over restarts'),
  onWholeNodes('K28', 'watchers miss nothing, in order, and hear nothing of the future'),
];
