import { onWholeNodes, type Row } from './row.ts';

export const PERSISTENCE: readonly Row[] = [
  onWholeNodes('P01', 'commits go on over crashes of all, of the leader, and of a follower'),
  onWholeNodes('P02', 'commits go on over rounds of crashes of two and of three of five'),
  onWholeNodes('P03', 'what two of three committed is there when another two are left'),
  onWholeNodes('P05', 'with a tenth of all mail lost five agree on hundreds of commands'),
  onWholeNodes('P06', 'figure 8 with loss, isolation and long delays comes right in ten seconds'),
  onWholeNodes('P07', 'under churn every value that was seen committed stays'),
  onWholeNodes('P08', 'the same on an unreliable network'),
  {
    id: 'P09',
    rule: 'a crash before or after any effect forgets nothing that was promised',
    in: ['scenarios/crash-at-each-step.test.ts'],
    lacks: 'the effects of a real log and database',
  },
  onWholeNodes('P10', 'a server that restarts two hundred times under load forgets nothing'),
  {
    id: 'P11',
    rule: 'a power cut of all servers loses nothing that was acknowledged',
    in: ['scenarios/restarts/power-cut.txt'],
    lacks: 'the same with a real log',
  },
];
