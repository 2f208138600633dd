import type { Row } from './row.ts';

export const PERSISTENCE: readonly Row[] = [
  {
    id: 'P01',
    rule: 'commits go on over crashes of all, of the leader, and of a follower',
    in: ['sim-rows/persistence.test.ts'],
  },
  {
    id: 'P02',
    rule: 'commits go on over rounds of crashes of two and of three of five',
    in: ['sim-rows/persistence.test.ts'],
  },
  {
    id: 'P03',
    rule: 'what two of three committed is there when another two are left',
    in: ['sim-rows/persistence.test.ts'],
  },
  {
    id: 'P05',
    rule: 'with a tenth of all mail lost five agree on hundreds of commands',
    in: ['sim-rows/persistence.test.ts'],
  },
  {
    id: 'P06',
    rule: 'figure 8 with loss, isolation and long delays comes right in ten seconds',
    in: ['sim-rows/persistence.test.ts'],
  },
  {
    id: 'P07',
    rule: 'under churn every value that was seen committed stays',
    in: ['sim-rows/persistence.test.ts'],
  },
  { id: 'P08', rule: 'the same on an unreliable network', in: ['sim-rows/persistence.test.ts'] },
  {
    id: 'P09',
    rule: 'a crash before or after any effect forgets nothing that was promised',
    in: ['scenarios/crash-at-each-step.test.ts', 'sim-rows/boundaries.test.ts'],
  },
  {
    id: 'P10',
    rule: 'a server that restarts two hundred times under load forgets nothing',
    in: ['sim-rows/persistence.test.ts'],
  },
  {
    id: 'P11',
    rule: 'a power cut of all servers loses nothing that was acknowledged',
    in: ['scenarios/restarts/power-cut.txt', 'sim-rows/persistence.test.ts'],
  },
];
