import { onWholeNodes, type Row } from './row.ts';

export const RECOVERY: readonly Row[] = [
  onWholeNodes('V01', 'a healed majority elects, agrees and serves, whatever the others do'),
  onWholeNodes('V02', 'all healed: everybody agrees, and every acknowledged write is there'),
  onWholeNodes('V03', 'links that clog and come free in any order do no lasting harm'),
  onWholeNodes('V05', 'clocks and timeouts that differ leave one stable leader'),
  onWholeNodes('V06', 'after too much load queues are short again within seconds'),
  onWholeNodes('V07', 'clusters of 1, 2, 4, 6, 7 and 9 decide by their majorities'),
  onWholeNodes('V09', 'commits go on though each leader dies after its first'),
  onWholeNodes('V10', 'ten idle days change nothing'),
];
